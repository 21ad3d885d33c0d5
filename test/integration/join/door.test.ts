import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type JoinDoor, openJoinDoor } from '../../../backend/src/daemon/join-door.ts';
import type { Problem } from '../../../backend/src/errors.ts';
import { configOf } from '../../fakes/config.ts';
import { newPair, type Pair } from './pair.ts';

let pair: Pair;
let door: JoinDoor;
let config: Config | null;
let clock: number;
let log: string[];
let told: (Problem | null)[];
let changes: number;

beforeEach(async () => {
  pair = await newPair();
  config = serverAt(pair.port);
  [clock, log, told, changes] = [0, [], [], 0];
  door = openJoinDoor({
    ...pair.server,
    root: '',
    config: () => config,
    joined: (router) => pair.joined.push(router),
    changed: () => {
      changes += 1;
    },
    tell: (_, found) => told.push(found),
    log: (line) => log.push(line),
    now: () => clock,
  });
});
afterEach(async () => {
  await door.close();
  await pair.dispose();
});

function serverAt(port: number): Config {
  const plain = configOf(2, 'server');
  return {
    ...plain,
    links: plain.links.map((link, index) => ({ ...link, localPort: port + index })),
  };
}

/** Whether somebody listens. */
const isOpen = (port = pair.port) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

/** Ticks of a minute each, until it is so. */
async function until(good: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    door.tick();
    if (await good()) return;
    await sleep(25);
    clock += 60_000;
  }
  throw new Error(`never so; ${log.join('\n')}`);
}

describe('the door of the daemon', () => {
  it('is open while there is a code, and a router gets in', async () => {
    door.tick();
    expect(await isOpen()).toBe(false);
    const code = pair.newCode();
    await until(isOpen);
    expect(await pair.router('router').join(code)).toBeNull();
    expect(pair.joined).toHaveLength(1);
    expect(changes).toBe(1);
    rmSync(join(pair.server.keyFolder, 'join.json'));
    await until(async () => !(await isOpen()));
    expect(changes).toBe(2);
  });

  it('is shut on a router, without a configuration, and by a code that is long over', async () => {
    pair.newCode();
    for (const none of [null, configOf(2, 'router')]) {
      config = none;
      for (let count = 0; count < 5; count += 1) {
        door.tick();
        await sleep(10);
      }
      expect(await isOpen()).toBe(false);
    }
    config = serverAt(pair.port);
    await until(isOpen);
    pair.newCode({ now: 1 });
    await until(() => !existsSync(join(pair.server.keyFolder, 'join.json')));
    await until(async () => !(await isOpen()));
  });

  it('follows the port of the configuration', async () => {
    pair.newCode();
    await until(isOpen);
    config = serverAt(pair.port + 7);
    await until(() => isOpen(pair.port + 7));
    expect(await isOpen()).toBe(false);
  });

  it('shows the identity that a new code names, after the keys were changed', async () => {
    pair.newCode();
    await until(isOpen);
    for (const name of ['bonding.crt', 'bonding.key']) rmSync(join(pair.server.keyFolder, name));
    const code = pair.newCode();
    const router = pair.router('router');
    expect(await router.join(code)).toBe('join-stranger');
    await until(async () => (await router.join(code)) === null);
  });

  it('tells what is in the way, and takes it back', async () => {
    const path = join(pair.server.keyFolder, 'join.json');
    writeFileSync(path, 'nonsense');
    await until(() => told.some((found) => found?.code === 'join-port'));
    expect(told.at(-1)?.text).toContain('join.json is damaged');
    pair.newCode();
    await until(isOpen);
    expect(told.at(-1)).toBeNull();
  });

  it('writes one line a minute about those it turns away', async () => {
    const code = pair.newCode();
    await until(isOpen);
    pair.newCode();
    const stranger = pair.router('stranger');
    const lines = () => log.filter((line) => line.includes('wrong-secret'));
    for (let count = 0; count < 3; count += 1) await stranger.join(code);
    expect(lines()).toHaveLength(1);
    clock += 60_000;
    await stranger.join(code);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatch(/\(and 2 others in the last minute\)$/);
  });
});
