import { describe, expect, it } from 'vitest';
import type { Table } from '../../../backend/src/ubus/index.ts';
import { KINDS } from './buses.ts';
import { echo, harness, until } from './harness.ts';
import { Raw } from './raw.ts';

/** One suite, two peers: the broker, and the real ubusd when UBUSD names its binary. What comes
 * unasked. */

describe.each(KINDS)('$name', ({ make }) => {
  const test = harness(make);

  describe('subscribe and notify', () => {
    it('delivers in order, tells the owner of the first and the last', async () => {
      const [server, one, two] = [test.client(), test.client(), test.client()];
      const active: boolean[] = [];
      const object = await server.addObject('test', echo, {
        onSubscribers: (on) => active.push(on),
      });
      expect(object.notify('nobody')).toBe(false);
      const got: string[] = [];
      const note = (who: string) => (name: string, data: Table) =>
        got.push(`${who} ${name} ${data.n}`);
      const first = await one.subscribe('test', { notify: note('one') });
      const second = await two.subscribe('test', { notify: note('two') });
      await until(() => object.subscribed);
      for (let n = 0; n < 3; n += 1) expect(object.notify('tick', { n })).toBe(true);
      await until(() => got.length === 6);
      expect(got.filter((line) => line.startsWith('one'))).toEqual([
        'one tick 0',
        'one tick 1',
        'one tick 2',
      ]);
      await one.remove(first);
      await two.remove(second);
      await until(() => !object.subscribed);
      expect(active).toEqual([true, false]);
    });

    it('waits for a target that is not there yet, and for its return', async () => {
      const [server, watcher] = [test.client(), test.client()];
      const log: string[] = [];
      const subscription = await watcher.subscribe('late', {
        notify: (name) => log.push(name),
        added: () => log.push('added'),
        removed: () => log.push('removed'),
      });
      expect(subscription.active).toBe(false);
      for (const name of ['first', 'second']) {
        const object = await server.addObject('late', {});
        await until(() => subscription.active && object.subscribed);
        object.notify(name);
        await until(() => log.at(-1) === name);
        await server.remove(object);
        await until(() => !subscription.active);
      }
      expect(log).toEqual(['added', 'first', 'removed', 'added', 'second', 'removed']);
    });

    it('is told when the target’s process dies', async () => {
      const [server, watcher] = [await Raw.connect(test.bus.path), test.client()];
      await server.addObject('mortal');
      let removed = 0;
      const subscription = await watcher.subscribe('mortal', {
        notify: () => undefined,
        removed: () => (removed += 1),
      });
      expect(subscription.active).toBe(true);
      server.socket.destroy();
      await until(() => removed === 1);
    });
  });

  describe('events', () => {
    it('reach exact and wildcard listeners, each once, and not their sender', async () => {
      const [sender, other] = [test.client(), test.client()];
      const got: string[] = [];
      const note = (who: string) => (name: string, data: Table) =>
        got.push(`${who} ${name} ${data.n}`);
      await other.listen('net.up', note('exact'));
      await other.listen('net.*', note('prefix'));
      await other.listen('*', note('all'));
      await sender.listen('net.*', note('self'));
      await sender.send('net.up', { n: 1 });
      await sender.send('net', { n: 2 });
      await other.send('net.x', { n: 3 });
      await until(() => got.includes('self net.x 3') && got.includes('all net 2'));
      const expected = [
        'all net 2',
        'all net.up 1',
        'exact net.up 1',
        'prefix net.up 1',
        'self net.x 3',
      ];
      expect(got.filter((line) => !line.includes('ubus.object')).sort()).toEqual(expected);
    });

    it('tell of objects that come and go', async () => {
      const [server, watcher] = [test.client(), test.client()];
      const got: string[] = [];
      await watcher.listen('ubus.object.*', (name, { path }) => got.push(`${name} ${path}`));
      await server.remove(await server.addObject('test', {}));
      await until(() => got.length === 2);
      expect(got).toEqual(['ubus.object.add test', 'ubus.object.remove test']);
    });

    it('of ubusd’s own name cannot be sent; no pattern cannot be listened to', async () => {
      const one = test.client();
      await expect(one.send('ubus.object.add')).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
      await expect(one.listen('', () => undefined)).rejects.toMatchObject({ status: 6 });
    });
  });
});
