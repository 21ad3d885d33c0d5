import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../../backend/src/status/page-gate.ts';
import { sampleSnapshot } from '../luci-ui/sample.ts';
import { SESSION, startHub as start, TOKEN } from './fake-hub.ts';
import { FakeSocket } from './fake-socket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('login', () => {
  test('nothing is sent before it, the whole state at once after it', async () => {
    const { hub, knock, settle, asked } = start();
    const socket = knock();
    hub.broadcast(sampleSnapshot());
    hub.event({ id: 1, time: 2, subject: 'bond', text: 'up' });
    expect([socket.sent, hub.clients()]).toEqual([[], 0]);
    socket.says({ type: 'login', session: SESSION });
    await settle();
    expect(asked).toEqual(['session']);
    expect(socket.sent).toEqual([{ type: 'snapshot', snapshot: sampleSnapshot() }]);
    expect(hub.clients()).toBe(1);
  });

  test('must come within 5 s', async () => {
    const { knock } = start();
    const socket = knock();
    vi.advanceTimersByTime(4_999);
    expect(socket.closed).toBeNull();
    vi.advanceTimersByTime(1);
    expect(socket.closed?.[0]).toBe(4401);
    vi.advanceTimersByTime(2_000);
    expect([socket.terminated, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test.each<[string, unknown, number]>([
    ['no JSON', 'hello', 1008],
    ['a call', { type: 'call', id: 1, method: 'status', args: {} }, 1008],
    ['no way to log in', { type: 'login' }, 1008],
    ['both', { type: 'login', token: TOKEN, session: SESSION }, 1008],
    ['an id of another form', { type: 'login', session: 'x' }, 1008],
    ['a long id', { type: 'login', session: SESSION.repeat(2) }, 1008],
    ['an id that is no text', { type: 'login', session: [SESSION] }, 1008],
    ['null', null, 1008],
  ])('%s is closed', async (_name, message, code) => {
    const { knock, settle, asked } = start();
    const socket = knock();
    socket.says(message);
    await settle();
    expect([socket.closed?.[0], socket.sent, asked]).toEqual([code, [], []]);
  });

  test('bytes are no login', () => {
    const { knock } = start();
    const socket = knock();
    socket.emit('message', Buffer.from(JSON.stringify({ type: 'login', token: TOKEN })), true);
    expect(socket.closed?.[0]).toBe(1003);
  });

  test.each<Verdict>(['no', 'gone'])('the gate says %s: 4401', async (verdict) => {
    const { join, world, hub } = start();
    world.may = () => verdict;
    const socket = await join();
    expect([socket.closed?.[0], socket.sent, hub.clients()]).toEqual([4401, [], 0]);
  });

  test('only in the ways that this listener has', async () => {
    const { hub, settle, asked } = start();
    const socket = new FakeSocket();
    hub.add(socket, ['session']);
    socket.says({ type: 'login', token: TOKEN });
    await settle();
    expect([socket.closed?.[0], asked]).toEqual([4401, []]);
  });

  test('a second message before the answer is out of turn', async () => {
    const { knock, settle, hub } = start();
    const socket = knock();
    for (let i = 0; i < 2; i += 1) socket.says({ type: 'login', token: TOKEN });
    await settle();
    expect([socket.closed?.[0], socket.sent, hub.clients()]).toEqual([1008, [], 0]);
  });

  test('while nobody can be asked it waits, as long as a login may take', async () => {
    const { knock, world, settle } = start();
    world.may = () => 'unsure';
    const [one, two] = [knock(), knock()];
    for (const socket of [one, two]) socket.says({ type: 'login', session: SESSION });
    await vi.advanceTimersByTimeAsync(3_000);
    expect([one.closed, one.sent]).toEqual([null, []]);
    two.emit('close');
    world.may = () => 'yes';
    await vi.advanceTimersByTimeAsync(500);
    expect([one.sent.length, two.sent.length]).toEqual([1, 0]);
    world.may = () => 'unsure';
    const three = knock();
    three.says({ type: 'login', session: SESSION });
    await vi.advanceTimersByTimeAsync(5_000);
    await settle();
    expect(three.closed?.[0]).toBe(4401);
  });

  test('those that stay silent make room for others, and keep no page out', async () => {
    const { knock, join, hub } = start();
    const silent = Array.from({ length: 16 }, knock);
    const page = await join();
    expect(page.sent).toHaveLength(1);
    expect(silent.filter(({ closed }) => closed !== null)).toEqual([silent[0]]);
    const more = Array.from({ length: 100 }, knock);
    // Those that do not take part in their own end are cut off before there are too many.
    const lingering = more.filter(({ closed, terminated }) => closed && !terminated);
    expect(lingering.length).toBeLessThanOrEqual(32);
    expect([hub.clients(), page.closed]).toEqual([1, null]);
    expect((await join()).sent).toHaveLength(1);
  });

  test('where sixteen are being asked for, the next is told to come later', async () => {
    const { knock, world } = start();
    world.may = () => 'unsure';
    for (let i = 0; i < 16; i += 1) knock().says({ type: 'login', session: SESSION });
    expect(knock().closed?.[0]).toBe(1013);
  });
});

describe('what is sent', () => {
  test('what changed, as an empty delta also nothing', async () => {
    const { hub, join } = start();
    const socket = await join();
    hub.broadcast(sampleSnapshot({ since: 61 }));
    hub.broadcast(sampleSnapshot({ since: 61 }));
    expect(socket.sent.slice(1)).toEqual([
      { type: 'delta', delta: [[[], { since: 61 }]] },
      { type: 'delta', delta: [] },
    ]);
  });

  test('a snapshot with other fields than before is sent whole', async () => {
    const { hub, join } = start();
    const socket = await join();
    const more = { ...sampleSnapshot(), more: 1 };
    hub.broadcast(more);
    expect(socket.sent[1]).toEqual({ type: 'snapshot', snapshot: more });
  });

  test('events and the speed test at once', async () => {
    const { hub, join } = start();
    const socket = await join();
    const event = { id: 7, time: 1_700_000_000, subject: "link 'a'", text: 'down' };
    hub.event(event);
    const { NO_TEST } = await import('../../../backend/src/status/test-result.ts');
    hub.test(NO_TEST);
    expect(socket.sent.slice(1)).toEqual([
      { type: 'event', event },
      { type: 'test', test: NO_TEST },
    ]);
  });

  test('a slow client skips, gets the difference to what it has, and is dropped in the end', async () => {
    const { hub, join, lines } = start();
    const slow = await join();
    const quick = await join();
    slow.bufferedAmount = 256 * 1024 + 1;
    hub.broadcast(sampleSnapshot({ since: 61 }));
    hub.broadcast(sampleSnapshot({ since: 62, state: 'down' }));
    expect(slow.sent).toHaveLength(1);
    slow.bufferedAmount = 0;
    hub.broadcast(sampleSnapshot({ since: 63, state: 'down' }));
    expect(slow.sent[1]).toEqual({ type: 'delta', delta: [[[], { state: 'down', since: 63 }]] });
    expect(quick.sent[3]).toEqual({ type: 'delta', delta: [[[], { since: 63 }]] });
    slow.bufferedAmount = 300 * 1024;
    for (let i = 0; i < 15; i += 1) hub.broadcast(sampleSnapshot());
    expect(slow.terminated).toBe(false);
    hub.broadcast(sampleSnapshot());
    expect([slow.terminated, quick.terminated]).toEqual([true, false]);
    expect(lines).toEqual(['page: a client is dropped: it does not read what it is sent']);
  });

  test('a client that calls and does not read the answers is dropped', async () => {
    const { join, settle, hub } = start();
    const socket = await join();
    socket.bufferedAmount = 513 * 1024;
    socket.says({ type: 'call', id: 1, method: 'status', args: {} });
    await settle();
    expect([socket.terminated, socket.sent.length, hub.clients()]).toEqual([true, 1, 0]);
  });

  test('no snapshot to send: closed with 1011, logged, not counted', async () => {
    const snapshot = () => {
      throw new Error('not yet');
    };
    const { join, hub, lines } = start({ snapshot });
    expect((await join()).closed?.[0]).toBe(1011);
    expect([hub.clients(), lines]).toEqual([0, ['page: no snapshot for a new client: not yet']]);
  });
});

describe('clients', () => {
  test('no timer without them', async () => {
    const { join } = start();
    expect(vi.getTimerCount()).toBe(0);
    const one = await join();
    const two = await join({ session: SESSION });
    expect(vi.getTimerCount()).toBe(2);
    one.emit('close');
    two.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the ninth is told why; a place that becomes free can be had', async () => {
    const { hub, join } = start();
    const first = await join();
    for (let i = 0; i < 7; i += 1) await join();
    const ninth = await join();
    expect(ninth.closed).toEqual([1013, '8 pages are open already']);
    expect([ninth.sent, hub.clients()]).toEqual([[], 8]);
    vi.advanceTimersByTime(2000);
    expect(ninth.terminated).toBe(true);
    first.emit('close');
    expect((await join()).sent).toHaveLength(1);
  });

  test('one that does not answer a ping is dropped, one that does stays', async () => {
    const { hub, join, lines } = start();
    const dead = await join();
    const alive = await join();
    dead.mute = true;
    vi.advanceTimersByTime(30_000);
    expect([dead.terminated, alive.terminated]).toEqual([true, false]);
    expect([alive.pings, hub.clients()]).toEqual([2, 1]);
    expect(lines).toEqual(['page: a client is dropped: it does not answer']);
  });

  test('bytes close that one with 1003', async () => {
    const { join } = start();
    const [bad, good] = [await join(), await join()];
    bad.emit('message', Buffer.from('{}'), true);
    expect([bad.closed?.[0], good.closed]).toEqual([1003, null]);
  });

  test('an error on a socket, also on one that waits or is refused, ends only that one', async () => {
    const { hub, join, knock } = start();
    const bad = await join();
    bad.emit('error', new Error('bad frame'));
    knock().emit('error', new Error('reset'));
    expect(hub.clients()).toBe(0);
    for (let i = 0; i < 8; i += 1) await join();
    const ninth = await join();
    expect(() => ninth.emit('error', new Error('reset'))).not.toThrow();
    expect(hub.clients()).toBe(8);
  });

  test('close says goodbye to all and leaves no timer behind', async () => {
    const { hub, join, knock } = start();
    const [one, two, waiting] = [await join(), await join({ session: SESSION }), knock()];
    hub.close();
    for (const socket of [one, two, waiting])
      expect(socket.closed).toEqual([1001, 'the daemon stops']);
    one.emit('close');
    vi.advanceTimersByTime(2000);
    expect([two.terminated, waiting.terminated]).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
