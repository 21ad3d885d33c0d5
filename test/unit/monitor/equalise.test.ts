import { describe, expect, it } from 'vitest';
import {
  type Equaliser,
  equalise,
  equaliseNothing,
  newEqualiser,
} from '../../../backend/src/monitor/equalise.ts';

type Said = Record<string, number | null>;

/** So many seconds in which the peer says this, one call each. */
function pass(from: Equaliser, said: Said, seconds: number, start: number): Equaliser {
  let state = from;
  for (let second = 1; second <= seconds; second += 1)
    state = equalise(state, new Map(Object.entries(said)), start + second * 1_000);
  return state;
}

/** What is decided after 10 s of this. */
const delaysAfter = (said: Said): Record<string, number> =>
  Object.fromEntries(pass(newEqualiser(0), said, 10, 0).delays ?? expect.fail('undecided'));

const DSL = { quick: 0, slow: 12.6 };

describe('how long quick lines are held back', () => {
  it('is what the slowest one is behind them, in whole milliseconds', () => {
    expect(delaysAfter(DSL)).toEqual({ quick: 13 });
    expect(delaysAfter({ a: 5, b: 0, c: 20.4 })).toEqual({ a: 15, b: 20 });
  });

  it('goes by the differences between the lines in use, whatever the quickest of all is', () => {
    expect(delaysAfter({ a: 30, b: 42 })).toEqual({ a: 12 });
  });

  it('is nothing below 3 ms, above 50, and with one line', () => {
    expect(delaysAfter({ a: 0, b: 2.4 })).toEqual({});
    expect(delaysAfter({ a: 0, b: 2.6 })).toEqual({ a: 3 });
    expect(delaysAfter({ a: 0, b: 50 })).toEqual({ a: 50 });
    expect(delaysAfter({ a: 0, b: 51 })).toEqual({});
    // Nor for two of three: what goes by the third comes late all the same.
    expect(delaysAfter({ a: 0, b: 10, c: 51 })).toEqual({});
    expect(delaysAfter({ a: 12 })).toEqual({});
    expect(delaysAfter({})).toEqual({});
  });

  it('is decided after five seconds, not before', () => {
    expect(pass(newEqualiser(0), DSL, 5, 0).delays).toBeNull();
    expect(pass(newEqualiser(0), DSL, 6, 0).delays).toEqual(new Map([['quick', 13]]));
  });

  it('stays, as the same map, while the ways vary by less than 2 ms or a quarter', () => {
    const first = pass(newEqualiser(0), DSL, 10, 0);
    expect(pass(first, { quick: 0, slow: 15.4 }, 20, 10_000).delays).toBe(first.delays);
    expect(pass(first, { quick: 0, slow: 10.5 }, 20, 10_000).delays).toBe(first.delays);
    expect(pass(first, { quick: 0, slow: 17 }, 20, 10_000).delays).toEqual(
      new Map([['quick', 17]]),
    );
    const short = pass(newEqualiser(0), { quick: 0, slow: 4 }, 10, 0);
    expect(pass(short, { quick: 0, slow: 5.4 }, 20, 10_000).delays).toBe(short.delays);
    expect(pass(short, { quick: 0, slow: 6 }, 20, 10_000).delays).toEqual(new Map([['quick', 6]]));
  });

  it('does not follow what is over within five seconds, however often it comes', () => {
    let state = pass(newEqualiser(0), DSL, 10, 0);
    const first = state.delays;
    for (let at = 10_000; at < 100_000; at += 10_000) {
      state = pass(state, { quick: 0, slow: 40 }, 5, at);
      state = pass(state, DSL, 5, at + 5_000);
      expect(state.delays).toBe(first);
    }
  });

  it('keeps a difference about the limits as it is', () => {
    const long = pass(newEqualiser(0), { a: 0, b: 49 }, 10, 0);
    expect(pass(long, { a: 0, b: 55 }, 10, 10_000).delays).toBe(long.delays);
    expect([...(pass(long, { a: 0, b: 61 }, 30, 10_000).delays ?? [])]).toEqual([]);
    const short = pass(newEqualiser(0), { a: 0, b: 3 }, 10, 0);
    expect(pass(short, { a: 0, b: 2 }, 10, 10_000).delays).toBe(short.delays);
    expect([...(pass(short, { a: 0, b: 1 }, 30, 10_000).delays ?? [])]).toEqual([]);
  });

  it('goes by way of 0, so that what waits still goes out, and then away', () => {
    const held = pass(newEqualiser(0), DSL, 10, 0);
    const zero = pass(held, { quick: 0 }, 6, 10_000);
    expect(zero.delays).toEqual(new Map([['quick', 0]]));
    expect(pass(zero, { quick: 0 }, 4, 16_000).delays).toBe(zero.delays);
    expect(pass(zero, { quick: 0 }, 6, 16_000).delays).toEqual(new Map());
    // The line is back before that.
    expect(pass(zero, DSL, 8, 16_000).delays).toEqual(new Map([['quick', 13]]));
  });

  it('stays while the other end says nothing, for half a minute', () => {
    const held = pass(newEqualiser(0), DSL, 10, 0);
    const unknown = { quick: null, slow: null };
    const silent = pass(held, unknown, 30, 10_000);
    expect(silent.delays).toBe(held.delays);
    expect(pass(silent, DSL, 5, 40_000).delays).toBe(held.delays);
    expect(pass(silent, unknown, 8, 40_000).delays).toEqual(new Map([['quick', 0]]));
  });

  it('leaves a line out that never says anything', () => {
    const said = { quick: 0, slow: 12, twin: null };
    expect(pass(newEqualiser(0), said, 30, 0).delays).toBeNull();
    expect(pass(newEqualiser(0), said, 40, 0).delays).toEqual(new Map([['quick', 12]]));
  });

  it('is nothing at once where the user wants none', () => {
    const held = pass(newEqualiser(0), DSL, 10, 0);
    const nothing = equaliseNothing(held, 11_000);
    expect(nothing.delays).toEqual(new Map());
    expect(equaliseNothing(nothing, 12_000)).toBe(nothing);
  });
});
