import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../../backend/src/ubus/broker.ts';
import { connect, UbusError } from '../../../backend/src/ubus/index.ts';
import { script } from '../../fakes/folder.ts';
import { shipped } from './bundle.ts';
import { type End, newEnd, until } from './end.ts';

const FINGERPRINT = Array(32).fill('AB').join(':');
const LINKS = [0, 1].map(
  (index) => `
config link 'link${index}'
	option interface 'wan${index}'
	option server '198.51.100.1'
`,
);
const CONFIG = `config interface 'bond'
	option ipaddr '10.11.0.2'
	option peer_fingerprint '${FINGERPRINT}'
${LINKS.join('')}`;

const isRoot = process.getuid?.() === 0;
/** These tests make network namespaces. */
const asRoot = it.skipIf(!isRoot);
/** Some are about a kernel without the bonding driver; trying loads it where there is one. */
const hasBonding =
  isRoot &&
  spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'trial0', 'type', 'bond']).status === 0;
const withoutBonding = it.skipIf(!isRoot || hasBonding);
const NOBODY = 65_534;

const program = shipped();
let end: End;

beforeAll(() => {
  if (!isRoot) console.warn('test/integration/daemon: skipped, it makes namespaces: run as root');
});

beforeEach(() => {
  if (!isRoot) return;
  end = newEnd(program.bundle);
  end.configure(CONFIG);
});

afterEach(async () => {
  if (isRoot) await end.dispose();
});

const codes = (snapshot: { problems: { code: string }[] }) =>
  snapshot.problems.map(({ code }) => code);
const allUp = (snapshot: { links: { up: boolean }[] }) => snapshot.links.every(({ up }) => up);

/** One call of a daemon's method; the status it answers with, 0 when it worked. */
async function call(method: string, args: Record<string, string> = {}): Promise<number> {
  const client = connect({ path: end.at('ubus.sock') });
  try {
    await client.call('bonding', method, args);
    return 0;
  } catch (error) {
    return error instanceof UbusError ? error.status : -1;
  } finally {
    client.close();
  }
}

describe('the daemon from start to end', () => {
  asRoot('brings links up, and SIGTERM leaves the machine exactly as it was', async () => {
    const found = end.network();
    const daemon = end.start();
    const shown = await end.statusWhen(allUp);
    expect(shown.links.map(({ l3_device, gateway }) => [l3_device, gateway])).toEqual([
      ['wan0', '192.0.2.1'],
      ['wan1', '192.0.2.17'],
    ]);
    expect(end.network()).toContain('from 192.0.2.2 lookup 20101 proto 157');
    expect(end.tunnels()).toHaveLength(2);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(end.network()).toBe(found);
    expect(end.tunnels()).toEqual([]);
  });

  asRoot('killed with -9: the tunnels live on, the next daemon adopts them', async () => {
    const found = end.network();
    const first = end.start();
    await end.statusWhen(allUp);
    const tunnels = end.tunnels();
    first.signal('SIGKILL');
    expect(await first.ended()).toBe('SIGKILL');
    await sleep(300);
    expect(end.tunnels()).toEqual(tunnels);
    const second = end.start();
    await end.statusWhen(allUp);
    expect(end.tunnels()).toEqual(tunnels);
    expect(second.log()).not.toMatch(/^(openvpn|kill) /m);
    second.signal('SIGTERM');
    expect(await second.ended()).toBe(0);
    expect(end.tunnels()).toEqual([]);
    expect(end.network()).toBe(found);
  });

  asRoot('signals that come while it starts are heard', async () => {
    const started = end.at('asked');
    script(end.at('bin', 'openvpn'), `touch ${started}`, 'sleep 0.5', 'echo OpenVPN 2.6.14');
    const found = end.network();
    const daemon = end.start();
    const asked = async () => spawnSync('test', ['-e', started]).status === 0;
    await until(asked, () => daemon.log());
    daemon.signal('SIGHUP');
    await sleep(50);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(end.network()).toBe(found);
  });

  asRoot('goes on when nobody reads its log any more', async () => {
    const daemon = end.start();
    await end.statusWhen(allUp);
    daemon.child.stdout?.destroy();
    for (const action of ['down', 'up', 'down', 'up'])
      expect(await call('link', { name: 'link1', action })).toBe(0);
    await end.statusWhen(allUp);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });
});

describe('what is missing', () => {
  withoutBonding('the bonding module: said with its fix; all else works', async () => {
    const daemon = end.start();
    const shown = await end.statusWhen((now) => allUp(now) && codes(now).length > 0);
    expect(codes(shown)).toEqual(['module-missing']);
    expect(shown.problems[0]?.text).toContain('bonding');
    expect(shown.problems[0]?.fix).toContain('kmod-bonding');
    expect(shown.driver).toBeNull();
    // it still answers, and still does its other duties: a tunnel that ends comes back
    const [first = 0] = end.tunnels();
    process.kill(first, 'SIGKILL');
    await end.statusWhen((now) => !allUp(now));
    await end.statusWhen(allUp);
    expect(end.tunnels()).not.toContain(first);
    expect(daemon.child.exitCode).toBeNull();
  });

  asRoot('openvpn: said with its fix; a reload after it was installed is enough', async () => {
    rmSync(end.at('bin', 'openvpn'));
    const hide = 'for f in /usr/sbin /sbin /usr/bin /usr/local/sbin; do f=$f/openvpn;';
    end.start({ before: `${hide} [ ! -e $f ] || mount --bind /dev/null $f; done` });
    const shown = await end.statusWhen((now) => codes(now).includes('openvpn-missing'));
    const found = shown.problems.find(({ code }) => code === 'openvpn-missing');
    expect(found?.fix).toContain('opkg install openvpn-openssl');
    expect(end.tunnels()).toEqual([]);
    script(end.at('bin', 'openvpn'), 'echo OpenVPN 2.6.14');
    expect(await call('reload')).toBe(0);
    await end.statusWhen((now) => !codes(now).includes('openvpn-missing'));
  });

  asRoot('permission: said once, and it lives on', async () => {
    for (const name of ['run', 'keys', 'bus']) {
      mkdirSync(end.at(name));
      chownSync(end.at(name), NOBODY, NOBODY);
    }
    const words = ['--ubus', end.at('bus', 'ubus.sock')];
    const daemon = end.start({ uid: NOBODY, words });
    await daemon.logged('was refused: the daemon must run as root');
    const client = connect({ path: end.at('bus', 'ubus.sock') });
    const shown = (await client.call('bonding', 'status')) as { problems: { code: string }[] };
    client.close();
    expect(codes(shown).filter((code) => code === 'no-permission')).toHaveLength(1);
    expect(daemon.child.exitCode).toBeNull();
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  asRoot('permission for the run folder: it ends with 1 and says what to do', async () => {
    const daemon = end.start({ uid: NOBODY });
    expect(await daemon.ended()).toBe(1);
    expect(daemon.log()).toMatch(/^bonding: run folder .*EACCES.*run as root/m);
    expect(daemon.log()).not.toContain('    at ');
  });

  asRoot('a place for our key: shown in the status', async () => {
    end.start({ words: ['--key-folder', '/proc/keys'] });
    const shown = await end.statusWhen((now) => codes(now).includes('key-folder'));
    expect(shown.problems.find(({ code }) => code === 'key-folder')?.text).toContain('/proc/keys');
  });

  asRoot('ubusd: said once, all else works, and it comes back with ubusd', async () => {
    const daemon = end.start({ words: ['--no-broker'] });
    await until(
      async () => end.tunnels().length === 2,
      () => daemon.log(),
    );
    // several attempts to connect
    await sleep(2_500);
    expect(daemon.log().match(/nothing answers on/g)).toHaveLength(1);
    expect(await end.status()).toBeNull();
    const broker = await startBroker({ path: end.at('ubus.sock') });
    // the object answers a moment before the connection counts as up
    await end.statusWhen((now) => allUp(now) && !codes(now).includes('ubus-absent'));
    await broker.close();
  });
});

describe('the configuration of a running daemon', () => {
  asRoot('broken: the last good one stays in use; mended: the problem goes', async () => {
    const daemon = end.start();
    await end.statusWhen(allUp);
    const [network, tunnels] = [end.network(), end.tunnels()];
    end.configure(`${CONFIG}\toption server 'no end\n`);
    daemon.signal('SIGHUP');
    const shown = await end.statusWhen((now) => codes(now).includes('config-syntax'));
    const found = shown.problems.find(({ code }) => code === 'config-syntax');
    expect(found?.subject).toBe(`file ${end.at('config')}`);
    expect(found?.text).toMatch(/^line 12, column \d+: .*last good configuration stays in use/);
    expect(allUp(shown)).toBe(true);
    end.configure(CONFIG);
    daemon.signal('SIGHUP');
    const mended = await end.statusWhen((now) => !codes(now).includes('config-syntax'));
    expect(allUp(mended)).toBe(true);
    // A good file is tried on the driver, with two devices that go at once.
    await until(
      async () => end.network() === network,
      () => daemon.log(),
    );
    expect(end.tunnels()).toEqual(tunnels);
  });

  asRoot('with a link less: that link goes, the other stays as it is', async () => {
    const daemon = end.start();
    await end.statusWhen(allUp);
    const tunnels = end.tunnels();
    end.configure(CONFIG.replace(LINKS[1] ?? '', ''));
    daemon.signal('SIGHUP');
    const shown = await end.statusWhen((now) => now.links.length === 1);
    expect(shown.links[0]?.up).toBe(true);
    await until(
      async () => end.tunnels().length === 1,
      () => daemon.log(),
    );
    expect(tunnels).toContain(end.tunnels()[0]);
    expect(end.network()).not.toContain('20102');
  });

  asRoot('missing at the start: it waits, and starts when there is one', async () => {
    rmSync(end.at('config'));
    const daemon = end.start();
    await daemon.logged(`the file ${end.at('config')} does not exist`);
    expect(await call('status')).toBe(5);
    expect(end.tunnels()).toEqual([]);
    end.configure(CONFIG);
    daemon.signal('SIGHUP');
    await end.statusWhen(allUp);
    expect(daemon.log()).toContain('no longer: the file');
  });
});

describe('garbage on the ubus socket', () => {
  /** Writes bytes to the daemon's own broker, whatever it does with them. */
  async function throwAt(...parts: Buffer[]): Promise<void> {
    const socket = createConnection(end.at('ubus.sock'));
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
    await sleep(50);
    socket.destroy();
  }

  /** Header (version, type, seq, peer) and the id and length of a blob that follows. */
  function frame(type: number, length: number, rest: Buffer): Buffer {
    const head = Buffer.alloc(12);
    head.writeUInt8(0, 0);
    head.writeUInt8(type, 1);
    head.writeUInt16BE(1, 2);
    head.writeUInt32BE(length, 8);
    return Buffer.concat([head, rest]);
  }

  asRoot('and a 1 MiB blob: it goes on answering', async () => {
    const daemon = end.start();
    await end.statusWhen(allUp);
    const noise = Buffer.from(Array.from({ length: 64 * 1024 }, (_, i) => (i * 7919) >> 3));
    await throwAt(noise);
    await throwAt(Buffer.alloc(64 * 1024));
    await throwAt(Buffer.alloc(64 * 1024, 0xff));
    for (const type of [1, 4, 5, 6, 9]) {
      await throwAt(frame(type, 1024 * 1024 + 4, Buffer.alloc(1024 * 1024, 0x41)));
      await throwAt(frame(type, 0xffffff, Buffer.alloc(4096, 0x03)));
      await throwAt(frame(type, 3, Buffer.alloc(16)));
    }
    expect(allUp(await end.statusWhen(() => true))).toBe(true);
    expect(daemon.child.exitCode).toBeNull();
    const memory = readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8');
    expect(Number(/^VmRSS:\s+(\d+)/m.exec(memory)?.[1])).toBeLessThan(120_000);
  });

  asRoot('calls with nonsense are refused, and change nothing', async () => {
    end.start();
    await end.statusWhen(allUp);
    expect(await call('link', { name: 'x'.repeat(100_000), action: 'down' })).toBe(4);
    expect(await call('link', { name: 'link0', action: 'x'.repeat(100_000) })).toBe(2);
    expect(await call('constructor')).toBe(3);
    expect(await call('plan', { action: 'x' })).toBe(2);
    expect(allUp(await end.statusWhen(() => true))).toBe(true);
  });
});
