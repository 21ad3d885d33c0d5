import { describe, expect, it } from 'vitest';
import { newParking, park } from '../../../backend/src/monitor/parking.ts';
import { meanGoodput, play } from './simulation/bond.ts';
import type { LineSpec } from './simulation/lines.ts';
import { type Parked, type ParkRun, playParking } from './simulation/parking.ts';
import { inputOf } from './simulation/seconds.ts';

const M = 1_000_000;

const dsl = (rate: number): LineSpec => ({ name: 'dsl', rate: rate * M, rtt: 0.03 });
const lte = (rate: number, loss: number): LineSpec => ({
  name: 'lte',
  rate: rate * M,
  rtt: 0.06,
  jitter: 0.01,
  loss,
});

/** Mbit/s of the best line alone. */
function bestAlone(lines: readonly LineSpec[]): number {
  const alone = lines.map((line) => {
    const weights = new Map([[line.name, 1]]);
    return meanGoodput(play({ lines, seconds: 60, weights, decide: () => weights }), 10);
  });
  return Math.max(...alone) / M;
}

const run = (lines: readonly LineSpec[], more: Partial<ParkRun> = {}): Parked =>
  playParking({ lines, seconds: 200, configured: true, ...more });

const goodput = ({ seconds }: Parked, from = 0, to?: number): number =>
  meanGoodput(seconds, from, to) / M;

/** Part of the seconds in which a link was parked. */
const parkedPart = ({ parked }: Parked, name: string): number =>
  parked.filter((names) => names.includes(name)).length / parked.length;

describe('one connection over 16 + 12 Mbit/s', () => {
  it('parks a line that loses 0.5 %: it would cost half of what the clean one brings', () => {
    const lines = [dsl(16), lte(12, 0.005)];
    const without = run(lines, { enabled: false });
    expect(goodput(without, 10)).toBeLessThan(9);
    for (const seed of [1, 2, 3]) {
      const parked = run(lines, { seed });
      expect(parked.parked.findIndex((names) => names.includes('lte'))).toBeLessThan(30);
      expect(parkedPart(parked, 'lte')).toBeGreaterThan(0.75);
      expect(goodput(parked, 30)).toBeGreaterThan(bestAlone(lines) * 0.95);
      expect(parked.texts[0]).toMatch(
        /link 'lte': parked, this end sends nothing through it: \d(\.\d)? % of its packets are lost, which would cut what one connection gets over the bond to \d+(\.\d)? Mbit\/s; tried again after 2 min, or sooner when it seems to have mended$/,
      );
    }
  });

  it('pauses grow while it stays as it is', () => {
    const { texts } = run([dsl(16), lte(12, 0.005)], { seconds: 400 });
    expect(texts.slice(0, 3).map((text) => /after (.*),/.exec(text)?.[1])).toEqual([
      '2 min',
      '4 min',
      '8 min',
    ]);
  });

  it.each([0, 0.0001])('does not park a line that loses %d', (loss) => {
    for (const seed of [1, 2, 3]) {
      const used = run([dsl(16), lte(12, loss)], { seed });
      expect(used.texts).toEqual([]);
      expect(goodput(used, 20)).toBeGreaterThan(24);
    }
  });

  it('tries it again at little cost where shares are learned', () => {
    const lines = [dsl(16), lte(12, 0.005)];
    const after = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => {
      const learned = run(lines, { seed, configured: false, seconds: 70 });
      const parkedAt = learned.parked.findIndex((names) => names.length > 0);
      const backAt = learned.parked.findIndex((names, at) => at > parkedAt && names.length === 0);
      if (parkedAt < 0) return [];
      expect(backAt - parkedAt).toBe(30);
      return [goodput(learned, backAt, backAt + 20)];
    });
    expect(after.length).toBeGreaterThan(4);
    const mean = after.reduce((sum, rate) => sum + rate, 0) / after.length;
    expect(mean).toBeGreaterThan(bestAlone(lines) * 0.99);
  });

  it.each([true, false])('is back for good when it is clean; rates given: %s', (configured) => {
    const change = (time: number, specs: ReadonlyMap<string, LineSpec>): void => {
      const line = specs.get('lte');
      if (line !== undefined) line.loss = time < 40 ? 0.01 : 0;
    };
    const mended = run([dsl(16), lte(12, 0.01)], { change, configured });
    expect(mended.parked.slice(0, 40).flat()).toContain('lte');
    expect(goodput(mended, 100)).toBeGreaterThan(24);
  });

  it('is not misled by an outage of a second', () => {
    const change = (time: number, specs: ReadonlyMap<string, LineSpec>): void => {
      const line = specs.get('lte');
      if (line !== undefined) line.loss = time === 50 ? 0.9 : 0;
    };
    expect(run([dsl(16), lte(12, 0)], { change }).texts).toEqual([]);
  });

  it('is not misled by queues that overflow', () => {
    const lines = [dsl(20), { ...lte(5, 0), queue: 0.03 }];
    const equal = new Map(lines.map(({ name }) => [name, 1]));
    const texts: string[] = [];
    let state = newParking();
    play({
      lines,
      seconds: 60,
      weights: equal,
      decide: ({ samples, time }) => {
        const rates = new Map([['dsl', 20 * M]]);
        state = park(state, inputOf(samples, { rates }), time * 1000);
        for (const { text } of state.parked.values()) texts.push(text);
        return equal;
      },
    });
    expect(texts).toEqual([]);
  });
});

describe('the better half', () => {
  it.each([
    ['most of the upload is lossy', [dsl(2), lte(4, 0.005)]],
    ['a small clean line beside a large lossy one', [dsl(2), lte(50, 0.001)]],
    [
      'both lossy',
      [
        { ...lte(10, 0.003), rtt: 0.03 },
        { ...dsl(10), loss: 0.003 },
      ],
    ],
  ])('%s: nothing is parked for good', (_, lines) => {
    for (const configured of [true, false]) {
      const used = run(lines, { configured });
      // A connection that is limited by chance varies from run to run.
      expect(goodput(used, 30)).toBeGreaterThan(bestAlone(lines) * 0.9);
    }
  });

  it.each([
    ['one of three', [dsl(10), { ...dsl(10), name: 'dsl2' }, lte(10, 0.005)]],
    ['two of three', [dsl(16), lte(12, 0.01), { ...lte(12, 0.01), name: 'lte2' }]],
    ['much loss', [dsl(16), lte(12, 0.05)]],
  ])('%s: never slower than the best line alone, rates given or not', (_, lines) => {
    for (const configured of [true, false]) {
      const used = run(lines, { configured });
      expect(goodput(used, 40)).toBeGreaterThan(bestAlone(lines) * 0.95);
    }
  });

  it('many connections at once bear loss: then nothing is parked', () => {
    const used = run([dsl(16), lte(12, 0.002)], { flows: 12, seconds: 90 });
    expect(parkedPart(used, 'lte')).toBeLessThan(0.1);
    expect(goodput(used, 20)).toBeGreaterThan(18);
  });

  it('takes a line back when going without it proves worse', () => {
    // The rate given for the clean line is wrong: it brings 4, not 40.
    const lines = [dsl(4), lte(20, 0.002)];
    let state = newParking();
    const weights = new Map(Object.entries({ dsl: 4, lte: 20 }));
    const parked: boolean[] = [];
    play({
      lines,
      seconds: 120,
      weights,
      decide: ({ samples, time }) => {
        const rates = new Map(Object.entries({ dsl: 40 * M, lte: 20 * M }));
        state = park(state, inputOf(samples, { rates, shares: weights }), time * 1000);
        parked.push(state.parked.has('lte'));
        return state.parked.has('lte') ? new Map([['dsl', 1]]) : weights;
      },
    });
    expect(parked).toContain(true);
    expect(parked.filter(Boolean).length).toBeLessThan(40);
    expect(parked.at(-1)).toBe(false);
  });
});
