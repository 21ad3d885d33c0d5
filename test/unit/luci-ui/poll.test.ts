import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BondEvent } from '../../../backend/src/status/snapshot.ts';
import { NO_TEST } from '../../../backend/src/status/test-result.ts';
import { startPoll } from '../../../luci-ui/src/poll.ts';
import { CallError, type Method } from '../../../luci-ui/src/transport.ts';
import { sampleSnapshot } from './sample.ts';
import { fakeTab, RUNNING_TEST, record, sampleEvent } from './transport-fakes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A daemon that keeps events and answers at once, or as `answers` says. */
function start() {
  const seen = record();
  const tab = fakeTab();
  const journal: BondEvent[] = [];
  const answers: Partial<Record<Method, () => unknown>> = {};
  const calls: string[] = [];
  const defaults: Partial<Record<Method, (args: Record<string, unknown>) => unknown>> = {
    status: () => sampleSnapshot(),
    events: ({ since }) => ({ events: journal.filter(({ id }) => id > Number(since)) }),
    test_result: () => NO_TEST,
  };
  const call = async (method: Method, args: Record<string, unknown> = {}): Promise<unknown> => {
    calls.push(method);
    return (answers[method] ?? defaults[method])?.(args);
  };
  const failed: string[] = [];
  const poll = startPoll(
    { call, visibility: tab.visibility, random: () => 0.5 },
    { ...seen.sink, failed: (trouble, reason) => void failed.push(`${trouble}: ${reason}`) },
  );
  const count = (method: string): number => calls.filter((one) => one === method).length;
  return { ...seen, ...tab, poll, calls, count, journal, answers, failed };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('startPoll', () => {
  test('asks for all in one tick, so that LuCI sends one request', () => {
    const { calls } = start();
    expect(calls).toEqual(['status', 'events', 'test_result']);
  });

  test('asks once a second', async () => {
    const { count, snapshots } = start();
    await pass(9999);
    expect(count('status')).toBe(10);
    expect(snapshots).toHaveLength(10);
  });

  test('one question at a time; after a late answer with a pause', async () => {
    const { answers, count, snapshots } = start();
    await pass(0);
    let answer: (value: unknown) => void = () => undefined;
    answers.status = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    await pass(1000);
    expect(count('status')).toBe(2);
    await pass(3000);
    expect(count('status')).toBe(2);
    answer(sampleSnapshot());
    await pass(249);
    expect(snapshots).toHaveLength(2);
    expect(count('status')).toBe(2);
    await pass(1);
    expect(count('status')).toBe(3);
  });

  test('an answer that does not come is told after 5 s, and still waited for', async () => {
    const { answers, failed, count } = start();
    await pass(0);
    answers.status = () => new Promise(() => undefined);
    await pass(6000);
    expect(failed).toEqual(['silent: the daemon does not answer']);
    expect(count('status')).toBe(2);
  });

  test('asks nothing while nobody looks, and at once when somebody does', async () => {
    const { hide, show, count, poll, listeners } = start();
    await pass(0);
    hide();
    await pass(60_000);
    expect(count('status')).toBe(1);
    show();
    expect(count('status')).toBe(2);
    await pass(0);
    show();
    show();
    expect(count('status')).toBe(3);
    await pass(1000);
    expect(count('status')).toBe(4);
    poll.stop();
    show();
    await pass(10_000);
    expect(count('status')).toBe(4);
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('what comes after stop is not told', async () => {
    const { poll, snapshots, events, journal } = start();
    journal.push(sampleEvent(1));
    poll.stop();
    await pass(5000);
    expect(snapshots).toEqual([]);
    expect(events).toEqual([]);
  });

  test.each([
    [new CallError(4, 'Object not found'), 'absent: Object not found'],
    [new CallError(5, 'No data received'), 'unconfigured: No data received'],
    [new CallError(6, 'Access denied'), 'forbidden: Access denied'],
    [new CallError(3, 'Method not found'), 'version: Method not found'],
    [new CallError(0, 'XHR failed'), 'silent: XHR failed'],
    ['a text', 'silent: a text'],
  ])('%s is told, asked for more slowly, and recovers', async (error, text) => {
    const { answers, failed, count, snapshots } = start();
    answers.status = () => Promise.reject(error);
    await pass(30_000);
    expect(count('status')).toBeLessThan(10);
    expect(failed.at(-1)).toBe(text);
    const before = snapshots.length;
    delete answers.status;
    await pass(10_000);
    expect(snapshots.length).toBeGreaterThan(before);
  });

  test('a wrong answer is told', async () => {
    const { answers, failed } = start();
    answers.status = () => ({ hello: 1 });
    await pass(2000);
    expect(failed.at(-1)).toBe('version: its answer is not understood');
  });

  test('an ended session is not asked with again: LuCI would show its window each time', async () => {
    const { answers, failed, calls } = start();
    answers.status = () => Promise.reject(new CallError(6, 'ended', 'expired'));
    await pass(3000);
    expect(failed).toEqual(['expired: ended']);
    const before = calls.length;
    await pass(60_000);
    expect(calls).toHaveLength(before);
  });
});

describe('events', () => {
  test('each comes, those of before too', async () => {
    const { journal, events } = start();
    journal.push(sampleEvent(1), sampleEvent(2));
    await pass(1000);
    journal.push(sampleEvent(3));
    await pass(1000);
    expect([...new Set(events.map(({ id }) => id))]).toEqual([1, 2, 3]);
  });

  test.each([
    ['fewer events', [sampleEvent(1, 9000)]],
    ['as many events', [1, 2, 3].map((id) => sampleEvent(id, 9000 + id))],
    ['more events', [1, 2, 3, 4, 5].map((id) => sampleEvent(id, 9000 + id))],
  ])('a daemon that has started anew and has %s is asked for all of them', async (_name, fresh) => {
    const { journal, events } = start();
    journal.push(sampleEvent(1), sampleEvent(2), sampleEvent(3));
    await pass(1000);
    journal.splice(0, 3, ...fresh);
    events.length = 0;
    await pass(2000);
    expect(events.filter(({ time }) => time >= 9000)).toEqual(fresh);
  });

  test('without them the status still comes', async () => {
    const { answers, snapshots, failed } = start();
    answers.events = () => Promise.reject(new CallError(3, 'Method not found'));
    answers.test_result = () => 'nonsense';
    await pass(2000);
    expect(snapshots.length).toBeGreaterThan(1);
    expect(failed).toEqual([]);
  });
});

describe('a speed test', () => {
  test('is asked for each second while it runs, every five seconds else', async () => {
    const { answers, count, poll, tests } = start();
    await pass(10_500);
    expect(count('test_result')).toBe(3);
    answers.test_result = () => RUNNING_TEST;
    poll.watchTest();
    await pass(4000);
    expect(count('test_result')).toBe(7);
    expect(tests.at(-1)).toEqual(RUNNING_TEST);
    delete answers.test_result;
    await pass(1000);
    expect(tests.at(-1)).toEqual(NO_TEST);
    await pass(3000);
    expect(count('test_result')).toBe(8);
  });
});
