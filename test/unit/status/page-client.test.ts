import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../../backend/src/status/page-gate.ts';
import { STATUS, UbusError } from '../../../backend/src/ubus/index.ts';
import { sampleSnapshot } from '../luci-ui/sample.ts';
import { SESSION, startHub as start, TOKEN } from './fake-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('calls', () => {
  const call = (more: object = {}) => ({ type: 'call', id: 5, method: 'plan', args: {}, ...more });

  test('are asked for by their own method, and answered', async () => {
    const { join, settle, asked } = start();
    const socket = await join({ session: SESSION });
    socket.says(call());
    socket.says(call({ id: 6, args: undefined }));
    await settle();
    expect(asked).toEqual(['session', 'session plan', 'session plan']);
    expect(socket.sent.slice(1)).toEqual([
      { type: 'reply', id: 5, result: { ok: true } },
      { type: 'reply', id: 6, result: { ok: true } },
    ]);
  });

  test.each<[string, Verdict, object]>([
    ['not permitted', 'no', { type: 'error', id: 5, code: 6, text: 'permission denied' }],
    ['nobody to ask', 'unsure', { type: 'error', id: 5, code: 10, text: 'connection failed' }],
  ])('%s: refused, the page goes on', async (_name, verdict, answer) => {
    const { join, settle, world } = start();
    const socket = await join();
    world.may = () => verdict;
    world.call = () => Promise.reject(new Error('must not be called'));
    socket.says(call());
    await settle();
    expect([socket.sent[1], socket.closed]).toEqual([answer, null]);
  });

  test('a session that has ended: closed with 4408', async () => {
    const { join, settle, world, hub } = start();
    const socket = await join({ session: SESSION });
    world.may = () => 'gone';
    socket.says(call());
    await settle();
    expect([socket.closed?.[0], socket.sent.length, hub.clients()]).toEqual([4408, 1, 0]);
  });

  test.each([
    [new UbusError(STATUS.NOT_FOUND), { code: 4, text: 'not found' }, 0],
    [new UbusError(STATUS.METHOD_NOT_FOUND), { code: 3, text: 'method not found' }, 0],
    [new Error('a bug'), { code: 9, text: 'unknown error' }, 1],
  ])('%s', async (thrown, answer, logged) => {
    const { join, settle, world, lines } = start();
    const socket = await join();
    world.call = () => Promise.reject(thrown);
    socket.says(call());
    await settle();
    expect(socket.sent[1]).toEqual({ type: 'error', id: 5, ...answer });
    expect(lines).toHaveLength(logged);
  });

  test('eight at once; the ninth is refused, and may come when one is answered', async () => {
    const { join, settle, world } = start();
    const socket = await join();
    const ends: (() => void)[] = [];
    world.call = () => new Promise((resolve) => ends.push(() => resolve(null)));
    for (let id = 1; id <= 9; id += 1) socket.says(call({ id }));
    await settle();
    expect(socket.sent.slice(1)).toMatchObject([{ type: 'error', id: 9, code: 9 }]);
    ends[0]?.();
    await settle();
    socket.says(call({ id: 10 }));
    await settle();
    expect(ends).toHaveLength(9);
    expect(socket.sent[2]).toEqual({ type: 'reply', id: 1, result: null });
  });

  test('an answer over 1 MiB is not sent', async () => {
    const { join, settle, world } = start();
    const socket = await join();
    world.call = async () => 'x'.repeat(1024 * 1024);
    socket.says(call());
    await settle();
    expect(socket.sent[1]).toMatchObject({ type: 'error', code: 11 });
  });

  test.each([
    'hello',
    '[]',
    { type: 'login', token: TOKEN },
    { type: 'hello' },
    { type: 'call' },
    call({ id: '5' }),
    call({ id: 1.5 }),
    call({ id: 2 ** 53 }),
    call({ method: 3 }),
    call({ args: [] }),
    call({ args: null }),
    call({ args: 'x' }),
  ])('%j closes that page alone with 1008', async (message) => {
    const { hub, join } = start();
    const bad = await join();
    const good = await join();
    bad.says(message);
    bad.says(call());
    expect(bad.closed?.[0]).toBe(1008);
    hub.broadcast(sampleSnapshot({ since: 61 }));
    expect([bad.sent.length, good.sent.length]).toEqual([1, 2]);
    vi.advanceTimersByTime(2000);
    expect([bad.terminated, good.terminated]).toEqual([true, false]);
  });

  test('an answer that comes when the page has gone goes nowhere', async () => {
    const { join, settle, world, lines } = start();
    const socket = await join();
    let end = (): void => undefined;
    world.call = () =>
      new Promise((resolve) => {
        end = () => resolve(null);
      });
    socket.says(call());
    await settle();
    socket.emit('close');
    end();
    await settle();
    expect([socket.sent.length, lines]).toEqual([1, []]);
  });
});

describe('sessions', () => {
  test('are looked at soon after a login, then every 30 s, while a page has one', async () => {
    const { join, looked, knock } = start();
    await join();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looked).toEqual([]);
    knock();
    const [one, two] = [await join({ session: SESSION }), await join({ session: SESSION })];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(looked).toEqual([[SESSION]]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(looked).toHaveLength(2);
    for (const socket of [one, two]) socket.emit('close');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(looked).toHaveLength(2);
  });

  test.each<[Verdict, number]>([
    ['gone', 4408],
    ['no', 4401],
  ])('%s: its pages are closed with %d, others stay', async (verdict, code) => {
    const { join, world, hub } = start();
    const [page, other] = [await join({ session: SESSION }), await join()];
    world.look = () => ({ verdicts: new Map([[SESSION, verdict]]), ends: null });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([page.closed?.[0], other.closed, hub.clients()]).toEqual([code, null, 1]);
  });

  test('one that will end soon is looked at just after that', async () => {
    const { join, looked, world } = start();
    await join({ session: SESSION });
    world.look = () => ({ verdicts: new Map([[SESSION, 'yes']]), ends: 4_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(4_900);
    expect(looked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(looked).toHaveLength(2);
  });

  test('nobody to ask for a moment is no end; for two minutes it is', async () => {
    const { join, world, looked } = start();
    const page = await join({ session: SESSION });
    const good = world.look;
    world.look = () => ({ verdicts: new Map(), ends: null });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([page.closed, looked.length]).toEqual([null, 12]);
    world.look = good;
    await vi.advanceTimersByTimeAsync(5_000);
    world.look = () => {
      throw new Error('the bus is gone');
    };
    await vi.advanceTimersByTimeAsync(140_000);
    expect(page.closed).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(page.closed?.[0]).toBe(4408);
  });
});
