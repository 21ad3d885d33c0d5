import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  type PageServer,
  type PageServerOptions,
  startPageServer,
} from '../../../backend/src/status/page-server.ts';
import { merge } from '../../../luci-ui/src/merge.ts';
import { sampleSnapshot } from '../../unit/luci-ui/sample.ts';

let folder: string;
let server: PageServer;
let port: number;
const lines: string[] = [];

function options(changes: Partial<PageServerOptions> = {}): PageServerOptions {
  return {
    listen: { port: 0 },
    folder: join(folder, 'page'),
    snapshot: () => sampleSnapshot(),
    log: (line) => void lines.push(line),
    ...changes,
  };
}

beforeEach(async () => {
  lines.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'bonding-page-'));
  await mkdir(join(folder, 'page', 'sub'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><p>page');
  await writeFile(join(folder, 'page', 'page.js'), 'run()');
  await writeFile(join(folder, 'page', 'notes.txt'), 'secret');
  await writeFile(join(folder, 'page', 'sub', 'inner.js'), 'secret');
  await symlink(join(folder, 'secret.js'), join(folder, 'page', 'link.js'));
  server = await startPageServer(options());
  port = Number(new URL(server.address).port);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** One HTTP request with the path exactly as given. */
function ask(path: string, more: { method?: string; host?: string; socketPath?: string } = {}) {
  const { method = 'GET', host = `127.0.0.1:${port}`, socketPath } = more;
  const where = socketPath ? { socketPath } : { host: '127.0.0.1', port };
  return new Promise<Reply>((resolve, reject) => {
    request({ ...where, path, method, headers: { host }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** A WebSocket client that keeps what it gets. */
function visit(headers: Record<string, string> = {}, path = '/socket') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const messages: { type: string; snapshot?: object; delta?: unknown }[] = [];
  socket.on('message', (data) => void messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const refused = new Promise<string>((resolve) =>
    socket.on('error', (error) => resolve(error.message)),
  );
  return { socket, messages, closed, refused };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
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

  test('only reading, only by a loopback name', async () => {
    const post = await ask('/status.json', { method: 'POST' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    for (const path of ['/', '/status.json', '/socket']) {
      const rebound = await ask(path, { host: `evil.example:${port}` });
      expect(rebound.status).toBe(403);
      expect(rebound.body).not.toContain('bond0');
    }
    expect((await ask('/status.json', { host: 'localhost:9' })).status).toBe(200);
    expect((await ask('/socket')).status).toBe(426);
  });

  test('no status yet is an answer, not a crash', async () => {
    await server.close();
    const snapshot = () => {
      throw new Error('not yet');
    };
    server = await startPageServer(options({ snapshot }));
    port = Number(new URL(server.address).port);
    expect((await ask('/status.json')).status).toBe(503);
    const { closed } = visit();
    expect(await closed).toBe(1011);
  });
});

describe('socket', () => {
  test('first the whole, then changes that lead to the same; after close, 1001', async () => {
    const { messages, closed } = visit({ origin: `http://127.0.0.1:${port}` });
    await until(() => messages.length === 1);
    const after = sampleSnapshot({ since: 61, state: 'degraded' });
    server.broadcast(after);
    await until(() => messages.length === 2);
    expect(messages[1]?.type).toBe('delta');
    expect(merge(messages[0]?.snapshot ?? {}, messages[1]?.delta)).toEqual(after);
    await server.close();
    expect(await closed).toBe(1001);
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
    await until(() => eight.every(({ messages }) => messages.length === 1));
    const ninth = visit();
    expect(await ninth.closed).toBe(1013);
    expect(ninth.messages).toEqual([]);
    server.broadcast(sampleSnapshot({ since: 61 }));
    await until(() => eight.every(({ messages }) => messages.length === 2));
    eight[0]?.socket.close();
    await eight[0]?.closed;
    const next = visit();
    await until(() => next.messages.length === 1);
  });

  test.each<[string, (socket: WebSocket) => void, number]>([
    ['5000 bytes', (socket) => socket.send('x'.repeat(5000)), 1009],
    ['a text', (socket) => socket.send('{"type":"hello"}'), 1008],
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
  ])('%s closes that client and no other', async (_name, misbehave, code) => {
    const good = visit();
    const bad = visit();
    await until(() => good.messages.length === 1 && bad.messages.length === 1);
    misbehave(bad.socket);
    expect(await bad.closed).toBe(code);
    server.broadcast(sampleSnapshot({ since: 61 }));
    await until(() => good.messages.length === 2);
    expect(bad.messages).toHaveLength(1);
  });

  test('clients that vanish or never speak WebSocket do no harm', async () => {
    const one = visit();
    await until(() => one.messages.length === 1);
    rawOf(one.socket).resetAndDestroy();
    const upgrade = 'GET /socket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n';
    for (const text of [
      '\0\0\0\0\r\n\r\n',
      `${upgrade}Host: 127.0.0.1\r\n\r\n`,
      `${upgrade}Host: 127.0.0.1\r\nSec-WebSocket-Version: 7\r\n\r\n`,
    ]) {
      const raw = connect(port, '127.0.0.1').on('error', () => undefined);
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
    await until(() => slow.messages.length === 1);
    rawOf(slow.socket).pause();
    const good = visit();
    await until(() => good.messages.length === 1);
    for (let i = 0; i < 60 && lines.length === 0; i += 1) {
      const text = String.fromCharCode(97 + (i % 26)).repeat(1e6);
      server.broadcast(sampleSnapshot({ version: text }));
      await until(() => good.messages.length === i + 2);
    }
    expect(lines).toEqual(['page: a client is dropped: it does not read what it is sent']);
  });
});

describe('listening', () => {
  test('on a unix socket that is ours alone; a dead one is taken over, a live one is not', async () => {
    const path = join(folder, 'page.sock');
    const one = await startPageServer(options({ listen: { path } }));
    expect(one.address).toBe(`unix:${path}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await ask('/status.json', { socketPath: path, host: 'localhost' })).status).toBe(200);
    const second = startPageServer(options({ listen: { path } }));
    await expect(second).rejects.toMatchObject({ problem: { code: 'page-listen' } });
    expect((await ask('/', { socketPath: path, host: 'localhost' })).status).toBe(200);
    await one.close();
    await expect(stat(path)).rejects.toThrow('ENOENT');

    await leaveDeadSocket(path);
    const heir = await startPageServer(options({ listen: { path } }));
    expect((await ask('/', { socketPath: path, host: 'localhost' })).status).toBe(200);
    await heir.close();

    await writeFile(path, 'a file of the user');
    const third = startPageServer(options({ listen: { path } }));
    await expect(third).rejects.toMatchObject({ problem: { code: 'page-listen' } });
    expect(await readFile(path, 'utf8')).toBe('a file of the user');
  });

  test('only on loopback; a port in use and a missing page name the thing and the fix', async () => {
    expect(server.address).toBe(`http://127.0.0.1:${port}/`);
    await expect(startPageServer(options({ listen: { port } }))).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.1, port ${port} .*EADDRINUSE`),
    );
    await expect(startPageServer(options({ listen: { port: 70_000 } }))).rejects.toMatchObject({
      problem: { code: 'page-listen' },
    });
    for (const [name, why] of [
      ['nowhere', 'ENOENT'],
      ['page/sub', 'no index.html'],
    ] as const) {
      const failed = startPageServer(options({ folder: join(folder, name) }));
      await expect(failed).rejects.toMatchObject({ problem: { code: 'page-files' } });
      await expect(failed).rejects.toThrow(why);
    }
  });
});

/** The TCP socket below a `ws` client, to send what `ws` itself would not. */
function rawOf(socket: WebSocket): Socket {
  return (socket as unknown as { _socket: Socket })._socket;
}

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
async function leaveDeadSocket(path: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  expect((await stat(path)).isSocket()).toBe(true);
}
