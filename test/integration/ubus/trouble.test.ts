import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { int32, string, writeAttr } from '../../../backend/src/ubus/codec/blob.ts';
import { ATTR, SYSTEM_OBJECT, TYPE } from '../../../backend/src/ubus/codec/message.ts';
import { encodeTable } from '../../../backend/src/ubus/codec/values.ts';
import { method } from '../../../backend/src/ubus/index.ts';
import { KINDS } from './buses.ts';
import { echo, harness, until } from './harness.ts';
import { Raw } from './raw.ts';

/** One suite, two peers: the broker, and the real ubusd when UBUSD names its binary. Restarts,
 * deaths, garbage, bounds. */

describe.each(KINDS)('$name', ({ make }) => {
  const test = harness(make);

  describe('reconnect', () => {
    it('puts objects, subscriptions and listeners back after a restart', async () => {
      const [server, watcher] = [test.client(), test.client()];
      const got: string[] = [];
      const object = await server.addObject('test', echo);
      const subscription = await watcher.subscribe('test', {
        notify: (name) => got.push(name),
        removed: () => got.push('removed'),
      });
      await watcher.listen('news', () => got.push('news'));
      const hanging = watcher.call('test', 'hang');
      hanging.catch(() => undefined);
      await until(() => test.states.length === 2);

      await test.bus.stop();
      await expect(hanging).rejects.toMatchObject({ code: 'CONNECTION_FAILED', method: 'hang' });
      await until(() => !server.connected && !watcher.connected);
      expect(object.id).toBeNull();
      expect(subscription.active).toBe(false);
      await expect(watcher.call('test', 'nothing')).rejects.toThrow(`no ubusd at ${test.bus.path}`);

      await test.bus.start();
      await until(() => object.subscribed && subscription.active);
      await until(() => test.states.filter(({ up }) => up).length === 4);
      object.notify('again');
      await server.send('news');
      await until(() => got.includes('again') && got.includes('news'));
      expect(got.filter((line) => line === 'removed')).toHaveLength(1);
      expect({ ...(await watcher.call('test', 'echo', { text: 'x' })) }).toEqual({ text: 'x' });
      expect(test.errors).toEqual([]);
    });

    it('registers what was added while ubusd was away', async () => {
      await test.bus.stop();
      const [server, caller] = [test.client(), test.client()];
      const object = await server.addObject('test', echo);
      expect(object.id).toBeNull();
      await test.bus.start();
      await until(() => object.id !== null && caller.connected);
      expect({ ...(await caller.call('test', 'echo', { text: 'x' })) }).toEqual({ text: 'x' });
    });

    it('tries again when another has its name in the meantime', async () => {
      const server = test.client();
      const object = await server.addObject('test', echo);
      await test.bus.stop();
      await until(() => !server.connected);
      await test.bus.start();
      const thief = await Raw.connect(test.bus.path);
      await thief.addObject('test');
      if (object.id === null) {
        await until(() =>
          test.errors.some((line) => /test add_object: invalid argument/.test(line)),
        );
      }
      thief.socket.destroy();
      await until(() => object.id !== null);
    });
  });

  describe('trouble', () => {
    it('no ubusd: calls fail at once, name the socket, and work once it is there', async () => {
      await test.bus.stop();
      const one = test.client();
      const failed = one.call('test', 'echo');
      await expect(failed).rejects.toThrow(
        new RegExp(`ubus test echo: connection failed .*: no ubusd at ${test.bus.path}: .*ENOENT`),
      );
      await expect(one.ready()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
      await until(() => test.states.length > 2);
      expect(test.states.every(({ up }) => !up)).toBe(true);
      await test.bus.start();
      await until(() => one.connected);
      await expect(one.lookup('x')).rejects.toMatchObject({ status: 4 });
    });

    it('a server that dies in a call: the caller’s deadline ends it, others go on', async () => {
      const [server, other, caller] = [
        await Raw.connect(test.bus.path),
        test.client(),
        test.client(),
      ];
      await server.addObject('mortal');
      await other.addObject('test', echo);
      const call = caller.call('mortal', 'xyz', {}, { timeout: 300 });
      call.catch(() => undefined);
      await server.nextCall(0);
      server.socket.destroy();
      await expect(call).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect({ ...(await caller.call('test', 'nothing')) }).toEqual({});
      await expect(caller.lookup('mortal')).rejects.toMatchObject({ status: 4 });
    });

    it('a caller that dies in a call: the server’s answer goes nowhere', async () => {
      const [server, caller, other] = [test.client(), test.client(), test.client()];
      await server.addObject('test', echo);
      const call = caller.call('test', 'later', { ms: 50 });
      call.catch(() => undefined);
      await caller.lookup('test');
      caller.close();
      await expect(call).rejects.toThrow(/the client was closed/);
      await sleep(100);
      expect({ ...(await other.call('test', 'nothing')) }).toEqual({});
      expect(test.errors).toEqual([]);
    });

    it.each([
      ['text', Buffer.from('GET / HTTP/1.1\r\nHost: router\r\n\r\n')],
      ['a root of 3 bytes', Buffer.from('000400010000000000000003', 'hex')],
      ['a root over 1 MiB', Buffer.from('000400010000000000100004', 'hex')],
    ])(
      'garbage to the bus (%s) costs its sender the connection, nobody else',
      async (_what, bytes) => {
        const [server, caller] = [test.client(), test.client()];
        await server.addObject('test', echo);
        const bad = await Raw.connect(test.bus.path);
        bad.socket.write(bytes);
        await bad.until(() => false);
        expect(bad.closed).toBe(true);
        expect({ ...(await caller.call('test', 'echo', { text: 'x' })) }).toEqual({ text: 'x' });
      },
    );

    it('a client that does not read loses messages, holds up nobody, and stays connected', async () => {
      const [sender, other] = [test.client(), test.client()];
      const slow = await Raw.connect(test.bus.path);
      const id = await slow.addObject();
      const register = encodeTable({ object: id | 0, pattern: 'flood' });
      await slow.request(TYPE.INVOKE, SYSTEM_OBJECT.EVENT, [
        int32(ATTR.OBJID, SYSTEM_OBJECT.EVENT),
        string(ATTR.METHOD, 'register'),
        writeAttr(ATTR.DATA, register),
      ]);
      let heard = 0;
      await other.listen('flood', () => (heard += 1));
      slow.socket.pause();
      const data = { text: 'x'.repeat(4_000) };
      for (let count = 0; count < 1_500; count += 1) await sender.send('flood', data);
      await until(() => heard === 1_500);
      const before = slow.messages.length;
      slow.socket.resume();
      await sleep(200);
      const received = slow.messages.length - before;
      expect(received).toBeGreaterThan(40);
      expect(received).toBeLessThan(1_000);
      expect((await slow.request(TYPE.PING, 0, [])).status).toBe(0);
      slow.socket.destroy();
    });

    it('a message of exactly 1 MiB passes, one over it is refused before it is sent', async () => {
      const one = await Raw.connect(test.bus.path);
      const frame = Buffer.alloc(8 + 1_048_576);
      frame.writeUInt8(3, 1);
      frame.writeUInt16BE(9, 2);
      frame.writeUInt32BE(1_048_576, 8);
      one.socket.write(frame);
      await one.until(() => one.messages.some(({ type, seq }) => type === 1 && seq === 9));
      expect(one.messages.find(({ type }) => type === 2)?.root).toHaveLength(1_048_572);
      one.socket.destroy();

      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      const large = { text: 'x'.repeat(1_000_000) };
      expect((await caller.call('test', 'echo', large)).text).toHaveLength(1_000_000);
      const over = caller.call('test', 'echo', { text: 'x'.repeat(1_048_576) });
      await expect(over).rejects.toThrow(/over the limit of 1048576/);
      expect({ ...(await caller.call('test', 'nothing')) }).toEqual({});
    });

    it('an answer over 1 MiB becomes an error for the caller and keeps the connection', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', { huge: method({}, () => ({ text: 'x'.repeat(1_048_576) })) });
      await expect(caller.call('test', 'huge')).rejects.toMatchObject({ status: 9 });
      expect(test.errors.join()).toMatch(/object 'test', huge: .*over the limit/);
      expect(await caller.lookup('test')).toHaveLength(1);
    });
  });
});
