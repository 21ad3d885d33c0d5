import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../../backend/src/ubus/broker.ts';
import { int32, string, writeAttr } from '../../../backend/src/ubus/codec/blob.ts';
import {
  ATTR,
  MAX_ROOT,
  readRoot,
  SYSTEM_OBJECT,
  TYPE,
} from '../../../backend/src/ubus/codec/message.ts';
import { connect, method } from '../../../backend/src/ubus/index.ts';
import { Raw } from './raw.ts';

/** What only the broker has: its socket, its bounds, its monitor. */

let folder: string;
let path: string;
let brokers: Broker[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonding-broker-'));
  path = join(folder, 'run', 'ubus.sock');
  brokers = [];
});
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(mode?: number): Promise<Broker> {
  const broker = await startBroker({ path, ...(mode !== undefined && { mode }) });
  brokers.push(broker);
  return broker;
}

/** Leaves a socket file that nobody listens on, as a killed broker does. */
async function leaveStale(): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const { spawn } = await import('node:child_process');
  await new Promise((resolve) => spawn(process.execPath, ['-e', code]).once('exit', resolve));
}

describe('the socket', () => {
  it('is made with its folder, for its own user only unless told otherwise, and goes away', async () => {
    const before = process.umask();
    const first = await start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(before);
    await first.close();
    expect(existsSync(path)).toBe(false);
    await start(0o660);
    expect(statSync(path).mode & 0o777).toBe(0o660);
  });

  it('is not taken from a bus that answers, which goes on', async () => {
    await start();
    await expect(start()).rejects.toThrow(`a ubusd already answers on ${path}; use it, or give`);
    const client = connect({ path });
    await client.ready();
    client.close();
  });

  it('replaces a file that a killed broker left', async () => {
    await (await start()).close();
    await leaveStale();
    expect(statSync(path).isSocket()).toBe(true);
    await start();
    expect((await Raw.connect(path)).messages).toHaveLength(1);
  });

  it('is not put in place of anything else', async () => {
    await (await start()).close();
    writeFileSync(path, 'precious');
    await expect(start()).rejects.toThrow(`${path} exists and is no socket; remove it or`);
    expect(statSync(path).size).toBe(8);
  });

  it('in a folder that cannot be written is an error that says so', async () => {
    if (process.getuid?.() === 0) path = '/proc/ubus.sock';
    else chmodSync(folder, 0o500);
    await expect(start()).rejects.toThrow(/EACCES|EPERM|ENOENT|ENOTSUP/);
  });
});

describe('bounds', () => {
  it('objects of one client, and the size of what lookups must repeat', async () => {
    await start();
    const raw = await Raw.connect(path);
    for (let count = 0; count < 1_024; count += 1)
      expect(await raw.addObject()).toBeGreaterThan(1_023);
    expect((await raw.request(TYPE.ADD_OBJECT, 0, [])).status).toBe(11);
    const other = await Raw.connect(path);
    const long = [string(ATTR.OBJPATH, 'x'.repeat(1_025))];
    expect((await other.request(TYPE.ADD_OBJECT, 0, long)).status).toBe(2);
    const wide = [writeAttr(ATTR.SIGNATURE, Buffer.alloc(512 * 1024 + 4))];
    expect((await other.request(TYPE.ADD_OBJECT, 0, wide)).status).toBe(2);
  });

  it('a call that grows over 1 MiB on its way is an error for its caller', async () => {
    await start();
    const [server, caller] = [connect({ path }), await Raw.connect(path)];
    const object = await server.addObject('test', { take: method({}, () => ({})) });
    const attrs = [int32(ATTR.OBJID, object.id ?? 0), string(ATTR.METHOD, 'take')];
    const room = MAX_ROOT - 4 - Buffer.concat(attrs).length - 4;
    const full = [...attrs, writeAttr(ATTR.DATA, Buffer.alloc(room))];
    expect((await caller.request(TYPE.INVOKE, object.id ?? 0, full)).status).toBe(11);
    expect(
      (
        await caller.request(TYPE.INVOKE, object.id ?? 0, [
          ...attrs,
          writeAttr(ATTR.DATA, Buffer.alloc(0)),
        ])
      ).status,
    ).toBe(0);
    server.close();
  });
});

it('a monitor sees both directions of a call', async () => {
  await start();
  const [server, caller, monitor] = [connect({ path }), connect({ path }), await Raw.connect(path)];
  await server.addObject('test', { go: method({}, () => ({})) });
  await caller.lookup('test');
  const add = [int32(ATTR.OBJID, SYSTEM_OBJECT.MONITOR), string(ATTR.METHOD, 'add')];
  expect((await monitor.request(TYPE.INVOKE, SYSTEM_OBJECT.MONITOR, add)).status).toBe(0);
  const from = monitor.messages.length;
  await caller.call('test', 'go');
  const shown = (): string[] =>
    monitor.messages
      .slice(from)
      .filter(({ type }) => type === TYPE.MONITOR)
      .map(({ root }) => `${root.readUInt8(36) ? 'to' : 'from'} ${root.readUInt32BE(28)}`);
  const lookup = ['from 4', 'to 2', 'to 1'];
  const call = ['from 5', 'to 5', 'from 2', 'to 2', 'from 1', 'to 1'];
  await monitor.until(() => shown().length >= lookup.length + call.length);
  expect(shown()).toEqual([...lookup, ...call]);
  server.close();
  caller.close();
});

describe('a client at a socket that is no ubusd', () => {
  const cases: [string, Buffer, RegExp][] = [
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /what came is no ubus/],
    [
      'another version',
      Buffer.from('01000000000100000000000400000000', 'hex'),
      /protocol version 1/,
    ],
    [
      'no HELLO first',
      Buffer.from('000100000001000000000004', 'hex'),
      /message type 1 before HELLO/,
    ],
    [
      'a length of 16 MiB',
      Buffer.from('000000000001000000ffffff', 'hex'),
      /16777215 bytes is no ubus message/,
    ],
  ];
  it.each(cases)('says what came: %s', async (_what, bytes, message) => {
    await (await start()).close();
    const server = createServer((socket) => void socket.end(bytes));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const reasons: string[] = [];
    const client = connect({
      path,
      retry: 20,
      onState: (state) => !state.up && reasons.push(state.reason),
    });
    await expect(client.ready()).rejects.toThrow(message);
    while (reasons.length < 3) await sleep(5);
    client.close();
    expect(reasons.every((reason) => message.test(reason))).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  it('garbage in the middle ends the connection, fails its calls, and it connects again', async () => {
    await (await start()).close();
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.write(Buffer.from('000000000000100000000004', 'hex'));
      socket.on('data', () => socket.write('\xff'.repeat(64)));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const client = connect({ path, retry: 20 });
    await expect(client.call('a', 'b')).rejects.toThrow(/ubus a b: connection failed .*no ubus/);
    while (connections < 2) await sleep(5);
    await client.ready();
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
});

it('a socket that says nothing: the call’s own deadline and signal hold', async () => {
  await (await start()).close();
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = connect({ path });
  await expect(client.call('a', 'b', {}, { timeout: 30 })).rejects.toMatchObject({
    code: 'TIMEOUT',
  });
  const stopped = client.call('a', 'b', {}, { signal: AbortSignal.timeout(30) });
  await expect(stopped).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(client.ready({ timeout: 30 })).rejects.toThrow(path);
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

it('DATA that is no blobmsg reaches a handler as an empty table', async () => {
  await start();
  const [server, caller] = [connect({ path }), await Raw.connect(path)];
  const seen: string[] = [];
  const object = await server.addObject('test', {
    go: method({}, (_args, { data }) => void seen.push(JSON.stringify(data))),
  });
  const attrs = [int32(ATTR.OBJID, object.id ?? 0), string(ATTR.METHOD, 'go')];
  const garbage = writeAttr(ATTR.DATA, Buffer.from('030000080000000304ffffff61646400', 'hex'));
  expect((await caller.request(TYPE.INVOKE, object.id ?? 0, [...attrs, garbage])).status).toBe(0);
  expect((await caller.request(TYPE.INVOKE, object.id ?? 0, attrs)).status).toBe(2);
  expect(seen).toEqual(['{}']);
  expect(readRoot(Buffer.alloc(0))).toEqual({});
  server.close();
});
