import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureIdentity } from '../../../backend/src/effects/identity.ts';
import { newCode } from '../../../backend/src/setup/code.ts';
import type { JoinAnswer } from '../../../backend/src/status/join-answer.ts';
import { fromTable } from '../../../backend/src/status/ubus-object.ts';
import { connect } from '../../../backend/src/ubus/index.ts';
import { TLS_KEY } from '../../fakes/join.ts';
import { shipped } from '../daemon/bundle.ts';
import { type Daemon, type End, newEnd } from '../daemon/end.ts';
import { ROUTER_CONFIG, SERVER_CONFIG } from './pair.ts';

const PORT = 1194;
const isRoot = process.getuid?.() === 0;
/** These tests make network namespaces. */
const asRoot = it.skipIf(!isRoot);

const program = shipped();
let end: End;
let daemon: Daemon;

beforeAll(() => {
  if (!isRoot) console.warn('test/integration/join/cli: skipped, it makes namespaces: run as root');
});
beforeEach(() => {
  if (!isRoot) return;
  end = newEnd(program.bundle);
  mkdirSync(end.at('keys'), { mode: 0o700 });
  writeFileSync(end.at('keys/tls-crypt.key'), TLS_KEY, { mode: 0o600 });
  mkdirSync(end.at('router'));
  writeFileSync(end.at('router/config'), ROUTER_CONFIG);
});
afterEach(async () => {
  if (isRoot) await end.dispose();
});

function startServer(): void {
  end.configure(SERVER_CONFIG(PORT, end.at('keys/tls-crypt.key')));
  daemon = end.start();
}

const place = () => ({ name: 'home', configPath: end.at('config'), keyFolder: end.at('keys') });
const routerConfig = () => readFileSync(end.at('router/config'), 'utf8');

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A program in the daemon's network. */
function inside(argv: string[], stdin = ''): Promise<Ended> {
  const child = spawn('nsenter', [`--net=/proc/${daemon.child.pid}/ns/net`, ...argv]);
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    ended.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    ended.err += chunk.toString();
  });
  // It may end without reading.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ ...ended, code }));
  });
}

/** `bonding join` of a router without netifd and without a daemon, as it ships. */
function join(words: string[], stdin = ''): Promise<Ended> {
  const places = ['--config', end.at('router/config'), '--key-folder', end.at('router/keys')];
  const all = ['join', ...words, ...places, '--ubus', end.at('nobody.sock')];
  return inside([process.execPath, program.bundle, ...all], stdin);
}

async function ubus(method: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const client = connect({ path: end.at('ubus.sock') });
  try {
    return fromTable(await client.call('bonding', method, args as Record<string, string>));
  } finally {
    client.close();
  }
}

describe('bonding join, as it ships', () => {
  asRoot('shows, then applies; the server reloads and says so', async () => {
    startServer();
    await end.statusWhen(() => true);
    const { code } = newCode(place());
    await daemon.logged(`routers can join at TCP port ${PORT}`);

    const shown = await join([code]);
    expect(shown).toMatchObject({
      code: 1,
      err: 'bonding: join: nothing was changed; to apply it add --yes\n',
    });
    expect(shown.out).toContain("+config link 'link0'\n+\toption interface 'wan0'\n");
    expect((await join([code, '--dry-run'])).code).toBe(0);
    const told = await join([code, '--json']);
    expect(told.code).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({ ok: true, name: 'router', applied: false });
    expect(routerConfig()).toBe(ROUTER_CONFIG);
    expect(daemon.log()).not.toContain('router joined');

    const done = await join(
      ['-', '--yes', '--json'],
      `${code.slice(0, 40)}\n  ${code.slice(40)}\n`,
    );
    expect(done).toMatchObject({ code: 0, err: '' });
    const answer = JSON.parse(done.out) as JoinAnswer;
    expect(answer).toMatchObject({ ok: true, applied: true });
    expect(answer.notes.at(-1)).toContain('/etc/init.d/bonding start');
    expect(routerConfig()).toContain("option interface 'wan1'");
    const { fingerprint } = ensureIdentity(end.at('router/keys'));
    await daemon.logged(`router joined; its fingerprint is ${fingerprint}`);
    const known = ({ problems }: { problems: { code: string }[] }) =>
      problems.every(({ code: found }) => found !== 'peer-unknown');
    await end.statusWhen(known);
    const { events } = (await ubus('events')) as { events: { subject: string; text: string }[] };
    expect(events).toContainEqual(
      expect.objectContaining({
        subject: 'router',
        text: `joined; its fingerprint is ${fingerprint}`,
      }),
    );
  });

  asRoot('says what is wrong and what to do, and ends with 1', async () => {
    startServer();
    await end.statusWhen(() => true);
    expect(await join(['bonding1_AAAA', '--yes'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^bonding: join: the join code cannot be used: .*\n {2}fix: .*\n$/,
      ),
    });
    const { code } = newCode(place());
    await daemon.logged('routers can join');
    newCode(place());
    const refused = await join([code, '--yes', '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({
      ok: false,
      applied: false,
      error: { code: 'join-refused', text: expect.stringContaining('does not know this code') },
    });
    await daemon.logged('a router: wrong-secret');
    expect(routerConfig()).toBe(ROUTER_CONFIG);
  });

  asRoot('the door is shut without a code, and tells when its port is taken', async () => {
    startServer();
    await end.statusWhen(() => true);
    const knock = () =>
      inside(['/bin/bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${PORT}`]).then(({ code }) => code);
    expect(await knock()).not.toBe(0);
    const holder = spawn('nsenter', [
      ...[`--net=/proc/${daemon.child.pid}/ns/net`, process.execPath, '-e'],
      `require('net').createServer().listen(${PORT},'0.0.0.0',()=>console.log('taken'))`,
    ]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    newCode(place());
    const shown = await end.statusWhen(({ problems }) =>
      problems.some(({ code }) => code === 'join-port'),
    );
    expect(shown.problems.find(({ code }) => code === 'join-port')?.text).toContain('EADDRINUSE');
    holder.kill();
    await end.statusWhen(({ problems }) => problems.every(({ code }) => code !== 'join-port'));
    expect(await knock()).toBe(0);
  });
});

describe('the method of the ubus object', () => {
  asRoot(
    'joins by a code that carries everything, and the daemon takes the new file up',
    async () => {
      end.configure(ROUTER_CONFIG);
      daemon = end.start();
      await end.statusWhen(() => true);
      const server = {
        name: 'home',
        configPath: end.at('server/config'),
        keyFolder: end.at('server'),
      };
      mkdirSync(server.keyFolder);
      writeFileSync(server.configPath, SERVER_CONFIG(PORT, end.at('keys/tls-crypt.key')));
      const { code } = newCode(server, { offline: true });

      const bad = (await ubus('join', { code: code.slice(0, 99), apply: true })) as JoinAnswer;
      expect(bad).toMatchObject({ ok: false, error: { code: 'join-code' } });
      const shown = (await ubus('join', { code, apply: false })) as JoinAnswer;
      expect(shown).toMatchObject({ ok: true, name: 'home', applied: false });
      expect(shown.diff).toContain("+\toption interface 'wan0'");
      expect(existsSync(end.at('keys/bonding.key.before-join'))).toBe(false);
      const old = ensureIdentity(end.at('keys')).fingerprint;
      expect((await end.status())?.bond.peer).toBe('10.0.0.1');

      const done = (await ubus('join', { code, apply: true })) as JoinAnswer;
      expect(done).toMatchObject({ ok: true, applied: true, diff: shown.diff });
      const after = await end.statusWhen(({ bond }) => bond.peer === '10.80.0.1');
      expect(after.links.map(({ name, interface: wan }) => [name, wan])).toEqual([
        ['link0', 'wan0'],
        ['link1', 'wan1'],
      ]);
      const { fingerprint } = ensureIdentity(end.at('keys'));
      expect(fingerprint).not.toBe(old);
      expect(readFileSync(server.configPath, 'utf8')).toContain(fingerprint);
      expect(existsSync(end.at('keys/bonding.key.before-join'))).toBe(true);
    },
  );

  asRoot('a server joins nobody', async () => {
    startServer();
    await end.statusWhen(() => true);
    expect(await ubus('join', { code: 'x', apply: true })).toMatchObject({
      ok: false,
      error: { code: 'join-refused', text: expect.stringContaining('is a server') },
    });
  });
});
