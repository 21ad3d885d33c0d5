import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openQueue, type Queue } from '../../../backend/src/daemon/queue.ts';

let runs: number[];
let atOnce: number;
let most: number;
/** What the job does; ends at once unless a test says otherwise. */
let work: () => Promise<void>;
let queue: Queue;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  runs = [];
  atOnce = 0;
  most = 0;
  work = async () => {};
  queue = openQueue(job, Date.now);
});

afterEach(() => vi.useRealTimers());

async function job(): Promise<void> {
  runs.push(Date.now());
  atOnce += 1;
  most = Math.max(most, atOnce);
  await work();
  atOnce -= 1;
}

/** A promise that tells whether it has ended. */
function watch(promise: Promise<void>): { done: boolean } {
  const state = { done: false };
  void promise.then(() => {
    state.done = true;
  });
  return state;
}

const takes = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('the queue', () => {
  it('makes one run of requests that come together, and ends them all', async () => {
    const asked = [watch(queue.request()), watch(queue.request())];
    await vi.advanceTimersByTimeAsync(50);
    asked.push(watch(queue.request()));
    await vi.advanceTimersByTimeAsync(49);
    expect(runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual([100]);
    expect(asked.map(({ done }) => done)).toEqual([true, true, true]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(1);
  });

  it('runs once more for what was asked during a run, and only then ends it', async () => {
    work = takes(1_000);
    const first = watch(queue.request());
    await vi.advanceTimersByTimeAsync(500);
    const second = watch(queue.request());
    await vi.advanceTimersByTimeAsync(600);
    expect([first.done, second.done]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(runs).toEqual([100, 1200]);
    expect(second.done).toBe(true);
    expect(most).toBe(1);
  });

  it('runs one at a time even when the job asks again in its first step', async () => {
    let asked = false;
    work = async () => {
      if (!asked) void queue.request();
      asked = true;
      await takes(1_000)();
    };
    void queue.request();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toEqual([100, 1200]);
    expect(most).toBe(1);
  });

  it('wakes at the time it was told last, or not at all', async () => {
    queue.wakeAt(5_000);
    queue.wakeAt(2_000);
    await vi.advanceTimersByTimeAsync(2_099);
    expect(runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toEqual([2_100]);
    queue.wakeAt(Date.now() + 1_000);
    queue.wakeAt(null);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(1);
  });

  it('wakes soon for a time that is past', async () => {
    queue.wakeAt(-5_000);
    await vi.advanceTimersByTimeAsync(101);
    expect(runs).toHaveLength(1);
  });

  it('close ends what waits, and nothing runs afterwards', async () => {
    const waiting = watch(queue.request());
    queue.wakeAt(1_000);
    await queue.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.done).toBe(true);
    const late = watch(queue.request());
    queue.wakeAt(1_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(late.done).toBe(true);
    expect(runs).toEqual([]);
  });

  it('close waits for the run under way', async () => {
    work = takes(1_000);
    void queue.request();
    await vi.advanceTimersByTimeAsync(500);
    const closed = watch(queue.close());
    await vi.advanceTimersByTimeAsync(100);
    expect(closed.done).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(closed.done).toBe(true);
    expect(runs).toHaveLength(1);
  });
});
