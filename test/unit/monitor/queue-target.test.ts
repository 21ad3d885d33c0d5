import { describe, expect, it } from 'vitest';
import {
  newQueueTarget,
  type QueueTarget,
  queueTarget,
} from '../../../backend/src/monitor/queue-target.ts';

/** So many seconds with these round trips, one second after the other from `at` on. */
function pass(
  before: QueueTarget,
  roundTrips: readonly (number | null)[],
  seconds: number,
  at = 0,
): QueueTarget {
  const times = Array.from({ length: seconds }, (_, second) => at + second * 1_000);
  return times.reduce((known, now) => queueTarget(known, roundTrips, now), before);
}

const decided = (...roundTrips: (number | null)[]): number | null =>
  pass(newQueueTarget(), roundTrips, 11).ms;

describe('how long packets may wait in front of shaped lines', () => {
  it.each([
    [[20, 20], 20],
    [[25, 50], 30],
    [[30, 60], 40],
    [[30, 45], 30],
    [[5], 20],
    [[600], 60],
  ])('goes by the slowest line: %j ms make %i', (roundTrips, ms) => {
    expect(decided(...roundTrips)).toBe(ms);
  });

  it('is decided when the lines have been known for 10 seconds', () => {
    expect(pass(newQueueTarget(), [30, 60], 10).ms).toBeNull();
    expect(pass(newQueueTarget(), [null, null], 60).ms).toBeNull();
    expect(decided(null, 60)).toBe(40);
    const interrupted = pass(pass(newQueueTarget(), [60], 8), [null], 1, 8_000);
    expect(pass(interrupted, [60], 10, 9_000).ms).toBeNull();
  });

  it('goes by the least of those seconds: a full line seems to be longer', () => {
    const busy = pass(newQueueTarget(), [20, 90], 5);
    const quiet = pass(busy, [20, 25], 1, 5_000);
    expect(pass(quiet, [20, 90], 5, 6_000).ms).toBe(20);
  });

  it('stays while the best is near, and is the same object', () => {
    const before = pass(newQueueTarget(), [30, 60], 11);
    // 40 are best from 58 on, and 32 to 48 are near enough.
    expect(pass(before, [30, 52], 60, 20_000)).toBe(before);
    expect(pass(before, [30, 85], 60, 20_000)).toBe(before);
    expect(pass(before, [], 60, 20_000).ms).toBe(40);
  });

  it('changes when a line has changed for 10 seconds, not for a moment', () => {
    const before = pass(newQueueTarget(), [30, 60], 11);
    const moment = pass(before, [30, 20], 9, 20_000);
    expect(moment.ms).toBe(40);
    expect(pass(moment, [30, 60], 1, 29_000)).toEqual({ ms: 40, wrong: null });
    expect(pass(before, [30, 20], 11, 20_000).ms).toBe(20);
  });
});
