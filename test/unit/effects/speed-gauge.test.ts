import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Gauge,
  gauge,
  type Reading,
  STALL,
} from '../../../backend/src/effects/speed/gauge.ts';

/** A flow of `rate` bytes a ms from `from` to `to` ms, looked at every 100 ms; all readings. */
function flow(meter: Gauge, from: number, to: number, rate: (ms: number) => number): Reading[] {
  const readings: Reading[] = [];
  for (let ms = from; ms <= to; ms += 10) {
    if (rate(ms) > 0) meter.add(10 * rate(ms), ms);
    if (ms % 100 === 0) readings.push(meter.look(ms));
  }
  return readings;
}

const resultOf = (readings: Reading[]): number | undefined =>
  readings.flatMap((reading) => (reading.state === 'done' ? reading.result : []))[0];

describe('the gauge', () => {
  it('counts from the first byte and leaves out the start of the flow', () => {
    // 2 s of nothing, 1 s of 100 bytes a ms, then 500.
    const readings = flow(gauge(5, 0), 0, 7_000, (ms) => (ms < 2_000 ? 0 : ms < 3_000 ? 100 : 500));
    expect(resultOf(readings)).toBeCloseTo(4_000_000, -5);
    expect(readings.filter(({ state }) => state === 'done')).toHaveLength(1);
    expect(readings.at(-1)?.state).toBe('done');
  });

  it('leaves out no more than a second, and of a short flow 30 %', () => {
    const late = (ms: number): number => (ms < 300 ? 0.1 : 500);
    expect(resultOf(flow(gauge(1, 0), 0, 1_000, late))).toBeCloseTo(4_000_000, -5);
    const soon = (ms: number): number => (ms < 1_000 ? 0.1 : 500);
    expect(resultOf(flow(gauge(30, 0), 0, 30_000, soon))).toBeCloseTo(4_000_000, -5);
  });

  it('tells the rate of the last half second, every half second', () => {
    const readings = flow(gauge(3, 0), 0, 2_000, (ms) => (ms <= 1_000 ? 100 : 200));
    const rates = readings.flatMap((r) => (r.state === 'flowing' && r.rate !== null ? r.rate : []));
    expect(rates).toHaveLength(4);
    expect(rates[1]).toBeCloseTo(800_000, -4);
    expect(rates[3]).toBeCloseTo(1_600_000, -4);
  });

  it('stalls when nothing comes, at first or later', () => {
    const silent = gauge(5, 1_000);
    expect(silent.look(1_000 + STALL)).toEqual({ state: 'flowing', rate: null });
    expect(silent.look(1_001 + STALL)).toEqual({ state: 'stalled' });
    const broken = gauge(30, 0);
    flow(broken, 0, 1_000, () => 100);
    expect(broken.look(1_001 + STALL)).toEqual({ state: 'stalled' });
  });

  it('gives the rate of any steady flow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 1e6 }),
        (seconds, rate) => {
          const result = resultOf(flow(gauge(seconds, 0), 0, seconds * 1_000, () => rate)) ?? 0;
          expect(result / (8_000 * rate)).toBeCloseTo(1, 1);
        },
      ),
      { numRuns: 30 },
    );
  });
});
