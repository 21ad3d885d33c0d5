import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { merge } from '../../../luci-ui/src/merge.ts';
import { sampleSnapshot } from '../../unit/luci-ui/sample.ts';
import * as harness from './open-page.ts';
import { rawOf, until } from './open-page.ts';

let opened: harness.OpenedPage;

beforeEach(async () => {
  opened = await harness.startPage();
  const { at } = opened;
  mkdirSync(at('page', 'sub'));
  writeFileSync(at('secret.js'), 'secret');
  writeFileSync(at('page', 'page.js'), 'run()');
  writeFileSync(at('page', 'notes.txt'), 'secret');
  writeFileSync(at('page', 'sub', 'inner.js'), 'secret');
  symlinkSync(at('secret.js'), at('page', 'link.js'));
  await opened.reopen();
});

afterEach(() => opened.dispose());

/** One HTTP request with the path exactly as given. */
function ask(
  path: string,
  more: { method?: string; host?: string; socketPath?: string; bearer?: string } = {},
) {
  const { port, token } = opened;
  const { method, host = `127.0.0.1:${port}`, socketPath, bearer = token } = more;
  const where = socketPath ? { socketPath } : { host: '127.0.0.1', port };
  return harness.ask(where, path, { host, Authorization: `Bearer ${bearer}` }, method);
}

/** A page that logs in with the token. */
function visit(headers: Record<string, string> = {}, path = '/socket') {
  const { port, token } = opened;
  return harness.visit(`ws://127.0.0.1:${port}${path}`, { headers }, { token });
}

describe('files', () => {
  test('the page, its script and the status', async () => {
    const index = await ask('/');
    expect([index.status, index.body]).toEqual([200, '<!doctype html><p>page']);
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(index.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await ask('/page.js?v=1')).headers['content-type']).toContain('text/javascript');
    const status = await ask('/status.json');
    expect(JSON.parse(status.body)).toEqual(sampleSnapshot());
    const unknown = await harness.ask({ host: '127.0.0.1', port: opened.port }, '/', {
      host: 'localhost',
    });
    expect(unknown.status).toBe(200);
    expect(status.headers['cache-control']).toBe('no-store');
    const head = await ask('/', { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '22']);
  });

  test.each([
    '/../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '//etc/passwd',
    '/./page.js',
    '/page.js/',
    '/page.js%00',
    '/sub/inner.js',
    '/sub',
    '/link.js',
    '/notes.txt',
    '/__proto__',
    '/constructor',
    'http://127.0.0.1/page.js',
  ])('%s is not there', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body]).toEqual([404, 'there is no such page\n']);
  });

  test.each(['', 'x', '0'.repeat(32), 'Bearer'])('no status with the token %j', async (bearer) => {
    const { status, headers, body } = await ask('/status.json', { bearer });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(body).toBe('the status needs the token: bonding page\n');
  });

  test('only reading, only by a loopback name', async () => {
    const post = await ask('/status.json', { method: 'POST' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    for (const path of ['/', '/status.json', '/socket']) {
      const rebound = await ask(path, { host: `evil.example:${opened.port}` });
      expect(rebound.status).toBe(403);
      expect(rebound.body).not.toContain('bond0');
    }
    expect((await ask('/status.json', { host: 'localhost:9' })).status).toBe(200);
    expect((await ask('/socket')).status).toBe(426);
  });

  test('no status yet is an answer, not a crash', async () => {
    opened.snapshot = null;
    expect((await ask('/status.json')).status).toBe(503);
    expect(await visit().closed).toBe(1011);
    opened.snapshot = sampleSnapshot();
    await visit().next('snapshot');
  });
});

describe('token', () => {
  test('is in a file of ours alone, with the address, and gone after the end', async () => {
    const path = opened.at('run', 'page-token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { port, token } = opened;
    expect(readFileSync(path, 'utf8')).toBe(`http://127.0.0.1:${port}/#token=${token}\n`);
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(opened.lines.join()).toContain(`http://127.0.0.1:${port}/`);
    expect(opened.lines.join()).not.toContain(token);
    await opened.reopen();
    expect(opened.token).not.toBe(token);
    await opened.reopen({ local: null });
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  test.each(['0'.repeat(32), 'f'.repeat(32)])('another, %s, is refused', async (token) => {
    const url = `ws://127.0.0.1:${opened.port}/socket`;
    const { closed, messages } = harness.visit(url, {}, { token });
    expect([await closed, messages]).toEqual([4401, []]);
  });

  test('may do everything, as `ubus call bonding` does', async () => {
    const page = visit();
    await page.next('snapshot');
    page.says({ type: 'call', id: 1, method: 'plan', args: { action: 'stop' } });
    expect(await page.next('reply')).toEqual({
      type: 'reply',
      id: 1,
      result: { text: '# stop\n' },
    });
    page.says({ type: 'call', id: 2, method: 'link', args: { name: 'none', action: 'up' } });
    const error = { type: 'error', id: 2, code: 4, text: 'not found' };
    expect(await page.next('error')).toEqual(error);
    page.says({ type: 'call', id: 3, method: 'start', args: {} });
    expect(await page.next('reply')).toEqual({ type: 'reply', id: 3, result: null });
  });

  test('a session serves here as well', async () => {
    const session = opened.sessions.create(60, { bonding: ['status'] });
    const page = harness.visit(`ws://127.0.0.1:${opened.port}/socket`, {}, { session });
    await page.next('snapshot');
  });
});

describe('socket', () => {
  test('first the whole, then changes that lead to the same; after close, 1001', async () => {
    const page = visit({ origin: `http://127.0.0.1:${opened.port}` });
    const { snapshot } = await page.next('snapshot');
    const after = sampleSnapshot({ since: 61, state: 'degraded' });
    opened.page.broadcast(after);
    expect(merge(snapshot, (await page.next('delta')).delta)).toEqual(after);
    const event = { id: 1, time: 2, subject: 'bond', text: 'up' };
    opened.page.event(event);
    expect(await page.next('event')).toEqual({ type: 'event', event });
    await opened.page.close();
    expect(await page.closed).toBe(1001);
  });

  test('nothing before the login', async () => {
    const silent = harness.visit(`ws://127.0.0.1:${opened.port}/socket`);
    const page = visit();
    await page.next('snapshot');
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await page.next('delta');
    expect(silent.messages).toEqual([]);
    expect(await silent.closed).toBe(4401);
  });

  test.each([
    [{ origin: 'http://evil.example' }, '/socket', '403'],
    [{ origin: 'null' }, '/socket', '403'],
    [{ origin: 'http://localhost:1' }, '/socket', '403'],
    [{ host: 'evil.example', origin: 'http://evil.example' }, '/socket', '403'],
    [{}, '/other', '404'],
  ])('refused: %o at %s with %s', async (headers, path, status) => {
    const { refused, messages } = visit(headers, path);
    expect(await refused).toBe(`Unexpected server response: ${status}`);
    expect(messages).toEqual([]);
  });

  test('eight, and the ninth is told; the eight go on', async () => {
    const eight = Array.from({ length: 8 }, () => visit());
    await Promise.all(eight.map((page) => page.next('snapshot')));
    const ninth = visit();
    expect([await ninth.closed, ninth.messages]).toEqual([1013, []]);
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await Promise.all(eight.map((page) => page.next('delta')));
    eight[0]?.socket.close();
    await eight[0]?.closed;
    await visit().next('snapshot');
  });

  const wrong: [string, (socket: WebSocket) => void, number][] = [
    ['5000 bytes', (socket) => socket.send('x'.repeat(5000)), 1009],
    ['a text', (socket) => socket.send('hello'), 1008],
    ['an unknown type', (socket) => socket.send('{"type":"hello"}'), 1008],
    ['bytes', (socket) => socket.send(Buffer.from([1, 2, 3])), 1003],
    ['no UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
    ['a reserved opcode', (socket) => rawOf(socket).write(frame(0x83, '')), 1002],
    ['reserved bits', (socket) => rawOf(socket).write(frame(0xf1, 'hi')), 1002],
    [
      'an unmasked frame',
      (socket) => rawOf(socket).write(Buffer.from('\x81\x02hi', 'latin1')),
      1002,
    ],
    ['a 2^63 byte frame', (socket) => rawOf(socket).write(hugeHeader()), 1009],
  ];

  test.each(wrong)('%s closes that client and no other', async (_name, misbehave, code) => {
    const [good, bad] = [visit(), visit()];
    await good.next('snapshot');
    await bad.next('snapshot');
    misbehave(bad.socket);
    expect(await bad.closed).toBe(code);
    opened.page.broadcast(sampleSnapshot({ since: 61 }));
    await good.next('delta');
    expect(bad.messages).toHaveLength(1);
  });

  test.each(wrong)('%s instead of a login is refused', async (_name, misbehave, code) => {
    const { socket, closed } = harness.visit(`ws://127.0.0.1:${opened.port}/socket`);
    socket.on('open', () => misbehave(socket));
    expect(await closed).toBe(code);
  });

  test('clients that vanish or never speak WebSocket do no harm', async () => {
    const one = visit();
    await one.next('snapshot');
    rawOf(one.socket).resetAndDestroy();
    const upgrade = 'GET /socket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n';
    for (const text of [
      '\0\0\0\0\r\n\r\n',
      `${upgrade}Host: 127.0.0.1\r\n\r\n`,
      `${upgrade}Host: 127.0.0.1\r\nSec-WebSocket-Version: 7\r\n\r\n`,
    ]) {
      const raw = connect(opened.port, '127.0.0.1').on('error', () => undefined);
      raw.write(text);
      const said = await new Promise<string>((resolve) =>
        raw.once('data', (data) => resolve(String(data))),
      );
      expect(said).toMatch(/^HTTP\/1\.1 400 /);
      raw.destroy();
    }
    expect((await ask('/')).status).toBe(200);
  });

  test('a client that does not read is left out, then dropped', async () => {
    const slow = visit();
    await slow.next('snapshot');
    rawOf(slow.socket).pause();
    const good = visit();
    await good.next('snapshot');
    opened.lines.length = 0;
    for (let i = 0; i < 60 && opened.lines.length === 0; i += 1) {
      const text = String.fromCharCode(97 + (i % 26)).repeat(1e6);
      opened.page.broadcast(sampleSnapshot({ version: text }));
      await until(() => good.messages.length === i + 2);
    }
    expect(opened.lines).toEqual(['page: a client is dropped: it does not read what it is sent']);
  });
});

describe('listening', () => {
  test('on a unix socket that is ours alone; a dead one is taken over, a live one is not', async () => {
    const path = opened.at('page.sock');
    const local = { listen: { path }, folder: opened.at('page') };
    const status = () => ask('/status.json', { socketPath: path, host: 'localhost' });
    await opened.reopen({ local });
    expect(readFileSync(opened.at('run', 'page-token'), 'utf8')).toMatch(`unix:${path}#token=`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await status()).status).toBe(200);
    const second = await harness.startPage();
    await second.reopen({ local });
    expect(second.problems.get('page')?.code).toBe('page-listen');
    expect((await status()).status).toBe(200);
    await second.dispose();
    await opened.page.close();
    expect(() => statSync(path)).toThrow('ENOENT');

    leaveDeadSocket(path);
    await opened.reopen({ local });
    expect((await status()).status).toBe(200);
    await opened.page.close();

    writeFileSync(path, 'a file of the user');
    await opened.reopen({ local });
    expect(opened.problems.get('page')?.code).toBe('page-listen');
    expect(readFileSync(path, 'utf8')).toBe('a file of the user');
  });

  test('only on loopback; a port in use and a missing page name the thing and the fix', async () => {
    const second = await harness.startPage();
    const folder = opened.at('page');
    const failsWith = async (local: { listen: { port: number }; folder: string }) => {
      second.problems.clear();
      await second.reopen({ local });
      return second.problems.get('page');
    };
    const taken = await failsWith({ listen: { port: opened.port }, folder });
    expect(taken?.code).toBe('page-listen');
    expect(taken?.text).toMatch(new RegExp(`127\\.0\\.0\\.1, port ${opened.port} .*EADDRINUSE`));
    expect((await failsWith({ listen: { port: 70_000 }, folder }))?.code).toBe('page-listen');
    for (const [name, why] of [
      ['nowhere', 'ENOENT'],
      ['page/sub', 'no index.html'],
    ] as const) {
      const found = await failsWith({ listen: { port: 0 }, folder: opened.at(name) });
      expect([found?.code, found?.text.includes(why)]).toEqual(['page-files', true]);
    }
    await second.dispose();
  });
});

/** A client's frame of under 126 bytes with a mask of zeros (RFC 6455 §5.2). */
function frame(first: number, text: string): Buffer {
  return Buffer.concat([
    Buffer.from([first, 0x80 | text.length, 0, 0, 0, 0]),
    Buffer.from(text, 'latin1'),
  ]);
}

function hugeHeader(): Buffer {
  return Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
}

/** What a daemon that was killed leaves: the file of a socket that nobody listens on. */
function leaveDeadSocket(path: string): void {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  expect(statSync(path).isSocket()).toBe(true);
}
