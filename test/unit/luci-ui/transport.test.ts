import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { pollTransport } from '../../../luci-ui/src/poll.ts';
import { readMessage, type SocketEvents, socketTransport } from '../../../luci-ui/src/socket.ts';
import { backOff, type Connection } from '../../../luci-ui/src/transport.ts';
import { sampleSnapshot } from './sample.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A sink that remembers. */
function record() {
  const snapshots: Snapshot[] = [];
  const connections: Connection[] = [];
  const sink = {
    snapshot: (one: Snapshot) => void snapshots.push(one),
    connection: (one: Connection) => void connections.push(one),
  };
  return { sink, snapshots, connections, states: () => connections.map(({ state }) => state) };
}

/** Sockets that do what the test says. */
function fakeSockets() {
  const opened: (SocketEvents & { shut: boolean })[] = [];
  const open = (events: SocketEvents) => {
    const socket = { ...events, shut: false };
    opened.push(socket);
    const close = () => {
      socket.shut = true;
    };
    return { close };
  };
  const last = () => {
    const socket = opened[opened.length - 1];
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { open, opened, last };
}

const whole = JSON.stringify({ type: 'snapshot', snapshot: sampleSnapshot() });
const later = JSON.stringify({ type: 'delta', delta: [[[], { since: 61 }]] });

function start() {
  const sockets = fakeSockets();
  const seen = record();
  const stop = socketTransport({ open: sockets.open, random: () => 0.5 })(seen.sink);
  return { ...sockets, ...seen, stop };
}

describe('socketTransport', () => {
  test('a snapshot, then deltas to it', () => {
    const { last, snapshots, states } = start();
    last().message(whole);
    last().message(later);
    expect(snapshots.map(({ since }) => since)).toEqual([60, 61]);
    expect(states()).toEqual(['connecting', 'live']);
  });

  test('a short gap is not shown, a long one is, with the time of the last news', () => {
    const { last, opened, states, connections } = start();
    last().message(whole);
    const seenAt = Date.now();
    last().closed(1006);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(2);
    last().message(whole);
    expect(states()).toEqual(['connecting', 'live']);
    last().closed(1001);
    vi.advanceTimersByTime(2000);
    expect(connections.at(-1)).toEqual({
      state: 'lost',
      reason: 'the daemon has stopped',
      since: seenAt + 500,
    });
    last().message(whole);
    expect(states().at(-1)).toBe('live');
  });

  test('waits longer after each failure, and shortly again after a success', () => {
    const { last, opened } = start();
    const gaps: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const before = Date.now();
      const count = opened.length;
      last().closed(1006);
      while (opened.length === count) vi.advanceTimersByTime(100);
      gaps.push(Date.now() - before);
    }
    expect(gaps).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    last().message(whole);
    last().closed(1006);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(9);
  });

  test('silence, also while it opens, is a failure; an empty delta is not silence', () => {
    const { last, opened, states } = start();
    vi.advanceTimersByTime(5500);
    expect(opened).toHaveLength(2);
    expect(opened[0]?.shut).toBe(true);
    last().message(whole);
    for (let i = 0; i < 10; i += 1) {
      vi.advanceTimersByTime(1000);
      last().message(JSON.stringify({ type: 'delta', delta: [] }));
    }
    expect(opened).toHaveLength(2);
    expect(states().at(-1)).toBe('live');
  });

  test('what does not fit leads to a new socket; the old one is not listened to any more', () => {
    const { last, opened, snapshots } = start();
    last().message(whole);
    const old = last();
    old.message(JSON.stringify({ type: 'delta', delta: [[['links', 7], { since: 1 }]] }));
    expect(old.shut).toBe(true);
    old.message(whole);
    old.closed(1006);
    expect(snapshots).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(2);
    last().message(later);
    vi.advanceTimersByTime(1000);
    expect(opened).toHaveLength(3);
  });

  test('a browser that refuses to open it is told, and it is tried again', () => {
    const { sink, connections } = record();
    const open = vi.fn(() => {
      throw new Error('SecurityError');
    });
    const stop = socketTransport({ open, random: () => 0.5 })(sink);
    vi.advanceTimersByTime(3000);
    expect(open.mock.calls.length).toBeGreaterThan(2);
    expect(connections.at(-1)).toMatchObject({
      state: 'lost',
      reason: 'this browser does not open the connection',
    });
    stop();
  });

  test('stop ends everything', () => {
    const { stop, last, opened, snapshots } = start();
    stop();
    expect(last().shut).toBe(true);
    last().message(whole);
    last().closed(1006);
    expect(vi.getTimerCount()).toBe(0);
    expect(opened).toHaveLength(1);
    expect(snapshots).toEqual([]);
  });
});

describe('readMessage', () => {
  test.each([
    '',
    '{',
    'null',
    '7',
    '{}',
    new ArrayBuffer(4),
    '{"type":"snapshot","snapshot":{}}',
    later,
  ])('unfit: %s', (data) => expect(readMessage(data, null)).toBe('unfit'));

  test('a delta that breaks the shape is unfit', () => {
    const bad = JSON.stringify({ type: 'delta', delta: [[[], { links: 7 }]] });
    expect(readMessage(bad, sampleSnapshot())).toBe('unfit');
  });

  test('a kind of message that is not known is ignored', () => {
    expect(readMessage('{"type":"event","event":{}}', null)).toBe('ignore');
  });
});

describe('pollTransport', () => {
  test('asks once a second, one question at a time', async () => {
    const { sink, snapshots, states } = record();
    const waiting: ((value: unknown) => void)[] = [];
    const call = vi.fn(() => new Promise((resolve) => void waiting.push(resolve)));
    const answer = (value: unknown) => waiting.shift()?.(value);
    const stop = pollTransport({ call })(sink);
    await vi.advanceTimersByTimeAsync(1500);
    expect(call).toHaveBeenCalledTimes(1);
    answer(sampleSnapshot());
    await vi.advanceTimersByTimeAsync(999);
    expect(call).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(call).toHaveBeenCalledTimes(2);
    expect(snapshots).toHaveLength(1);
    expect(states()).toEqual(['connecting', 'live']);
    stop();
    answer(sampleSnapshot());
    await vi.advanceTimersByTimeAsync(5000);
    expect(snapshots).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says why there is no answer, asks more slowly, and recovers', async () => {
    const { sink, connections } = record();
    const call = vi.fn<() => Promise<unknown>>(() => Promise.reject(new Error('Object not found')));
    const stop = pollTransport({ call })(sink);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(call.mock.calls.length).toBeLessThan(10);
    expect(connections.at(-1)).toMatchObject({ state: 'lost', reason: 'Object not found' });
    call.mockResolvedValue({ hello: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connections.at(-1)).toMatchObject({ reason: 'its answer is not understood' });
    call.mockResolvedValue(sampleSnapshot());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connections.at(-1)).toEqual({ state: 'live' });
    stop();
  });
});

test('backOff is spread by a quarter either way and has a limit', () => {
  expect(backOff(0, 0)).toBe(375);
  expect(backOff(0, 1)).toBe(625);
  expect(backOff(1000, 0.5)).toBe(8000);
});
