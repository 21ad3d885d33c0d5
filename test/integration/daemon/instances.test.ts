import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { shipped } from './bundle.ts';
import { ask, type Daemon, type End, newEnd, until } from './end.ts';

const FINGERPRINT = Array(32).fill('AB').join(':');
const isRoot = process.getuid?.() === 0;
/** These tests make network namespaces. */
const asRoot = it.skipIf(!isRoot);

const program = shipped();
let end: End;

beforeAll(() => {
  if (!isRoot) console.warn('test/integration/daemon: skipped, it makes namespaces: run as root');
});

beforeEach(() => {
  if (!isRoot) return;
  end = newEnd(program.bundle);
  make('home', 0);
  make('office', 1);
});

afterEach(async () => {
  if (isRoot) await end.dispose();
});

/** The folder of an instance; all have links of the same names. */
function make(name: string, number: number): void {
  const links = [0, 1].map((index) => [
    `config link 'link${index}'`,
    `\toption tunnel 'tap${8 * number + index}'`,
    `\toption local_port '${1194 + 8 * number + index}'`,
  ]);
  const bond = [
    "config interface 'bond'",
    "\toption role 'server'",
    `\toption ifname 'bond${number}'`,
    `\toption ipaddr '10.80.${number}.1/30'`,
    `\tlist lan '192.168.${number}.0/24'`,
    `\toption peer_fingerprint '${FINGERPRINT}'`,
  ];
  mkdirSync(end.at('etc/bonding', name), { recursive: true });
  writeFileSync(end.at('etc/bonding', name, 'number'), `${number}\n`);
  writeFileSync(end.at('etc/bonding', name, 'config'), [...bond, ...links.flat(), ''].join('\n'));
}

/** Starts an instance and waits until its tunnels are connected. */
async function raise(instance: string): Promise<Daemon> {
  const daemon = end.start({ instance });
  const up = async (): Promise<boolean> => {
    const shown: Snapshot | null = await ask(end.at('run/bonding', instance, 'ubus.sock'));
    return shown?.links.every((link) => link.up) ?? false;
  };
  await until(up, daemon.log);
  return daemon;
}

function bonding(...words: string[]) {
  return as(0, ...words);
}

/** `bonding` as the user with this number. */
function as(uid: number, ...words: string[]) {
  const argv = [program.bundle, ...words, '--root', end.folder];
  return spawnSync(process.execPath, argv, { uid, encoding: 'utf8', timeout: 10_000 });
}

async function endOf(daemon: Daemon): Promise<void> {
  daemon.signal('SIGTERM');
  expect(await daemon.ended()).toBe(0);
}

describe('two instances of the daemon', () => {
  asRoot('live side by side, and each takes down what is its own', async () => {
    const found = end.network();
    const home = await raise('home');
    const alone = end.network();
    const tunnels = end.tunnels();
    expect(tunnels).toHaveLength(2);
    const office = await raise('office');
    const both = end.network();
    for (const thing of ['proto 157', 'proto 158', '20100:', '20101:', 'bonding1 link0'])
      expect(both).toContain(thing);
    expect(both).toContain('table inet bonding {');
    expect(both).toContain('table inet bonding1 {');
    expect(end.tunnels()).toHaveLength(4);

    await endOf(office);
    expect(end.network()).toBe(alone);
    expect(end.tunnels()).toEqual(tunnels);

    const again = await raise('office');
    await endOf(home);
    expect(end.network()).not.toMatch(/proto 157|table inet bonding \{|alias bonding( |$)/m);
    expect(end.network()).toContain('table inet bonding1 {');
    await endOf(again);
    expect(end.network()).toBe(found);
    expect(end.tunnels()).toEqual([]);
  });

  asRoot('a killed one is nothing to the other, and finds its own again', async () => {
    const found = end.network();
    const home = await raise('home');
    const alone = end.network();
    const running = end.tunnels();
    const office = await raise('office');
    home.signal('SIGKILL');
    await home.ended();
    await endOf(office);
    expect(end.network()).toBe(alone);
    expect(end.tunnels()).toEqual(running);
    const next = await raise('office');
    const adopted = await raise('home');
    expect(end.tunnels().filter((pid) => running.includes(pid))).toEqual(running);
    await endOf(adopted);
    await endOf(next);
    expect(end.network()).toBe(found);
  });

  asRoot('of one number: the second refuses, names the first, and changes nothing', async () => {
    const office = await raise('office');
    make('copy', 1);
    const before = end.network();
    const second = end.start({ instance: 'copy' });
    expect(await second.ended()).toBe(1);
    expect(second.log()).toMatch(/^bonding: number 1 is taken: router 'office' has it too/m);
    expect(end.network()).toBe(before);
    await endOf(office);
    await endOf(await raise('copy'));
  });

  asRoot('one that is not there does not start, nor one without a number', async () => {
    const none = end.start({ instance: 'attic' });
    expect(await none.ended()).toBe(1);
    expect(none.log()).toContain("there is no router 'attic' here (there is: home, office)");
    writeFileSync(end.at('etc/bonding/home/number'), 'x');
    const broken = end.start({ instance: 'home' });
    expect(await broken.ended()).toBe(1);
    expect(broken.log()).toContain('home/number has no number from 0 to 7');
  });

  asRoot('are not said to be missing to who may not look', () => {
    const asked = () => as(65_534, 'check', '--name', 'home').stderr;
    expect(asked()).toBe('');
    for (const folder of ['etc/bonding/home', 'etc/bonding']) {
      chmodSync(end.at(folder), 0o700);
      expect(asked()).toContain("the folder of router 'home' may not be read; run it as root");
    }
  });

  asRoot('are asked by their names', async () => {
    await raise('home');
    await raise('office');
    const shown = JSON.parse(bonding('status', '--name', 'office', '--json').stdout) as Snapshot;
    expect(shown.bond.ifname).toBe('bond1');
    expect(bonding('status').stderr).toContain('say which: --name home');
    expect(bonding('link', 'link1', 'down', '--name', 'office').status).toBe(0);
    expect(bonding('status', '--name', 'office').stdout).toContain('parked');
    expect(bonding('status', '--name', 'home').stdout).not.toContain('parked');
    const plan = bonding('facts', '--name', 'office').stdout;
    expect(JSON.parse(plan)).toMatchObject({ instance: 1 });
    expect(bonding('events', '--name', 'office').stdout).toContain('link1');
    const fingerprint = bonding('keys', '--name', 'home').stdout;
    expect(fingerprint).not.toBe(bonding('keys', '--name', 'office').stdout);
    expect(readFileSync(end.at('etc/bonding/home/bonding.crt'), 'utf8')).toContain('CERTIFICATE');
  });
});
