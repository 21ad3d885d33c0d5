import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { fromTable } from '../../../backend/src/status/ubus-object.ts';
import { type Client, connect, method } from '../../../backend/src/ubus/index.ts';
import { merge } from '../../../luci-ui/src/merge.ts';
import { makeAuthority } from '../../fakes/authority.ts';
import { type RpcdSessions, startRpcdSessions } from '../../fakes/rpcd-sessions.ts';
import { shipped } from '../daemon/bundle.ts';
import { type End, newEnd } from '../daemon/end.ts';
import { visit } from './open-page.ts';

/** The program as it ships, with the slim `ws`: its page on a unix socket, and its place on the LAN. */
const program = shipped();
let end: End;
let client: Client;
let sessions: RpcdSessions;
let lan: string[] = [];

const cli = (...words: string[]) =>
  spawnSync(process.execPath, [program.bundle, ...words, '--run-folder', end.at('run')], {
    encoding: 'utf8',
  });

/** A page at the unix socket; `ws` offers to compress, which must be turned down. */
const open = (login: object | null) =>
  visit(`ws+unix://${end.at('page.sock')}:/socket`, { perMessageDeflate: true }, login);

const token = (): string => /#token=(\w+)/.exec(cli('page').stdout)?.[1] ?? '';

/** It makes a network namespace. */
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  if (!isRoot) return;
  end = newEnd(program.bundle);
  end.configure(
    [
      "config interface 'bond'\n\toption ipaddr '10.0.0.2'",
      `\toption peer_fingerprint '${Array(32).fill('AB').join(':')}'`,
      "\toption page_port '8472'",
      "config link 'a'\n\toption interface 'wan0'\n\toption server '198.51.100.1'",
    ].join('\n'),
  );
  mkdirSync(end.at('page'));
  writeFileSync(end.at('page', 'index.html'), '<!doctype html>');
  const { cert, key } = makeAuthority('ec').server;
  writeFileSync(end.at('cert'), cert);
  writeFileSync(end.at('key'), key);
  writeFileSync(
    end.at('uhttpd'),
    `config uhttpd 'main'\n\toption cert '${end.at('cert')}'\n\toption key '${end.at('key')}'\n`,
  );
  const page = ['--page', end.at('page.sock'), '--page-folder', end.at('page')];
  const daemon = end.start({ words: [...page, '--uhttpd', end.at('uhttpd')] });
  await daemon.logged('page: unix:');
  await end.statusWhen(() => true);
  client = connect({ path: end.at('ubus.sock') });
  sessions = await startRpcdSessions(end.at('ubus.sock'));
}, 60_000);

afterAll(async () => {
  if (!isRoot) return;
  sessions.stop();
  client.close();
  await end.dispose();
});

describe.skipIf(!isRoot)('the page of the program', () => {
  test('the token opens it: status as on ubus, live, calls', async () => {
    expect(statSync(end.at('run', 'page-token')).mode & 0o777).toBe(0o600);
    const page = open({ token: token() });
    const { snapshot } = await page.next('snapshot');
    expect(page.socket.extensions).toBe('');
    const since = (await page.next('delta')).delta;
    expect(merge(snapshot, since)).toMatchObject({ role: 'router', bond: { ifname: 'bond0' } });
    for (const [name, args] of [
      ['plan', { action: 'stop' }],
      ['check', {}],
      ['test_result', {}],
    ] as const) {
      page.says({ type: 'call', id: 1, method: name, args });
      const { result } = await page.next('reply');
      expect(result).toEqual(fromTable(await client.call('bonding', name, args)));
    }
    page.says({ type: 'call', id: 2, method: 'link', args: { name: 'a', action: 'down' } });
    expect((await page.next('reply')).result).toBeNull();
    let said = '';
    while (said !== "link 'a': parked") {
      const { event } = await page.next('event');
      said = `${event.subject}: ${event.text}`;
    }
    page.says({ type: 'call', id: 3, method: 'link', args: { name: 'a', action: 'up' } });
    await page.next('reply');
    page.socket.close();
  });

  test.each([
    ['a wrong token', { token: '0'.repeat(32) }, 4401],
    ['a session that is not there', { session: '0'.repeat(32) }, 4401],
    ['what is no login', { what: 1 }, 1008],
    ['a long login', { token: 'x'.repeat(5_000) }, 1009],
  ])('%s is refused', async (_name, login, code) => {
    const { closed, messages } = open(login);
    expect([await closed, messages]).toEqual([code, []]);
  });

  test('bytes and broken frames', async () => {
    for (const [data, code] of [
      [Buffer.from([1]), 1003],
      ['{', 1008],
    ] as const) {
      const page = open({ token: token() });
      await page.next('snapshot');
      page.socket.send(data);
      expect(await page.closed).toBe(code);
    }
  });

  test('a session opens it as far as it may', async () => {
    const page = open({ session: sessions.create(60, { bonding: ['status'] }) });
    await page.next('snapshot');
    page.says({ type: 'call', id: 1, method: 'stop', args: {} });
    expect(await page.next('error')).toMatchObject({ id: 1, code: 6 });
    page.socket.close();
  });

  test('`bonding page` prints the address, to those who may read the token', () => {
    const { stdout, status } = cli('page');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^unix:\S+#token=\w{32}\n$/)]);
    const nobody = execFileSync(
      'setpriv',
      [
        ...['--reuid=65534', '--regid=65534', '--clear-groups'],
        ...['sh', '-c', '"$@"; echo "code $?"', 'sh'],
        ...[process.execPath, program.bundle, 'page', '--run-folder', end.at('run')],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    expect(nobody).toBe('code 1\n');
  });

  test('on the LAN: where netifd says that is, as the status tells', async () => {
    const where = (wanted: Snapshot['socket']) =>
      end.statusWhen(({ socket }) => JSON.stringify(socket) === JSON.stringify(wanted));
    await where(null);
    const netifd = await client.addObject('network.interface', {
      dump: method({}, () => ({
        interface: [
          {
            ...{ interface: 'lan', up: true, l3_device: 'lo', device: 'lo' },
            'ipv4-address': lan.map((address) => ({ address, mask: 8 })),
          },
        ],
      })),
    });
    lan = ['127.0.0.1'];
    await until(() => netifd.subscribed);
    netifd.notify('interface.update');
    await where({ port: 8472, tls: true });
    lan = [];
    netifd.notify('interface.update');
    await where(null);
  });
});

async function until(good: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !good(); i += 1) await sleep(20);
  expect(good()).toBe(true);
}
