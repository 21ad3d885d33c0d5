import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineSample } from '../../../backend/src/monitor/heartbeats.ts';
import { newParking, type ParkInput, park } from '../../../backend/src/monitor/parking.ts';
import { inputOf, limits, played, sample, whyOf } from './simulation/seconds.ts';

const M = 1_000_000;

describe('loss', () => {
  const rates = new Map(Object.entries({ a: 12 * M, b: 12 * M }));
  const losing = (delivered: number): ParkInput =>
    inputOf(
      [
        sample('a', { deliveredTx: delivered * M }),
        sample('b', { deliveredTx: delivered * M, lostTx: 5 }),
      ],
      { rates },
    );

  it('is judged by what goes through, too: no line hurts while more does than without it', () => {
    expect([...played(newParking(), 30, losing(2)).state.parked.keys()]).toEqual(['b']);
    expect(played(newParking(), 30, losing(9)).state.parked.size).toBe(0);
  });

  it('is not proved harmless by what acknowledges an upload', () => {
    const from = (played(newParking(), 30, losing(2)).at ?? 0) + 5;
    const parked = played(newParking(), from, losing(2)).state;
    expect([...parked.parked.keys()]).toEqual(['b']);
    const queue = { queueTx: 60, queueTxMax: 70, deliveredTx: 0.1 * M, txRate: 0.1 * M };
    const acks = (rxRate: number): ParkInput =>
      inputOf([sample('a', { ...queue, rxRate }), sample('b', { deliveredTx: 0, txRate: 0 })], {
        rates,
      });
    expect(played(parked, 15, acks(5 * M), from).state.parked.size).toBe(1);
    expect(played(parked, 15, acks(0), from).state.parked.size).toBe(0);
  });

  it('of what acknowledges a download, or of next to nothing, parks nobody', () => {
    const losing = (more: Partial<LineSample>): ParkInput =>
      inputOf([sample('a', more), sample('b', { ...more, lostTx: 5 })], { rates });
    const acks = losing({ deliveredTx: 0.2 * M, txRate: 0.2 * M, rxRate: 5 * M });
    const idle = losing({ deliveredTx: 0.01 * M, txRate: 0.01 * M });
    for (const harmless of [acks, idle]) {
      const before = played(newParking(), 60, harmless);
      expect(before.at).toBeNull();
      // An upload that begins after it is looked at for some seconds.
      const upload = losing({ deliveredTx: 2 * M, txRate: 2 * M });
      expect(played(before.state, 20, upload, 60).at).toBe(3);
    }
  });

  it('in one bad second is an accident', () => {
    const clean = inputOf([sample('a'), sample('b')], { rates });
    const before = played(newParking(), 10, clean).state;
    const bad = inputOf([sample('a'), sample('b', { lostTx: 300 })], { rates });
    const after = played(before, 1, bad, 10).state;
    expect(played(after, 60, clean, 11).at).toBeNull();
    expect(played(after, 10, bad, 11).at).not.toBeNull();
  });
});

describe('a link that is parked for its loss', () => {
  const rates = new Map(Object.entries({ a: 12 * M, b: 12 * M }));
  const second = (
    more: Partial<LineSample>,
    sharesBy: ParkInput['sharesBy'] = 'weight',
  ): ParkInput =>
    inputOf([sample('a', { deliveredTx: 2 * M }), sample('b', { deliveredTx: 0, ...more })], {
      rates,
      sharesBy,
    });
  /** Seconds after which it is tried, where one heartbeat in so many seconds is lost. */
  const triedAfter = (every: number, sharesBy: ParkInput['sharesBy'] = 'weight'): number | null => {
    const hurt = second({ deliveredTx: 2 * M, lostTx: 5 }, sharesBy);
    let state = newParking();
    let at = 0;
    for (; state.parked.size === 0; at += 1) state = park(state, hurt, at * 1_000);
    for (let waited = 1; waited < 1_000; waited += 1) {
      const lost = waited % every === 0 ? 1 : 0;
      const beats = { sentTx: 0, beatsLostTx: lost };
      state = park(state, second(beats, sharesBy), (at + waited - 1) * 1_000);
      if (state.parked.size === 0) {
        expect([...state.tried.keys()]).toEqual(sharesBy === 'learned' ? ['b'] : []);
        return waited;
      }
    }
    return null;
  };

  it('waits for 2 minutes while heartbeats are lost, and is tried sooner when none is', () => {
    expect(triedAfter(12)).toBe(120);
    // So many heartbeats without a loss that three would have been expected: 36 s at 0.8 %.
    expect(triedAfter(10_000)).toBe(36);
  });

  it('waits for 30 s where shares are learned: it begins with a small one', () => {
    expect(triedAfter(12, 'learned')).toBe(30);
  });

  it('is not the same as one that is parked for its delay: no trial by a small share', () => {
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
    const { state } = played(newParking(), 60, slow);
    const back = played(state, 200, inputOf([sample('a'), sample('b')]), 60).state;
    expect(back.parked.size).toBe(0);
    expect(back.tried.size).toBe(0);
  });
});

describe('delay', () => {
  it('parks a satellite beside a fast line, after some seconds', () => {
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
    const { state, at } = played(newParking(), 60, slow);
    expect(at).toBeGreaterThan(10);
    expect(whyOf(state)).toContain('its round trip is 618 ms, that of the others 28 ms');
    expect(state.refused.size).toBe(0);
  });

  it.each([
    ['50 ms more', sample('b', { rtt: 80 })],
    ['100 ms more and jitter', sample('b', { rtt: 130, jitter: 10 })],
    ['a long queue of its own', sample('b', { rtt: 900, queueTx: 860, queueTxMax: 870 })],
  ])('%s: not parked', (_, other) => {
    expect(played(newParking(), 120, inputOf([sample('a'), other])).state.parked.size).toBe(0);
  });

  it('lines that are all slow are not', () => {
    const all = inputOf([sample('a', { rtt: 600 }), sample('b', { rtt: 700 })]);
    expect(played(newParking(), 120, all).state.parked.size).toBe(0);
  });

  it('a slow line that brings more than the others is not', () => {
    const rates = new Map(Object.entries({ a: 1 * M, b: 50 * M }));
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })], { rates });
    expect(played(newParking(), 120, slow).state.parked.size).toBe(0);
  });

  it('comes back when it is quick again, and not before', () => {
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
    const parked = played(newParking(), 300, slow).state;
    expect([...parked.parked.keys()]).toEqual(['b']);
    const quick = inputOf([sample('a'), sample('b', { rtt: 60 })]);
    expect(played(parked, 400, quick, 300).state.parked.size).toBe(0);
  });
});

describe("the user's limits", () => {
  it('max_loss parks at both ends, whatever the bond loses by it', () => {
    const lossy = sample('b', { lostTx: 5 });
    const allowed = inputOf([sample('a', { lostTx: 5 }), lossy], { limits: limits(0.02, null) });
    expect(played(newParking(), 60, allowed).state.parked.size).toBe(0);
    const beyond = { ...allowed, limits: limits(0.005, null) };
    const { state } = played(newParking(), 60, beyond);
    expect(whyOf(state)).toContain('1 % of its packets are lost, more than option max_loss');
    expect([...state.refused]).toEqual(['b']);
  });

  it("max_loss counts the peer's packets too", () => {
    const deaf = inputOf([sample('a'), sample('b', { loss: 0.05 })], {
      limits: limits(0.01, null),
    });
    expect(whyOf(played(newParking(), 60, deaf).state)).toContain("the other end's packets");
  });

  it('max_latency is about the line, not about a queue on it', () => {
    const slow = sample('b', { rtt: 160 });
    const input = inputOf([sample('a'), slow], { limits: limits(null, 100) });
    expect(whyOf(played(newParking(), 60, input).state)).toContain('option max_latency');
    const full = sample('b', { rtt: 160, queueTx: 90, queueRx: 1 });
    const busy = inputOf([sample('a'), full], { limits: limits(null, 100) });
    expect(played(newParking(), 60, busy).state.parked.size).toBe(0);
  });

  it('the last usable link is never parked', () => {
    const bad = sample('b', { lostTx: 50, rtt: 900 });
    const alone = inputOf([bad], { limits: limits(0.01, 100) });
    expect(played(newParking(), 120, alone).state.parked.size).toBe(0);
    const both = inputOf([sample('a'), bad], { limits: limits(0.01, 100) });
    const parked = played(newParking(), 60, both).state;
    expect(parked.parked.size).toBe(1);
    // The other one dies: a bad line is better than none, at once.
    const left = { ...both, shares: new Map([['b', 1]]) };
    expect(park(parked, left, 60_000).parked.size).toBe(0);
  });
});

describe('what others say', () => {
  it('the peer keeps a link out, and uses it again', () => {
    const input = inputOf([sample('a'), sample('b')]);
    const told = park(newParking(), { ...input, refusedByPeer: new Set(['b']) }, 0);
    expect(whyOf(told)).toContain('at the other end');
    expect(told.refused.size).toBe(0);
    expect(park(told, input, 1000).parked.size).toBe(0);
  });

  it('both ends refuse another link: one stays', () => {
    const refusedByPeer = new Set(['a', 'b']);
    const told = park(newParking(), { ...inputOf([sample('a'), sample('b')]), refusedByPeer }, 0);
    expect(told.parked.size).toBe(1);
  });

  it('option parking 0 takes all back and parks nothing', () => {
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
    const parked = played(newParking(), 60, slow).state;
    expect(parked.parked.size).toBe(1);
    expect(played(parked, 60, { ...slow, enabled: false }).state.parked.size).toBe(0);
  });

  it('a link that is down is not parked, and is tried when it is back', () => {
    const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
    const parked = played(newParking(), 60, slow).state;
    const down = park(parked, { ...slow, shares: new Map([['a', 1]]) }, 60_000);
    expect(down.parked.size).toBe(0);
  });
});

it('the map stays the same object while nothing changes', () => {
  const slow = inputOf([sample('a'), sample('b', { rtt: 620 })]);
  const parked = played(newParking(), 25, slow).state;
  expect(parked.parked.size).toBe(1);
  expect(park(parked, slow, 26_000).parked).toBe(parked.parked);
});

it('leaves one link whatever the figures are', () => {
  const figure = fc.option(fc.double({ min: 0, max: 5000, noNaN: true }), { nil: null });
  const count = fc.option(fc.integer({ min: -3, max: 500 }), { nil: null });
  const any = fc.record({
    rtt: figure,
    jitter: figure,
    queueTx: figure,
    queueTxMax: figure,
    loss: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    sentTx: count,
    lostTx: count,
    deliveredTx: figure,
  });
  const second = fc.record({
    a: any,
    b: any,
    c: any,
    up: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
    told: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
  });
  fc.assert(
    fc.property(fc.array(second, { maxLength: 60 }), (seconds) => {
      let state = newParking();
      for (const [index, { up, told, ...lines }] of seconds.entries()) {
        const samples = Object.entries(lines).map(([link, figures]) => sample(link, figures));
        const input = inputOf(samples, {
          shares: new Map(up.map((name) => [name, 1])),
          limits: limits(0.01, 300),
          refusedByPeer: new Set(told),
        });
        // Ten seconds each, so that evidence grows.
        for (let part = 0; part < 10; part += 1)
          state = park(state, input, (index * 10 + part) * 1000);
        expect(up.some((name) => !state.parked.has(name))).toBe(true);
        for (const name of state.parked.keys()) expect(up).toContain(name);
      }
    }),
  );
});
