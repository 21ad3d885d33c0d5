import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClientOptions } from 'ws';
import { fromTable } from '../../../backend/src/status/ubus-object.ts';
import { makeAuthority } from '../../fakes/authority.ts';
import { sampleSnapshot } from '../../unit/luci-ui/sample.ts';
import * as harness from './open-page.ts';
import { until } from './open-page.ts';

const LAN = '127.0.0.2';
const GUEST = '127.0.0.3';

let opened: harness.OpenedPage;
let port: number;

beforeEach(async () => {
  opened = await harness.startPage();
  port = await harness.freePortOn(LAN);
  await follow({ lan: [LAN] });
});

afterEach(() => opened.dispose());

/** netifd says that these interfaces have these addresses; waits until all are listened on. */
async function follow(addresses: Record<string, string[]>, at = port): Promise<void> {
  const dump = {
    interface: Object.entries(addresses).map(([name, list]) => ({
      interface: name,
      up: true,
      'ipv4-address': list.map((address) => ({ address, mask: 8 })),
    })),
  };
  opened.page.follow({ port: at, interfaces: ['lan', 'guest'] }, dump);
  await sleep(20);
}

const RIGHTS = { bonding: ['status', 'events', 'plan', 'test_result', 'check', 'history'] };

/** A page of LuCI at `host`; logs in with `login`, by default with a new session. */
function visit(options: ClientOptions = {}, login: object | null = session(), host = LAN) {
  const origin = `http://${host}`;
  return harness.visit(`ws://${host}:${port}/socket`, { origin, ...options }, login);
}

function session(seconds = 60, rights: Record<string, string[]> = RIGHTS) {
  return { session: opened.sessions.create(seconds, rights) };
}

describe('login by session', () => {
  test('one that may read the status gets it, live', async () => {
    const page = visit();
    expect((await page.next('snapshot')).snapshot).toEqual(opened.snapshot);
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    expect((await page.next('delta')).delta).toEqual([[[], { since: 61 }]]);
    const event = { id: 1, time: 2, subject: "link 'dsl'", text: 'down' };
    opened.page.event(event);
    expect((await page.next('event')).event).toEqual(event);
  });

  test.each<[string, () => object, number]>([
    ['that is not there', () => ({ session: '0123456789abcdef0123456789abcdef' }), 4401],
    ['without the right', () => session(60, { bonding: ['events'], network: ['status'] }), 4401],
    ['that has ended', () => session(0.001), 4401],
    ['of other letters', () => ({ session: "' or 1=1 --".padEnd(32) }), 1008],
    ['by the token of loopback', () => ({ token: opened.token }), 4401],
  ])('%s is refused', async (_name, login, code) => {
    const { closed, messages } = visit({}, login());
    expect([await closed, messages]).toEqual([code, []]);
  });

  test('without rpcd nobody gets in', async () => {
    const login = session();
    opened.sessions.stop();
    const { closed, messages } = visit({}, login);
    expect([await closed, messages]).toEqual([4401, []]);
  });

  test('its end closes the page, which has not kept it alive', async () => {
    const login = session(3, { bonding: ['status', 'events', 'history'] });
    const page = visit({}, login);
    await page.next('snapshot');
    const began = Date.now();
    // What a page asks by itself, as a chart of the last day does every five minutes.
    for (const method of ['events', 'history', 'test_result', 'status']) {
      await sleep(500);
      page.says({ type: 'call', id: 1, method, args: {} });
      expect((await page.next(method === 'test_result' ? 'error' : 'reply')).id).toBe(1);
    }
    expect(await page.closed).toBe(4408);
    expect(Date.now() - began).toBeLessThan(6_000);
    const { calls } = opened.sessions;
    expect(calls.filter((call) => call !== 'list')).toEqual([`access ${login.session}`]);
    expect(calls.filter((call) => call === 'list').length).toBeGreaterThan(1);
  });

  test('one that is destroyed, and one that loses the right', async () => {
    const [login, other, good] = [session(3), session(3), session(3)];
    const pages = [login, other, good].map((one) => visit({}, one));
    await Promise.all(pages.map((page) => page.next('snapshot')));
    opened.sessions.destroy(login.session);
    opened.sessions.grant(other.session, { bonding: ['events'] });
    expect(await pages[0]?.closed).toBe(4408);
    expect(await pages[1]?.closed).toBe(4401);
    expect(pages[2]?.socket.readyState).toBe(1);
  });
});

describe('calls', () => {
  test.each([
    ['status', {}],
    ['events', { since: 1 }],
    ['events', {}],
    ['history', { span: 180 }],
    ['plan', { action: 'stop' }],
    ['test_result', {}],
    ['check', { ubus_rpc_session: 'x', more: [1] }],
  ])('%s gives what ubus gives', async (method, args) => {
    const page = visit();
    await page.next('snapshot');
    page.says({ type: 'call', id: 9, method, args });
    const { id, result } = await page.next('reply');
    const answer = fromTable(await opened.client.call('bonding', method, args));
    expect([id, result]).toEqual([9, JSON.parse(JSON.stringify(answer))]);
    expect(Object.keys(result as object).length).toBeGreaterThan(0);
  });

  test.each([
    ['plan', { action: 'dance' }, 2],
    ['events', { since: 'yesterday' }, 2],
    ['stop', {}, 6],
    ['restart', {}, 6],
    ['nothing', {}, 6],
    ['__proto__', {}, 6],
  ])('%s with %j: status %d', async (method, args, code) => {
    const page = visit();
    await page.next('snapshot');
    page.says({ type: 'call', id: 9, method, args });
    expect(await page.next('error')).toMatchObject({ id: 9, code });
  });

  test('with the right, also what changes something, and not after it was taken', async () => {
    const login = session(60, { bonding: ['*'] });
    const page = visit({}, login);
    await page.next('snapshot');
    const stop = { type: 'call', id: 1, method: 'stop', args: {} };
    page.says(stop);
    expect(await page.next('reply')).toEqual({ type: 'reply', id: 1, result: null });
    opened.sessions.grant(login.session, RIGHTS);
    page.says({ ...stop, id: 2 });
    expect(await page.next('error')).toMatchObject({ id: 2, code: 6 });
    page.says({ ...stop, id: 3, method: 'nothing' });
    expect(await page.next('error')).toMatchObject({ id: 3, code: 6 });
    opened.sessions.destroy(login.session);
    page.says({ ...stop, id: 4 });
    expect(await page.closed).toBe(4408);
  });
});

describe('who may come', () => {
  test.each<[string, ClientOptions]>([
    ['no Origin', { origin: undefined }],
    ['another site', { origin: 'http://evil.example' }],
    ['a sandbox', { origin: 'null' }],
    ['an address that is not ours', { origin: 'http://10.1.1.1', headers: { host: '10.1.1.1' } }],
    ['a name of another', { origin: 'http://a.example', headers: { host: 'b.example' } }],
  ])('%s is refused', async (_name, options) => {
    const { refused, messages } = visit(options);
    expect(await refused).toBe('Unexpected server response: 403');
    expect(messages).toEqual([]);
  });

  test('LuCI by a name, and by https on another port', async () => {
    await visit({ origin: 'http://openwrt.lan', headers: { host: `openwrt.lan:${port}` } }).next(
      'snapshot',
    );
    await visit({ origin: `https://${LAN}:8443` }).next('snapshot');
  });

  test('there is the socket and nothing else', async () => {
    const ask = (path: string) =>
      harness.ask({ host: LAN, port }, path, { authorization: `Bearer ${opened.token}` });
    expect((await ask('/socket')).status).toBe(426);
    for (const path of ['/', '/status.json', '/index.html', '/socket/', '/socket?x'])
      expect((await ask(path)).status).toBe(404);
    const { refused } = harness.visit(`ws://${LAN}:${port}/other`, { origin: `http://${LAN}` });
    expect(await refused).toBe('Unexpected server response: 404');
  });

  test('sockets that never log in keep nobody out', async () => {
    const idle = Array.from({ length: 100 }, () => connect(port, LAN).on('error', () => undefined));
    const silent = Array.from({ length: 60 }, () => visit({}, null));
    for (const one of silent) one.refused.catch(() => undefined);
    const page = visit();
    await page.next('snapshot');
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await page.next('delta');
    const open = idle.filter(({ destroyed }) => !destroyed);
    expect(open.length).toBeLessThanOrEqual(33);
    for (const one of idle) one.destroy();
    for (const { socket } of silent) socket.terminate();
  });

  test('nine pages: the ninth is told', async () => {
    const login = session();
    const eight = Array.from({ length: 8 }, () => visit({}, login));
    await Promise.all(eight.map((page) => page.next('snapshot')));
    expect(await visit({}, login).closed).toBe(1013);
  });

  test('a message over 4 KiB', async () => {
    const page = visit();
    await page.next('snapshot');
    page.says({ type: 'call', id: 1, method: 'plan', args: { action: 'x'.repeat(4_096) } });
    expect(await page.closed).toBe(1009);
  });
});

describe('addresses', () => {
  test('only what changed is bound anew', async () => {
    const page = visit();
    await page.next('snapshot');
    await follow({ lan: [LAN], guest: [GUEST], wan: ['127.0.0.4'] });
    await visit({}, session(), GUEST).next('snapshot');
    expect(await visit({}, null, '127.0.0.4').refused).toContain('ECONNREFUSED');
    await follow({ lan: [LAN] });
    expect(await visit({}, null, GUEST).refused).toContain('ECONNREFUSED');
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await page.next('delta');
    await visit().next('snapshot');
  });

  test('the status tells where, and that there is nothing', async () => {
    expect(opened.page.socket()).toEqual({ port, tls: false });
    const other = await harness.freePortOn(LAN);
    await follow({ lan: [LAN] }, other);
    expect(opened.page.socket()).toEqual({ port: other, tls: false });
    expect(await visit({}, null).refused).toContain('ECONNREFUSED');
    await follow({ lan: [LAN] }, 0);
    expect(opened.page.socket()).toBeNull();
    opened.page.follow({ port, interfaces: ['lan'] }, null);
    expect(opened.page.socket()).toBeNull();
  });

  test('one that cannot be had is tried again, told, and keeps no other back', async () => {
    await follow({ lan: [LAN, '192.0.2.77'] });
    await visit().next('snapshot');
    expect(opened.problems.size).toBe(0);
    await until(() => opened.problems.size > 0);
    expect(opened.problems.get('page-lan')).toMatchObject({ code: 'page-listen' });
    expect(opened.problems.get('page-lan')?.text).toContain(`192.0.2.77, port ${port} (`);
    await follow({ lan: [LAN] });
    expect(opened.problems.size).toBe(0);
  });

  test('a port that another program has is taken as soon as it is free', async () => {
    const second = await harness.startPage();
    const dump = {
      interface: [{ interface: 'lan', up: true, 'ipv4-address': [{ address: LAN }] }],
    };
    second.page.follow({ port, interfaces: ['lan'] }, dump);
    await sleep(100);
    expect(second.page.socket()).toBeNull();
    await follow({});
    await until(() => second.page.socket() !== null);
    await second.dispose();
  });
});

describe('TLS', () => {
  const files = () => ({ cert: opened.at('uhttpd.crt'), key: opened.at('uhttpd.key') });

  /** uhttpd's configuration and files. */
  function uhttpd(cert: string | Buffer, key: string | Buffer): void {
    writeFileSync(
      opened.at('uhttpd'),
      `config uhttpd main\n\tlist listen_https '0.0.0.0:443'\n\toption cert '${files().cert}'\n\toption key '${files().key}'\n`,
    );
    writeFileSync(files().cert, cert);
    writeFileSync(files().key, key);
  }

  /** A page by https; it takes any certificate, as a user does who has clicked it away. */
  const secureVisit = () =>
    harness.visit(
      `wss://${LAN}:${port}/socket`,
      { origin: `https://${LAN}`, rejectUnauthorized: false },
      session(),
    );

  /** Serial number of the certificate that is shown. */
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ host: LAN, port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      }).on('error', reject);
    });

  test.each([
    ['PEM', 'ec', 'pem'],
    ['DER as px5g writes it (SEC1)', 'ec', 'sec1'],
    ['DER, RSA as px5g writes it (PKCS1)', 'rsa', 'pkcs1'],
    ['DER, PKCS8', 'ec', 'pkcs8'],
  ] as const)('with uhttpd’s certificate: %s', async (_name, kind, form) => {
    const { cert, key } = makeAuthority(kind).server;
    const der = (type: 'sec1' | 'pkcs1' | 'pkcs8') =>
      createPrivateKey(key).export({ type, format: 'der' } as never) as unknown as Buffer;
    if (form === 'pem') uhttpd(cert, key);
    else uhttpd(new X509Certificate(cert).raw, der(form));
    expect(opened.page.socket()).toEqual({ port, tls: true });
    const page = secureVisit();
    await page.next('snapshot');
    page.says({ type: 'call', id: 1, method: 'plan', args: {} });
    expect(await page.next('reply')).toMatchObject({ result: { text: '# start\n' } });
    await visit().next('snapshot');
    expect(opened.lines.join()).not.toContain('TLS');
  });

  test('a new certificate is shown from then on; pages that are open stay', async () => {
    const [first, second] = [makeAuthority('ec').server, makeAuthority('ec').server];
    uhttpd(first.cert, first.key);
    const page = secureVisit();
    await page.next('snapshot');
    expect(await shown()).toBe(new X509Certificate(first.cert).serialNumber);
    uhttpd(second.cert, second.key);
    expect(await shown()).toBe(new X509Certificate(second.cert).serialNumber);
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await page.next('delta');
  });

  test('without one that can be used there is no TLS, and that is told once', async () => {
    const { cert } = makeAuthority('ec').server;
    uhttpd(cert, makeAuthority('ec').server.key);
    for (let i = 0; i < 3; i += 1) expect(opened.page.socket()).toEqual({ port, tls: false });
    expect(opened.lines.filter((line) => line.includes('is not the key of'))).toHaveLength(1);
    uhttpd('nonsense', 'nonsense');
    expect(opened.page.socket()).toEqual({ port, tls: false });
    expect(opened.lines.filter((line) => line.includes('no TLS'))).toHaveLength(2);
    rmSync(files().key);
    expect(opened.page.socket()).toEqual({ port, tls: false });
    writeFileSync(opened.at('uhttpd'), 'config uhttpd "');
    expect(opened.page.socket()).toEqual({ port, tls: false });
    const refused = await secureVisit().refused;
    expect(refused).not.toBe('');
    await visit().next('snapshot');
  });

  test('handshakes that never end or are none do no harm', async () => {
    const { cert, key } = makeAuthority('ec').server;
    uhttpd(cert, key);
    for (const bytes of ['\x16', '\x16\x03\x01\xff\xff', `\x16${'x'.repeat(4_000)}`, '\x15\x03']) {
      const raw = connect(port, LAN).on('error', () => undefined);
      raw.write(Buffer.from(bytes, 'latin1'));
    }
    const half = connect(port, LAN).on('error', () => undefined);
    half.end();
    await secureVisit().next('snapshot');
    const reset = connect(port, LAN).on('error', () => undefined);
    reset.on('connect', () => reset.write('\x16', () => reset.resetAndDestroy()));
    await secureVisit().next('snapshot');
  });
});
