import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOSE } from '../../../backend/src/status/messages.ts';
import { NO_TEST } from '../../../backend/src/status/test-result.ts';
import { readMessage } from '../../../luci-ui/src/read.ts';
import { socketTransport } from '../../../luci-ui/src/socket.ts';
import { backOff, type CallError } from '../../../luci-ui/src/transport.ts';
import { sampleSnapshot } from './sample.ts';
import { fakeSockets, LIFE, RUNNING_TEST, record, sampleEvent } from './transport-fakes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LATER = { type: 'delta', delta: [[[], { since: 61 }]] };
const TOKEN = '0123456789abcdef0123456789abcdef';

function start() {
  const sockets = fakeSockets();
  const seen = record();
  const login = { token: TOKEN };
  const options = { open: sockets.open, login, mayWrite: true, random: () => 0.5 };
  const transport = socketTransport(options);
  transport.open(seen.sink);
  return { ...sockets, ...seen, transport };
}

describe('login', () => {
  test('is the first message, and the only one until it is accepted', async () => {
    const { last, transport } = start();
    expect(last().sent).toEqual([]);
    last().opened();
    expect(last().sent).toEqual([{ type: 'login', token: TOKEN }]);
    await expect(transport.call('stop')).rejects.toMatchObject({ code: 0 });
    expect(last().sent).toHaveLength(1);
  });

  test('is followed by a question for what was missed, also the second time', async () => {
    const { last, events, tests } = start();
    for (const round of [1, 2]) {
      last().accept();
      const [, about, test] = last().sent;
      expect(about).toMatchObject({ type: 'call', method: 'events', args: { since: 0 } });
      expect(test).toMatchObject({ type: 'call', method: 'test_result' });
      last().say({ type: 'reply', id: about?.id, result: { events: [sampleEvent(round)] } });
      last().say({ type: 'reply', id: test?.id, result: RUNNING_TEST });
      await vi.advanceTimersByTimeAsync(0);
      last().closed(1006);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(events.map(({ id }) => id)).toEqual([1, 2]);
    expect(tests).toEqual([RUNNING_TEST, RUNNING_TEST]);
  });

  test.each([
    [CLOSE.REFUSED, 'forbidden'],
    [CLOSE.EXPIRED, 'expired'],
  ])('close code %i is %s, and not tried again', (code, trouble) => {
    const { last, opened, shown } = start();
    last().closed(code);
    vi.advanceTimersByTime(60_000);
    expect(shown()).toEqual(['connecting', trouble]);
    expect(opened).toHaveLength(1);
  });

  test.each([
    [CLOSE.FULL, 'full'],
    [CLOSE.NO_STATUS, 'unconfigured'],
    [CLOSE.UNFIT, 'version'],
    [CLOSE.GOING, 'silent'],
    [1006, 'silent'],
  ])('close code %i is %s, and tried again', (code, trouble) => {
    const { last, opened, shown } = start();
    last().closed(code);
    vi.advanceTimersByTime(2000);
    expect(shown()).toEqual(['connecting', trouble]);
    expect(opened.length).toBeGreaterThan(1);
  });
});

describe('what comes', () => {
  test('a snapshot, then deltas to it', () => {
    const { last, snapshots, shown } = start();
    last().accept();
    last().say(LATER);
    expect(snapshots.map(({ since }) => since)).toEqual([60, 61]);
    expect(shown()).toEqual(['connecting', 'socket']);
  });

  test('an event that overtakes the older ones waits for them', async () => {
    const { last, events } = start();
    last().accept();
    last().say({ type: 'event', event: sampleEvent(3) });
    expect(events).toEqual([]);
    const older = [sampleEvent(1), sampleEvent(2)];
    last().say({ type: 'reply', id: last().sent[1]?.id, result: { events: older } });
    await vi.advanceTimersByTimeAsync(0);
    last().say({ type: 'event', event: sampleEvent(4) });
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  test('events and the state of a test, also where the older ones can not be had', async () => {
    const { last, events, tests } = start();
    last().accept();
    last().say({ type: 'error', id: last().sent[1]?.id, code: 3, text: 'Method not found' });
    await vi.advanceTimersByTimeAsync(0);
    last().say({ type: 'event', event: sampleEvent(7) });
    last().say({ type: 'test', test: NO_TEST });
    last().say({ type: 'weather', rain: true });
    expect(events).toEqual([sampleEvent(7)]);
    expect(tests).toEqual([NO_TEST]);
    expect(last().shut).toBe(false);
  });

  test('what does not fit leads to a new socket; the old one is not listened to any more', () => {
    const { last, opened, snapshots } = start();
    last().accept();
    const old = last();
    old.say({ type: 'delta', delta: [[['links', 7], { since: 1 }]] });
    expect(old.shut).toBe(true);
    old.accept();
    old.closed(1006);
    expect(snapshots).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(2);
    last().say(LATER);
    vi.advanceTimersByTime(1000);
    expect(opened).toHaveLength(3);
  });
});

describe('the connection', () => {
  test('a short gap is not shown, a long one is, with the time of the last news', () => {
    const { last, opened, shown, connections } = start();
    last().accept();
    const seenAt = Date.now();
    last().closed(1006);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(2);
    last().accept();
    expect(shown()).toEqual(['connecting', 'socket']);
    last().closed(CLOSE.GOING);
    vi.advanceTimersByTime(2000);
    expect(connections.at(-1)).toEqual({
      state: 'lost',
      trouble: 'silent',
      reason: 'the daemon has stopped',
      since: seenAt + 500,
    });
    last().accept();
    expect(shown().at(-1)).toBe('socket');
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
    last().accept();
    last().closed(1006);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(9);
  });

  test('silence, also while it opens, is a failure; an empty delta is not silence', () => {
    const { last, opened, shown } = start();
    vi.advanceTimersByTime(5500);
    expect(opened).toHaveLength(2);
    expect(opened[0]?.shut).toBe(true);
    last().accept();
    for (let i = 0; i < 10; i += 1) {
      vi.advanceTimersByTime(1000);
      last().say(LIFE);
    }
    expect(opened).toHaveLength(2);
    expect(shown().at(-1)).toBe('socket');
    vi.advanceTimersByTime(5500);
    expect(opened).toHaveLength(3);
  });

  test('a daemon that takes the socket and answers no login is silent', () => {
    const { last, opened } = start();
    last().opened();
    last().say({ type: 'weather' });
    vi.advanceTimersByTime(5500);
    expect(opened).toHaveLength(2);
  });

  test('a browser that refuses to open it is told, and it is tried again', async () => {
    const { sink, connections } = record();
    const open = vi.fn(() => {
      throw new Error('SecurityError');
    });
    const transport = socketTransport({
      open,
      login: { token: TOKEN },
      mayWrite: true,
      random: () => 0.5,
    });
    transport.open(sink);
    await vi.advanceTimersByTimeAsync(3000);
    expect(open.mock.calls.length).toBeGreaterThan(2);
    expect(connections.at(-1)).toMatchObject({
      state: 'lost',
      reason: 'this browser does not open the connection',
    });
    transport.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('close ends everything', () => {
    const { transport, last, opened, snapshots } = start();
    transport.close();
    expect(last().shut).toBe(true);
    last().accept();
    last().closed(1006);
    expect(vi.getTimerCount()).toBe(0);
    expect(opened).toHaveLength(1);
    expect(snapshots).toEqual([]);
  });
});

describe('calls', () => {
  function called() {
    const all = start();
    all.last().accept();
    const outcomes: unknown[] = [];
    const call = (...args: Parameters<typeof all.transport.call>): number => {
      all.transport.call(...args).then(
        (value) => outcomes.push(value),
        (error: CallError) => outcomes.push(`${error.code}: ${error.message}`),
      );
      return all.last().sent.at(-1)?.id as number;
    };
    return { ...all, call, outcomes };
  }

  test('answers find their questions, in any order', async () => {
    const { call, last, outcomes } = called();
    const one = call('link', { name: 'lte', action: 'down' });
    expect(last().sent.at(-1)).toEqual({
      type: 'call',
      id: one,
      method: 'link',
      args: { name: 'lte', action: 'down' },
    });
    const two = call('plan', { action: 'stop' });
    expect(two).not.toBe(one);
    last().say({ type: 'reply', id: two, result: { text: 'ip link' } });
    last().say({ type: 'reply', id: 999, result: 'not asked for' });
    last().say({ type: 'error', id: one, code: 4, text: 'Not found' });
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes).toEqual([{ text: 'ip link' }, '4: Not found']);
  });

  test('one that is not answered fails after 20 s, and only that one', async () => {
    const { call, last, outcomes } = called();
    call('check');
    for (let i = 0; i < 21; i += 1) {
      await vi.advanceTimersByTimeAsync(1000);
      last().say(LIFE);
    }
    expect(outcomes).toEqual(['7: the daemon does not answer']);
    expect(last().shut).toBe(false);
  });

  test('all fail when the socket dies, and none is made without one', async () => {
    const { call, last, outcomes, transport } = called();
    call('check');
    last().closed(1006);
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes).toEqual(['0: the connection to the daemon is lost']);
    await expect(transport.call('check')).rejects.toMatchObject({ code: 0 });
    transport.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('readMessage', () => {
  const later = JSON.stringify(LATER);

  test.each([
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    new ArrayBuffer(4),
    '{"type":"snapshot","snapshot":{}}',
    '{"type":"event","event":{}}',
    '{"type":"test","test":{"id":1}}',
    '{"type":"reply"}',
    '{"type":"error","id":1}',
    later,
  ])('unfit: %s', (data) => expect(readMessage(data, null)).toEqual({ type: 'unfit' }));

  test('a delta that breaks the shape is unfit', () => {
    const bad = JSON.stringify({ type: 'delta', delta: [[[], { links: 7 }]] });
    expect(readMessage(bad, sampleSnapshot())).toEqual({ type: 'unfit' });
  });

  test('a kind of message that is not known is ignored', () => {
    expect(readMessage('{"type":"weather"}', null)).toEqual({ type: 'other' });
  });
});

test('backOff is spread by a quarter either way and has a limit', () => {
  expect(backOff(0, 0)).toBe(375);
  expect(backOff(0, 1)).toBe(625);
  expect(backOff(1000, 0.5)).toBe(8000);
});
