import { describe, expect, it } from 'vitest';
import { mark, missingFrom } from '../../../backend/src/monitor/heartbeat-judge.ts';
import { type Line, newLine } from '../../../backend/src/monitor/heartbeat-line.ts';

/** A line that was last heard by what the peer sent at its 0; times of marks are its ms. */
function lineOf(interval: number, carried = 0): Line {
  const line = newLine({ name: 'link0', id: 1194, interval, out: false }, 0);
  const said = { seq: 1, sent: 0, echo: 0, at: 0, prompt: true, hears: true, out: false };
  line.heard = { ...said, behind: 0, number: 1, counts: null, carried };
  return line;
}

/** How many heartbeats are missed, by those of a line with interval `by` sent at these times, ms. */
function missed(by: number, times: readonly number[]): number {
  const line = lineOf(50);
  for (const time of times) mark(line, lineOf(by), time * 10);
  return line.marks.length;
}

describe('what is heard on another line', () => {
  it('is one missed here for each interval', () => {
    expect(missed(50, [50, 100, 150])).toBe(3);
    expect(missed(20, [20, 40, 60, 80, 100])).toBe(2);
  });

  it('is one missed here, too, where the one before was late', () => {
    expect(missed(50, [50, 121, 154])).toBe(3);
    // Sent twice in a moment, or out of turn on that line alone.
    expect(missed(50, [50, 95, 105])).toBe(2);
    expect(missed(50, [50, 90, 120])).toBe(2);
  });

  it('says nothing of so near a time where the two lines are not sent on at once', () => {
    expect(missed(40, [50, 121, 154])).toBe(2);
  });
});

describe('a line of which three are missed', () => {
  /** When it is judged, ms after the last of the three was sent; the way takes 10 ms. */
  function judgedAfter(deliveredAt: number, carried = 0): number {
    const line = lineOf(50, carried);
    line.figures.slowest = 10;
    line.deliveredAt = deliveredAt;
    for (const time of [50, 100, 150]) mark(line, lineOf(50), time * 10);
    return (missingFrom(line, 155) ?? 0) - 150;
  }

  it('has half an interval more, for a queue that grows', () => {
    expect(judgedAfter(Number.NEGATIVE_INFINITY)).toBe(35);
  });

  it('has no more than the way takes where its tunnel was delivering and does no more', () => {
    expect(judgedAfter(-10)).toBe(10);
  });

  it('is judged by two of them where its tunnel was busy', () => {
    expect(judgedAfter(-10, 4)).toBe(10);
    expect(judgedAfter(-10, 5)).toBe(-40);
    expect(judgedAfter(60, 5)).toBe(10);
  });

  it('has two intervals from what its tunnel delivered last', () => {
    expect(judgedAfter(80)).toBe(30);
  });
});
