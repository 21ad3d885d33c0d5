import { describe, expect, it } from 'vitest';
import type { LineSample } from '../../../backend/src/monitor/heartbeats.ts';
import { newParking, type ParkInput, park } from '../../../backend/src/monitor/parking.ts';
import { meanGoodput } from './simulation/bond.ts';
import type { LineSpec } from './simulation/lines.ts';
import { type Parked, type ParkRun, playParking } from './simulation/parking.ts';
import { inputOf, played, sample } from './simulation/seconds.ts';

const M = 1_000_000;

const dsl: LineSpec = { name: 'dsl', rate: 16 * M, rtt: 0.03 };
const lte = (loss: number): LineSpec => ({
  name: 'lte',
  rate: 12 * M,
  rtt: 0.06,
  jitter: 0.01,
  loss,
});

/** Mbit/s that the first line brings alone; with half of the second it would be 20.2. */
const ALONE = 14.7;

const run = (line: LineSpec, more: Partial<ParkRun> = {}): Parked =>
  playParking({ lines: [dsl, line], seconds: 90, configured: true, copies: true, ...more });

const goodput = ({ seconds }: Parked, from: number, to?: number): number =>
  meanGoodput(seconds, from, to) / M;

describe('one connection over 16 + 12 Mbit/s, the second of which loses 0.5 %', () => {
  it('has half of that one, too, where each of its packets is sent twice', () => {
    for (const seed of [1, 2]) {
      const seen = run(lte(0.005), { seed });
      expect(seen.parked.flat()).toEqual([]);
      expect(seen.twice.at(-1)).toEqual(['lte']);
      expect(goodput(seen, 30)).toBeGreaterThan(ALONE * 1.3);
      expect(seen.texts).toHaveLength(1);
      expect(seen.texts[0]).toMatch(
        /^\d+ link 'lte': each of its packets is sent twice, so half as much goes over it: 0\.\d % of its packets are lost, which would cut what one connection gets over the bond to \d+(\.\d)? Mbit\/s$/,
      );
    }
  });

  it('has it also where the rates are learned: once that of the other line is', () => {
    const seen = run(lte(0.005), { configured: false });
    const parkedAt = seen.parked.findIndex((names) => names.length > 0);
    const twiceAt = seen.twice.findIndex((names) => names.length > 0);
    expect(parkedAt).toBeGreaterThan(0);
    expect(twiceAt - parkedAt).toBe(7);
    expect(goodput(seen, 30)).toBeGreaterThan(ALONE * 1.3);
  });

  it('has it though no more was ever seen of the line than what its loss leaves', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const seen = run(lte(0.005), { configured: false, seed, seconds: 60 });
      expect(goodput(seen, 30), `seed ${seed}`).toBeGreaterThan(ALONE * 1.3);
    }
  });

  it('has all of both some time after the loss has ended', () => {
    const change = (time: number, specs: ReadonlyMap<string, LineSpec>): void => {
      const line = specs.get('lte');
      if (line !== undefined) line.loss = time < 40 ? 0.01 : 0;
    };
    for (const configured of [true, false]) {
      const mended = run(lte(0.01), { change, configured, seconds: 160 });
      expect(mended.twice[39]).toEqual(['lte']);
      expect(mended.twice.at(-1)).toEqual([]);
      expect(goodput(mended, 140)).toBeGreaterThan(24);
    }
  });
});

describe('sending each packet twice', () => {
  it('is for a line that costs something, though going without it would gain nothing', () => {
    const lines = [dsl, lte(0.002)];
    const once = playParking({ lines, seconds: 60, configured: true });
    expect(once.parked.flat()).toEqual([]);
    const twice = run(lte(0.002), { seconds: 60 });
    expect(goodput(twice, 30)).toBeGreaterThan(goodput(once, 30) * 1.1);
  });

  it.each([0, 0.0001])('is not for a line that loses %d', (loss) => {
    const clean = run(lte(loss));
    expect(clean.texts).toEqual([]);
    expect(goodput(clean, 20)).toBeGreaterThan(24);
  });

  it('helps nobody where packets are lost in rows: the link is left out, and that is not tried again', () => {
    const rows = run({ ...lte(0.02), burst: 20 }, { seconds: 120 });
    const isTwice = rows.twice.map((names) => names.length > 0);
    const begun = isTwice.indexOf(true);
    expect(begun).toBeGreaterThan(0);
    const ended = isTwice.indexOf(false, begun);
    expect(ended - begun).toBeLessThan(30);
    expect(isTwice.lastIndexOf(true)).toBe(ended - 1);
    expect(rows.parked[ended]).toEqual(['lte']);
  });

  it('is not for the larger part of an upload: the half would be less than what the loss leaves', () => {
    const lines = [
      { ...dsl, rate: 2 * M },
      { ...lte(0.005), rate: 4 * M },
    ];
    const upload = playParking({ lines, seconds: 60, configured: true, copies: true });
    expect(upload.texts).toEqual([]);
  });

  it('is not for many connections at once, which bear the loss', () => {
    const many = run(lte(0.002), { flows: 12, seconds: 60 });
    expect(many.twice.flat()).toEqual([]);
    expect(goodput(many, 20)).toBeGreaterThan(18);
  });
});

describe('whether it may be', () => {
  const rates = new Map(Object.entries({ a: 12 * M, b: 12 * M }));
  const second = (input: Partial<ParkInput>, more: Partial<LineSample> = {}): ParkInput =>
    inputOf([sample('a', { deliveredTx: 2 * M }), sample('b', { deliveredTx: 2 * M, ...more })], {
      rates,
      sharesBy: 'learned',
      mayCopy: new Set('b'),
      ...input,
    });
  const losing = (input: Partial<ParkInput> = {}): ParkInput => second(input, { lostTx: 5 });
  const half = new Map(Object.entries({ a: 12 * M, b: 6 * M }));

  it.each([
    ['the option, or the kernel, does not let it', { mayCopy: new Set<string>() }],
    ['the shares are given as weights', { sharesBy: 'weight' as const }],
    ['the rate of the other line is not known', { rates: new Map([['b', 12 * M]]) }],
  ])('not where %s: then the link is parked', (_, input) => {
    const { state } = played(newParking(), 6, losing(input));
    expect([...state.parked.keys()]).toEqual(['b']);
    expect(state.twice.size).toBe(0);
  });

  it('takes a rate that is given for what the line carries, and one that is learned for the least of it', () => {
    const slow = new Map(Object.entries({ a: 12 * M, b: M }));
    const given = played(newParking(), 6, losing({ rates: slow, sharesBy: 'rate' })).state;
    expect([...given.parked.keys()]).toEqual(['b']);
    expect(given.twice.size).toBe(0);
    const learned = played(newParking(), 6, losing({ rates: slow })).state;
    expect([...learned.twice.keys()]).toEqual(['b']);
    expect(learned.parked.size).toBe(0);
  });

  it('begins with half of the rate, and ends with the whole when it may not be any more', () => {
    let state = newParking();
    let at = 0;
    for (; state.twice.size === 0 && at < 20; at += 1) state = park(state, losing(), at * 1_000);
    expect(state.turned).toEqual(new Map([['b', 6 * M]]));
    const { twice } = state;
    state = park(state, second({ rates: half }), at * 1_000);
    expect(state.twice).toBe(twice);
    expect(state.turned.size).toBe(0);
    state = park(state, second({ rates: half, mayCopy: new Set() }), (at + 1) * 1_000);
    expect(state.twice.size).toBe(0);
    expect(state.turned).toEqual(new Map([['b', 12 * M]]));
  });

  it('ends when the line seems to have mended, by heartbeats, which are sent once', () => {
    /** Seconds after which it ends, where one heartbeat in so many seconds is lost. */
    const endedAfter = (every: number): number | null => {
      let state = newParking();
      let at = 0;
      for (; state.twice.size === 0 && at < 20; at += 1) state = park(state, losing(), at * 1_000);
      for (let waited = 1; waited < 300; waited += 1) {
        const beats = second({ rates: half }, { beatsLostTx: waited % every === 0 ? 1 : 0 });
        state = park(state, beats, (at + waited - 1) * 1_000);
        expect(state.parked.size).toBe(0);
        if (state.twice.size === 0) return waited;
      }
      return null;
    };
    expect(endedAfter(12)).toBeNull();
    // So many that six losses would have been expected: 62 s at 1 %.
    expect(endedAfter(10_000)).toBe(62);
  });

  it('ends for a trial in the middle of much traffic, later each time: some senders bear the loss', () => {
    const more = { sharesBy: 'learned' as const, mayCopy: new Set('b') };
    const busy = (queue: number): ParkInput => {
      const full = { queueTx: queue, queueTxMax: queue + 10, deliveredTx: 5 * M };
      const lossy = { ...full, beatsLostTx: 1 };
      return inputOf([sample('a', full), sample('b', lossy)], { ...more, rates: half });
    };
    let state = newParking();
    let at = 0;
    const begin = (): void => {
      const end = at + 40;
      for (; state.twice.size === 0 && at < end; at += 1) state = park(state, losing(), at * 1_000);
      expect(state.twice.size).toBe(1);
    };
    /** Seconds until it ends. */
    const waited = (queue: number, most: number): number | null => {
      const from = at;
      for (; state.twice.size === 1 && at < from + most; at += 1)
        state = park(state, busy(queue), at * 1_000);
      return state.twice.size === 1 ? null : at - from;
    };
    begin();
    expect(waited(60, 600)).toBe(120);
    begin();
    expect(waited(0, 500)).toBeNull();
    // So long it has been waited already, but for the traffic.
    expect(waited(60, 600)).toBe(10);
  });

  it('ends where less goes through than before, though all lines are full', () => {
    let state = newParking();
    let at = 0;
    for (; state.twice.size === 0 && at < 20; at += 1) state = park(state, losing(), at * 1_000);
    const full = { queueTx: 60, queueTxMax: 70, deliveredTx: 1.5 * M };
    const worse = inputOf([sample('a', full), sample('b', full)], {
      ...{ rates: half, sharesBy: 'learned' as const, mayCopy: new Set('b') },
    });
    expect(played(state, 6, worse, at).state.twice.size).toBe(1);
    const after = played(state, 9, worse, at).state;
    expect(after.twice.size).toBe(0);
    expect(after.parked.size).toBe(0);
  });
});
