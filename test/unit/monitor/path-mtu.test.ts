import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askAnew,
  hearProbed,
  newPath,
  type PathMtu,
  probeDue,
  setLargest,
  takeProbe,
} from '../../../backend/src/monitor/path-mtu.ts';
import { type Bounds, nextSize } from '../../../backend/src/monitor/path-sizes.ts';
import { seeded } from './two-ends.ts';

const LARGEST = 1492;

interface Line {
  /** What really comes through, bytes; may change. */
  truth: number;
  /** Either way, 0 to 1. */
  loss: number;
  rtt: number;
  interval: number;
  /** Nothing comes through either way. */
  cut: boolean;
}

interface Beat {
  at: number;
  echo: number;
  probed: number;
}

/** One end that asks over a line, and a peer that tells; time in steps of 10 ms. */
function world(line: Line, seed = 1, largest = LARGEST) {
  const random = seeded(seed);
  const path = newPath();
  setLargest(path, largest);
  const probes: { at: number; size: number }[] = [];
  let now = 0;
  let there: { at: number; sent: number; size: number }[] = [];
  let here: Beat[] = [];
  const peer = { echo: 0, probed: 0, at: Number.NEGATIVE_INFINITY };
  const arrives = () => !line.cut && random() >= line.loss;
  const send = (size: number): void => {
    if (size <= line.truth && arrives())
      there.push({ at: now + line.rtt / 2, sent: now * 10 || 1, size });
  };
  const step = (): void => {
    for (const { sent, size, at } of there.filter((one) => one.at <= now)) {
      if (size === 76) peer.echo = sent;
      else Object.assign(peer, { probed: size, at });
    }
    there = there.filter(({ at }) => at > now);
    const beats = here.filter(({ at }) => at <= now);
    here = here.filter(({ at }) => at > now);
    for (const { echo, probed } of beats)
      hearProbed(
        path,
        { echo, probed },
        { loss: line.loss, tunnelLoss: null, interval: line.interval },
        now,
      );
    if (now % line.interval === 0) send(76);
    const size = takeProbe(path, now * 10 || 1, now);
    if (size !== null) {
      probes.push({ at: now, size });
      send(size);
    }
    const told = Math.max(2_000, 3 * line.interval);
    const probed = now - peer.at > told ? 0 : peer.probed;
    if (now % line.interval === line.interval - 10 && arrives())
      here.push({ at: now + line.rtt / 2, echo: peer.echo, probed });
  };
  return {
    path,
    line,
    probes,
    run(length: number): void {
      for (const end = now + length; now < end; now += 10) step();
    },
    /** The sizes that were asked for since this time, each once. */
    asked: (since: number) => [
      ...new Set(probes.filter(({ at }) => at >= since).map(({ size }) => size)),
    ],
  };
}

const line = (more: Partial<Line> = {}): Line => {
  return { truth: 1500, loss: 0, rtt: 40, interval: 100, cut: false, ...more };
};

describe('the path of a line', () => {
  it('is asked for the largest packet of the tunnel, once a minute where that comes through', () => {
    const one = world(line());
    one.run(63_000);
    expect(one.path.result).toBe(1492);
    expect(one.probes.map(({ size }) => size)).toEqual([1492]);
    expect(one.probes[0]?.at).toBeGreaterThanOrEqual(3_000);
    one.run(3_000);
    expect(one.probes).toHaveLength(2);
  });

  it('is found to within 4 bytes and never above, whatever is lost by chance', () => {
    const lines = fc.record({
      truth: fc.integer({ min: 628, max: 1600 }),
      loss: fc.double({ min: 0, max: 0.2, noNaN: true }),
      rtt: fc.integer({ min: 0, max: 700 }),
      interval: fc.constantFrom(50, 100, 1_000),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(lines, ({ seed, truth, loss, rtt, interval }) => {
        const one = world(line({ truth, loss, rtt: 20 * Math.round(rtt / 20), interval }), seed);
        for (let at = 0; at < 400_000 && one.path.result === null; at += 1_000) one.run(1_000);
        const most = Math.min(truth, LARGEST);
        expect(one.path.result).toBeLessThanOrEqual(most);
        expect(one.path.result).toBeGreaterThan(most - 4);
      }),
      { numRuns: 200 },
    );
  });

  it('is known within 12 s where it has one of the usual sizes', () => {
    for (const truth of [1280, 1358, 1400, 1420, 1452, 1454, 1472, 1480]) {
      const one = world(line({ truth }));
      one.run(12_000);
      expect(one.path.result).toBe(truth);
    }
  });

  it('waits at least 200 ms between two probes, and sends none while nothing is under way', () => {
    const one = world(line({ truth: 1400 }));
    one.run(12_000);
    const times = one.probes.map(({ at }) => at);
    const steps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(
      Math.min(...steps.filter((_, i) => one.probes[i]?.size === one.probes[i + 1]?.size)),
    ).toBe(200);
    const count = one.probes.length;
    one.run(50_000);
    expect(one.probes).toHaveLength(count);
  });

  it('keeps the smaller result while it asks again, after 60 s, 2 min, 4, 8, 10, 10', () => {
    const one = world(line({ truth: 1400 }));
    one.run(40 * 60_000);
    expect(one.path.result).toBe(1400);
    const firsts = one.probes.filter(({ at, size }, i) => {
      const before = one.probes[i - 1]?.at ?? Number.NEGATIVE_INFINITY;
      return size === LARGEST && at - before > 30_000;
    });
    const minutes = firsts.slice(1).map(({ at }, i) => (at - (firsts[i]?.at ?? 0)) / 60_000);
    expect(minutes.map(Math.round)).toEqual([1, 2, 4, 8, 10, 10]);
    // The largest, what came through, and what did not.
    expect(one.asked((firsts[2]?.at ?? 0) - 10)).toEqual([1492, 1400, 1404]);
  });

  it('follows a line that gets better, or worse', () => {
    const one = world(line({ truth: 1400 }));
    one.run(20_000);
    one.line.truth = 1300;
    one.run(60_000);
    expect(one.path.result).toBe(1300);
    one.line.truth = 1452;
    one.run(150_000);
    expect(one.path.result).toBe(1452);
    one.line.truth = 1500;
    one.run(300_000);
    expect(one.path.result).toBe(1492);
    one.line.truth = 1000;
    one.run(80_000);
    expect(one.path.result).toBeGreaterThan(996);
    expect(one.path.result).toBeLessThanOrEqual(1000);
  });

  it('judges nothing while the line is dead', () => {
    const one = world(line());
    one.run(3_000);
    one.line.cut = true;
    one.run(60_000);
    expect(one.path).toMatchObject({ result: null, search: { bad: null, size: 1492 } });
    expect(one.probes.length).toBeLessThanOrEqual(1);
    one.line.cut = false;
    one.run(5_000);
    expect(one.path.result).toBe(1492);
  });

  it('is not known, and no less than before, where no probe comes at all', () => {
    const one = world(line({ truth: 500 }));
    one.run(10_000);
    expect(one.path).toMatchObject({ result: null, search: null });
    expect(one.asked(0)).toEqual([1492, 628]);
    one.line.truth = 1400;
    one.run(80_000);
    expect(one.path.result).toBe(1400);
    one.line.truth = 500;
    askAnew(one.path);
    one.run(20_000);
    expect(one.path.result).toBe(1400);
  });

  it('takes no word of before for an answer, once the line is another', () => {
    const one = world(line());
    one.run(3_500);
    expect(one.path.result).toBe(1492);
    one.line.truth = 1400;
    askAnew(one.path);
    one.run(30_000);
    expect(one.path.result).toBe(1400);
  });

  it('takes a late answer for what it says', () => {
    const path = bad1492();
    expect(path.search).toMatchObject({ bad: 1492, size: 628 });
    hearProbed(
      path,
      { probed: 1492, echo: 99_999 },
      { loss: 0, tunnelLoss: null, interval: 100 },
      9_000,
    );
    expect(path).toMatchObject({ result: 1492, search: null });
  });

  it('is asked for more often where others are lost as well', () => {
    expect(triesAt(0, null)).toBe(5);
    expect(triesAt(0.05, 0)).toBe(5);
    expect(triesAt(0.2, 0.1)).toBe(8);
    expect(triesAt(0, 0.2)).toBe(8);
    expect(triesAt(0.6, 0)).toBe(12);
  });

  it('is forgotten as a limit when the tunnel may send more, but not what it could not carry', () => {
    const one = world(line({ truth: 1400 }), 1, 1380);
    one.run(5_000);
    expect(one.path.result).toBe(1380);
    setLargest(one.path, 1492);
    expect(one.path.result).toBeNull();
    one.run(20_000);
    expect(one.path.result).toBe(1400);
    setLargest(one.path, 1450);
    expect(one.path.result).toBe(1400);
    setLargest(one.path, null);
    expect(one.path.result).toBeNull();
    expect(probeDue(one.path)).toBe(Number.POSITIVE_INFINITY);
  });

  it('costs a slow line few bytes: nothing for 600 of its heartbeats', () => {
    const one = world(line({ truth: 1400, interval: 10_000 }));
    one.run(30 * 60_000);
    expect(one.path.result).toBe(1400);
    const count = one.probes.length;
    one.run(60 * 60_000);
    expect(one.probes).toHaveLength(count);
  });
});

describe('the next size', () => {
  it('always leads to an end, inside of what is known', () => {
    const bounds = fc.record({
      largest: fc.integer({ min: 628, max: 9_066 }),
      truth: fc.integer({ min: 1, max: 10_000 }),
      hints: fc.array(fc.integer({ min: 1, max: 9_066 }), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(bounds, ({ largest, truth, hints }) => {
        const { good, steps } = walk(truth, largest, hints);
        expect(steps).toBeLessThanOrEqual(22);
        const most = Math.min(truth, largest);
        if (truth < 628) expect(good ?? 0).toBeLessThanOrEqual(truth);
        else expect([0, 1, 2, 3]).toContain(most - (good ?? 0));
      }),
    );
  });
});

/** Asks to the end over a line that loses nothing else. */
function walk(
  truth: number,
  largest: number,
  hints: readonly number[],
): { good: number | null; steps: number } {
  const known: Bounds = { good: null, bad: null };
  for (let steps = 0; ; steps += 1) {
    const size = nextSize(largest, known, hints);
    if (size === null) return { good: known.good, steps };
    expect(size).toBeGreaterThan(known.good ?? 0);
    expect(size).toBeLessThan(known.bad ?? largest + 1);
    if (size <= truth) known.good = size;
    else known.bad = size;
  }
}

/** A search that has just found 1492 to be too long. */
function bad1492(): PathMtu {
  const path = newPath();
  setLargest(path, LARGEST);
  fail(path, 0, null);
  return path;
}

/** Answers all probes of one size with nothing; how many there were. */
function fail(path: PathMtu, loss: number, tunnelLoss: number | null): number {
  const say = (echo: number, now: number): void =>
    hearProbed(path, { probed: 0, echo }, { loss, tunnelLoss, interval: 100 }, now);
  say(0, 0);
  let count = 0;
  for (let now = 3_000; path.search?.bad !== LARGEST; now += 100) {
    if (takeProbe(path, now * 10, now) !== null) count += 1;
    say(now * 10 + 5, now + 50);
  }
  return count;
}

function triesAt(loss: number, tunnelLoss: number | null): number {
  const path = newPath();
  setLargest(path, LARGEST);
  return fail(path, loss, tunnelLoss);
}
