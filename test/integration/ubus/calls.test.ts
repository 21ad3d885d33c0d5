import { describe, expect, it } from 'vitest';
import { encodeTable } from '../../../backend/src/ubus/codec/values.ts';
import { int64, method, STATUS } from '../../../backend/src/ubus/index.ts';
import { KINDS } from './buses.ts';
import { echo, harness } from './harness.ts';
import { Raw } from './raw.ts';

/** One suite, two peers: the broker, and the real ubusd when UBUSD names its binary. Calls. */

describe.each(KINDS)('$name', ({ make }) => {
  const test = harness(make);

  describe('lookup', () => {
    it('finds by path, by prefix and all, in order, with signatures', async () => {
      const [server, caller] = [test.client(), test.client()];
      const object = await server.addObject('test.b', echo);
      await server.addObject('test.a', {});
      const [found] = await caller.lookup('test.b');
      expect(found?.id).toBe(object.id);
      expect(Object.keys(found?.methods ?? {})).toEqual(Object.keys(echo));
      expect({ ...found?.methods.echo }).toEqual({
        text: 'string',
        count: 'int64',
        list: 'array',
        deep: 'table',
      });
      expect((await caller.lookup('test.*')).map(({ path }) => path)).toEqual(['test.a', 'test.b']);
      expect((await caller.lookup()).map(({ path }) => path)).toEqual(['test.a', 'test.b']);
    });

    it('says what was not found', async () => {
      const caller = test.client();
      await expect(caller.lookup('nobody')).rejects.toThrow(
        'ubus nobody lookup: not found (NOT_FOUND, 4)',
      );
      await expect(caller.lookup('nobody*')).rejects.toMatchObject({ status: STATUS.NOT_FOUND });
      await expect(caller.lookup('')).rejects.toMatchObject({ status: STATUS.INVALID_ARGUMENT });
    });
  });

  describe('call', () => {
    it('carries every type there and back', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      const sent = {
        text: 'Grüße €',
        count: int64(2n ** 62n + 1n),
        small: 7,
        list: [1, 'a', null, 1.5, true, [2n ** 60n]],
        deep: { a: { b: {} } },
      };
      const got = await caller.call('test', 'echo', sent);
      expect(got).toEqual(Object.assign(Object.create(null), { ...sent, count: 2n ** 62n + 1n }));
    });

    it('gives an empty table for an answer without data', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      expect({ ...(await caller.call('test', 'nothing')) }).toEqual({});
    });

    it('tells the handler who called', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      const { user, group } = await caller.call('test', 'who');
      expect(user).toMatch(/^\S+$/);
      expect(group).toMatch(/^\S+$/);
    });

    it('brings a handler’s status, unknown ones too, and names object and method', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      for (const code of [1, 2, 4, 6, 13, 200, -1]) {
        const call = caller.call('test', 'fail', { code });
        await expect(call).rejects.toMatchObject({ status: code, object: 'test', method: 'fail' });
      }
      await expect(caller.call('test', 'missing')).rejects.toMatchObject({
        code: 'METHOD_NOT_FOUND',
      });
      await expect(caller.call('test', 'constructor')).rejects.toMatchObject({ status: 3 });
      await expect(caller.call('none', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(caller.call('test', 'fail', { code: 'x' })).rejects.toMatchObject({ status: 2 });
    });

    it('makes an exception in a handler UNKNOWN_ERROR and reports it on its own side', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      await expect(caller.call('test', 'crash')).rejects.toMatchObject({ status: 9 });
      expect(test.errors).toEqual(["object 'test', crash: Error: a bug"]);
    });

    it('answers later and out of order, on one connection', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      const order: number[] = [];
      await Promise.all(
        [120, 60, 0].map(async (ms) => {
          expect(await caller.call('test', 'later', { ms })).toMatchObject({ ms });
          order.push(ms);
        }),
      );
      expect(order).toEqual([0, 60, 120]);
    });

    it('merges several DATA messages, and gives them apart on demand', async () => {
      const [server, caller] = [await Raw.connect(test.bus.path), test.client()];
      await server.addObject('two');
      const parts = [
        encodeTable({ a: 1, b: 1 }),
        Buffer.from('8500ffff', 'hex'),
        encodeTable({ b: 2 }),
      ];
      const merged = caller.call('two', 'xyz');
      server.answer(await server.nextCall(), parts, 0);
      expect({ ...(await merged) }).toEqual({ a: 1, b: 2 });
      const apart = caller.callParts('two', 'xyz');
      server.answer(await server.nextCall(), parts, 0);
      expect((await apart).map((part) => ({ ...part }))).toEqual([{ a: 1, b: 1 }, {}, { b: 2 }]);
    });

    it('finds an object again that was removed and added under the same name', async () => {
      const [server, caller] = [test.client(), test.client()];
      const first = await server.addObject('test', echo);
      await caller.call('test', 'nothing');
      await server.remove(first);
      await expect(caller.call('test', 'nothing')).rejects.toMatchObject({ status: 4 });
      await server.addObject('test', echo);
      expect({ ...(await caller.call('test', 'echo', { text: 'x' })) }).toEqual({ text: 'x' });
    });

    it('refuses a name that is taken', async () => {
      const [server, other] = [test.client(), test.client()];
      await server.addObject('test', echo);
      await expect(other.addObject('test', {})).rejects.toThrow(
        /test add_object: invalid argument .*the name is taken/,
      );
    });

    it('survives the wrap of sequence numbers', async () => {
      const [server, caller] = [test.client(), test.client()];
      let answered = 0;
      await server.addObject('test', { up: method({}, () => ({ n: ++answered })) });
      let seen = 0;
      const lane = async (): Promise<void> => {
        for (let count = 0; count < 1_100; count += 1) {
          await caller.call('test', 'up');
          seen += 1;
        }
      };
      await Promise.all(Array.from({ length: 60 }, lane));
      expect(seen).toBe(66_000);
      expect(answered).toBe(66_000);
    });
  });

  describe('deadline and abort', () => {
    it('fails with TIMEOUT on time; the late answer harms nobody', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      await caller.call('test', 'nothing');
      const start = performance.now();
      await expect(caller.call('test', 'later', { ms: 150 }, { timeout: 50 })).rejects.toThrow(
        'ubus test later: request timed out (TIMEOUT, 7): no answer within',
      );
      expect(performance.now() - start).toBeLessThan(140);
      expect(await caller.call('test', 'later', { ms: 200 })).toMatchObject({ ms: 200 });
    });

    it('ends at once with the signal’s reason', async () => {
      const [server, caller] = [test.client(), test.client()];
      await server.addObject('test', echo);
      const stop = new AbortController();
      const call = caller.call('test', 'hang', {}, { signal: stop.signal });
      setTimeout(() => stop.abort(new Error('the user left')), 30);
      await expect(call).rejects.toThrow('the user left');
      expect({ ...(await caller.call('test', 'nothing')) }).toEqual({});
    });
  });
});
