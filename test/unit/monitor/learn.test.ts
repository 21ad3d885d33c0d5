import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineSample } from '../../../backend/src/monitor/heartbeats.ts';
import {
  fromRates,
  type Learning,
  learn,
  newLearning,
  tryAgain,
  turnTo,
} from '../../../backend/src/monitor/learn.ts';
import { meanGoodput, PAYLOAD, play } from './simulation/bond.ts';
import { type Learned, playLearning } from './simulation/learning.ts';
import type { LineSpec } from './simulation/lines.ts';

const M = 1_000_000;

/** Lines of so many Mbit/s, at 20 ms unless said. */
function linesOf(rates: readonly number[], rtt = 0.02): LineSpec[] {
  return rates.map((rate, index) => ({ name: `line${index}`, rate: rate * M, rtt }));
}

/** Goodput in parts of what the lines can carry. */
function used(run: Learned, rates: readonly number[], from: number, to?: number): number {
  const sum = rates.reduce((all, rate) => all + rate, 0) * M * PAYLOAD;
  return meanGoodput(run.seconds, from, to) / sum;
}

function equally(rates: readonly number[]): number {
  const lines = linesOf(rates);
  const weights = new Map(lines.map(({ name }) => [name, 1]));
  const seconds = play({ lines, seconds: 30, weights, decide: () => weights });
  return meanGoodput(seconds, 5) / (rates.reduce((all, rate) => all + rate, 0) * M * PAYLOAD);
}

/** A second in which a line carries `mbit`, with a queue of so many ms. */
function sample(link: string, mbit: number, queue: number, more: Partial<LineSample> = {}) {
  const nothing = { loss: 0, lossTx: 0, lossRx: 0, lostTx: 0, beatsTx: 10, beatsLostTx: 0 };
  return {
    link,
    rtt: 20 + queue,
    jitter: 1,
    queueTx: queue,
    queueTxMax: queue,
    queueRx: 0,
    sentTx: mbit * 100,
    deliveredTx: mbit * M,
    txRate: mbit * M,
    rxRate: 0,
    ...nothing,
    ...more,
  };
}

function learned(start: Learning, seconds: readonly (readonly LineSample[])[]): Learning {
  return seconds.reduce((state, samples, index) => learn(state, samples, index * 1000), start);
}

const times = <T>(count: number, of: T): T[] => Array.from({ length: count }, () => of);

describe('a busy connection over lines whose rates nobody gave', () => {
  it.each([
    ['20 + 5', [20, 5], 10],
    ['5 + 1', [5, 1], 10],
    ['100 + 12', [100, 12], 15],
    ['16 + 12 + 3', [16, 12, 3], 15],
    ['two of 12', [12, 12], 5],
    ['eight of 3', [3, 3, 3, 3, 3, 3, 3, 3], 5],
  ])('%s: finds the shares', (_, rates, within) => {
    for (const seed of [1, 2, 3]) {
      const run = playLearning({ lines: linesOf(rates), seconds: 60, seed });
      expect(used(run, rates, within, within + 10)).toBeGreaterThan(0.9);
      expect(used(run, rates, within + 10)).toBeGreaterThan(0.95);
    }
  });

  it('is in need of it: equal shares waste most of unequal lines', () => {
    expect(equally([20, 5])).toBeLessThan(0.45);
    expect(equally([100, 12])).toBeLessThan(0.3);
    expect(equally([12, 12])).toBeGreaterThan(0.95);
  });

  it('lines at different delays with jitter', () => {
    const lines = [
      { name: 'dsl', rate: 16 * M, rtt: 0.03 },
      { name: 'lte', rate: 12 * M, rtt: 0.06, jitter: 0.01 },
    ];
    const run = playLearning({ lines, seconds: 60 });
    expect(used(run, [16, 12], 10)).toBeGreaterThan(0.95);
  });

  it('equal lines keep equal shares, and the table is seldom replaced', () => {
    for (const seed of [1, 2, 3]) {
      const run = playLearning({ lines: linesOf([12, 12]), seconds: 180, seed });
      const shares = run.rates.slice(15).map((rates) => {
        const [a, b] = [rates.get('line0') ?? 1, rates.get('line1') ?? 1];
        return a / (a + b);
      });
      expect(Math.min(...shares)).toBeGreaterThan(0.475);
      expect(Math.max(...shares)).toBeLessThan(0.525);
      expect(run.changes).toBeLessThan(45);
    }
  });

  it('equal lines of different round trips keep equal shares', () => {
    const lines = [15, 25, 35, 45].map((rtt, index) => ({
      ...{ name: `line${index}`, rate: 6 * M, rtt: rtt / 1000 },
    }));
    for (const seed of [1, 2, 3]) {
      const run = playLearning({ lines, seconds: 120, seed });
      for (const rates of run.rates.slice(20))
        expect(Math.max(...rates.values()) / Math.min(...rates.values())).toBeLessThan(1.07);
      expect(used(run, [6, 6, 6, 6], 20)).toBeGreaterThan(0.97);
    }
  });

  it('follows a line that falls from 10 to 3 Mbit/s and recovers', () => {
    const change = (time: number, lines: ReadonlyMap<string, LineSpec>): void => {
      const lte = lines.get('line1');
      if (lte !== undefined) lte.rate = (time >= 40 && time < 80 ? 3 : 10) * M;
    };
    const run = playLearning({ lines: linesOf([16, 10]), seconds: 140, change });
    expect(used(run, [16, 10], 15, 40)).toBeGreaterThan(0.95);
    expect(used(run, [16, 3], 45, 80)).toBeGreaterThan(0.95);
    expect(used(run, [16, 10], 105)).toBeGreaterThan(0.95);
  });

  it('gives a line that loses by chance less, until it hurts no more', () => {
    const lines = [
      { name: 'dsl', rate: 16 * M, rtt: 0.03 },
      { name: 'lte', rate: 12 * M, rtt: 0.06, jitter: 0.01, loss: 0.005 },
    ];
    const run = playLearning({ lines, seconds: 180 });
    const alone = 16 * M * PAYLOAD;
    expect(meanGoodput(run.seconds, 60)).toBeGreaterThan(alone * 0.97);
  });
});

describe('seconds that say nothing', () => {
  it('idle lines, and lines that carry little, teach nothing', () => {
    const idle = times(600, [sample('a', 0, 0), sample('b', 0.1, 3)]);
    expect(learned(newLearning(), idle).rates.size).toBe(0);
    const start = fromRates(new Map([['a', 20 * M]]));
    expect(learned(start, idle).rates).toBe(start.rates);
  });

  it('a queue on an idle line teaches nothing: a daemon that stood still looks like one', () => {
    const idle = [sample('a', 0, 25), sample('b', 0.003, 80)];
    expect(learned(newLearning(), times(60, idle)).rates.size).toBe(0);
  });

  it('a line that is late for two seconds in light traffic keeps its rate', () => {
    const start = fromRates(new Map(Object.entries({ a: 16 * M, b: 12 * M })));
    const light = (queue: number) => [sample('a', 0.3, 0), sample('b', 0.2, queue)];
    const late = [...times(5, light(0)), ...times(2, light(90))];
    expect(learned(start, [...late, ...late, ...late]).rates).toBe(start.rates);
    expect(learned(newLearning(), late).rates.size).toBe(0);
  });

  it('a line that has become very slow is found so after two seconds more', () => {
    const start = fromRates(new Map(Object.entries({ a: 16 * M, b: 12 * M })));
    const slow = [sample('a', 0.6, 0), sample('b', 0.5, 200)];
    const rateAfter = (seconds: number) => learned(start, times(seconds, slow)).rates.get('b') ?? 0;
    expect(rateAfter(2)).toBe(12 * M);
    expect(rateAfter(8)).toBeLessThan(1.5 * M);
    const slowest = times(8, [sample('a', 0.1, 0), sample('b', 0.12, 200)]);
    expect(learned(newLearning(), slowest).rates.get('b')).toBeLessThan(0.2 * M);
  });

  it('a line without figures is left alone', () => {
    const none = { deliveredTx: null, queueTx: null };
    const state = learned(newLearning(), times(30, [sample('a', 5, 70), sample('b', 9, 70, none)]));
    expect([...state.rates.keys()]).toEqual(['a']);
  });

  it('a line that is left out is not raised', () => {
    const start = fromRates(new Map(Object.entries({ a: 10 * M, b: 10 * M })));
    const state = learned(start, times(60, [sample('a', 10, 70), sample('b', 0, 0)]));
    expect(state.rates.get('b')).toBe(10 * M);
  });

  it('where the shares do not follow, a rate is not raised for ever', () => {
    const state = learned(newLearning(), times(300, [sample('a', 5, 70), sample('b', 5, 0)]));
    expect(state.rates.get('b')).toBeLessThan(12 * M);
  });

  it('the first second in which a line is full is half a second', () => {
    const none = { deliveredTx: null };
    const begun = [sample('a', 0.8, 30), sample('b', 0.8, 30, none)];
    const state = learned(newLearning(), [
      begun,
      ...times(3, [sample('a', 3, 60), sample('b', 3, 60)]),
    ]);
    expect(state.rates.get('a')).toBeCloseTo(state.rates.get('b') ?? 0);
  });

  it('a line that comes back keeps its rate, though it carried nothing for most of a second', () => {
    const start = fromRates(new Map(Object.entries({ a: 6 * M, b: 6 * M })));
    const dead = [sample('a', 6, 60), sample('b', 0, 0)];
    const back = [sample('a', 6, 60), sample('b', 0.25, 30)];
    const state = learned(start, [
      ...times(3, dead),
      back,
      ...times(3, [sample('a', 6, 60), sample('b', 6, 20)]),
    ]);
    expect(state.rates).toBe(start.rates);
  });

  it('the second in which a line comes back says nothing of it, nor does the next', () => {
    const silent = sample('b', 0, 0, { deliveredTx: null, queueTx: null });
    const seconds = [sample('b', 6, 0), silent, sample('b', 0.6, 60), sample('b', 6, 60)];
    /** Until after so many seconds; `told` that it was not in use in the second and the third. */
    const rateOf = (count: number, told: boolean): number | undefined => {
      const out = (index: number) => new Set(told && [1, 2].includes(index) ? ['b'] : []);
      return seconds
        .slice(0, count)
        .reduce(
          (state, b, index) => learn(state, [sample('a', 6, 60), b], index * 1_000, out(index)),
          newLearning(),
        )
        .rates.get('b');
    };
    expect(rateOf(3, false)).toBeLessThan(M);
    expect(rateOf(3, true)).toBeUndefined();
    expect(rateOf(4, true)).toBeUndefined();
  });

  it('raises a line that loses by chance while another one has the queue', () => {
    const losing = { lossTx: 0.005, lostTx: 1 };
    const easy = times(20, [sample('a', 2, 0), sample('b', 2, 0)]);
    const held = times(20, [sample('a', 2, 40), sample('b', 2, 0, losing)]);
    const { rates } = learned(newLearning(), [...easy, ...held]);
    expect((rates.get('b') ?? 0) / (rates.get('a') ?? 1)).toBeGreaterThan(1.2);
  });

  it('what a download sends back teaches nothing of a line that loses some of it', () => {
    const start = fromRates(new Map(Object.entries({ a: 2 * M, b: 4 * M })));
    const lost = { lossTx: 0.005, lostTx: 1 };
    const back = (rxRate: number): LineSample[] => [
      sample('a', 0.2, 0, { rxRate }),
      sample('b', 0.3, 0, { ...lost, rxRate: 0 }),
    ];
    expect(learned(start, times(60, back(14 * M))).rates).toBe(start.rates);
    expect(learned(start, times(60, back(0))).rates.get('b')).toBeLessThan(1 * M);
    const burst = [sample('a', 0.2, 40, { rxRate: 14 * M }), sample('b', 0.3, 0)];
    expect(learned(start, times(60, burst)).rates).toBe(start.rates);
  });

  it('a line whose packets are sent twice begins with exactly half, and later with the whole', () => {
    const known = fromRates(new Map(Object.entries({ a: 16 * M, b: 12 * M })));
    expect(turnTo(known, new Map())).toBe(known);
    const half = turnTo(known, new Map([['b', 6 * M]]));
    expect(half.rates).toEqual(new Map(Object.entries({ a: 16 * M, b: 6 * M })));
    expect(turnTo(half, new Map([['b', 12 * M]])).rates).toEqual(known.rates);
  });

  it('a line that is tried again is raised in small steps while it loses, in large ones else', () => {
    const known = fromRates(new Map(Object.entries({ a: 16 * M, b: 12 * M })));
    expect(tryAgain(known, new Map())).toBe(known);
    expect(tryAgain(known, new Map([['b', 20 * M]])).rates.get('b')).toBe(12 * M);
    const small = tryAgain(known, new Map([['b', M]]));
    expect(small.rates).toEqual(new Map(Object.entries({ a: 16 * M, b: M })));
    const reached = (lostTx: number, queue: number): number => {
      let state = small;
      for (let second = 0; second < 20; second += 1) {
        const share = (state.rates.get('b') ?? 0) / M / 1.046;
        const b = sample('b', share, 0, { lostTx: second % 8 === 0 ? lostTx : 0 });
        state = learn(state, [sample('a', 15.3, queue), b], second * 1000);
      }
      return (state.rates.get('b') ?? 0) / M;
    };
    expect(reached(1, 25)).toBeLessThan(3);
    expect(reached(0, 25)).toBeGreaterThan(8);
    // The sender bears it: it keeps a long queue in front of the other line.
    expect(reached(1, 60)).toBeGreaterThan(8);
  });

  it('one lost packet in light traffic changes nothing', () => {
    const start = fromRates(new Map(Object.entries({ a: 16 * M, b: 12 * M })));
    const light = times(10, [sample('a', 0.2, 0), sample('b', 0.2, 0, { lossTx: 0.01 })]);
    const lost = [sample('a', 0.2, 0), sample('b', 0.2, 0, { lossTx: 0.01, lostTx: 1 })];
    expect(learned(start, [lost, ...light]).rates).toBe(start.rates);
  });
});

describe('rates that are given out', () => {
  it('small changes keep the map, large ones make another', () => {
    const start = fromRates(new Map([['a', 10 * M]]));
    expect(learned(start, times(5, [sample('a', 9.9, 70)])).rates).toBe(start.rates);
    const after = learned(start, times(5, [sample('a', 6, 70)]));
    expect(after.rates.get('a')).toBeLessThan(7 * M);
  });

  it('no line falls to nothing', () => {
    const start = fromRates(new Map(Object.entries({ a: 100 * M, b: 10 * M })));
    const dead = [sample('a', 100, 70), sample('b', 0, 70)];
    expect(learned(start, times(60, dead)).rates.get('b')).toBeGreaterThanOrEqual(0.9 * M);
  });

  it('what is no rate is not taken', () => {
    const rates = new Map(Object.entries({ a: Number.NaN, b: 0, c: -1, d: 5 * M }));
    expect([...fromRates(rates).rates]).toEqual([['d', 5 * M]]);
  });

  it('are rates whatever the figures are', () => {
    const figure = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: null });
    const any = fc.record({
      link: fc.constantFrom('a', 'b', 'c'),
      queueTx: figure,
      queueTxMax: figure,
      jitter: figure,
      deliveredTx: figure,
      lossTx: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
      lostTx: fc.option(fc.integer({ min: -5, max: 500 }), { nil: null }),
    });
    const seconds = fc.array(fc.uniqueArray(any, { selector: ({ link }) => link }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(seconds, (played) => {
        const state = learned(
          newLearning(),
          played.map((one) =>
            one.map((figures) => ({ ...sample(figures.link, 1, 0), ...figures })),
          ),
        );
        for (const rate of state.rates.values()) {
          expect(Number.isFinite(rate)).toBe(true);
          expect(rate).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
