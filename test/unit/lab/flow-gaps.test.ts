/** What a disturbance did to a flow, out of a device's counter. */
import { describe, expect, test } from 'vitest';
import {
  bytesAt,
  describeDisturbance,
  type FlowSample,
  longestSilence,
  parseSamples,
  rateBetween,
  recoveryAfter,
  stillAfter,
} from '../../lab/guest/flow-gaps.ts';

/** A counter looked at every 20 ms, to which `rate` (bit/s at a moment in ms) is added. */
function counter(rate: (at: number) => number, until = 4_000): FlowSample[] {
  const samples: FlowSample[] = [{ at: 0, bytes: 1_000 }];
  for (let at = 20; at <= until; at += 20) {
    const before = samples.at(-1)?.bytes ?? 0;
    samples.push({ at, bytes: before + (rate(at) * 20) / 8_000 });
  }
  return samples;
}

/** 24 Mbit/s, silence from 1000 to 1300, 12 Mbit/s after it. */
const KILLED = counter((at) => (at <= 1_000 ? 24e6 : at <= 1_300 ? 0 : 12e6));

test('reads what the sampler printed, without a line that is cut short', () => {
  expect(parseSamples('1000.5 10\n1020.25 2000\n1040.1 40')).toEqual([
    { at: 1000.5, bytes: 10 },
    { at: 1020.25, bytes: 2000 },
  ]);
  expect(parseSamples('1000.5 10 7\n', 1)).toEqual([{ at: 1000.5, bytes: 7 }]);
  expect(parseSamples('')).toEqual([]);
});

test('between two looks bytes came evenly; before and after all of them nothing did', () => {
  const samples = [
    { at: 100, bytes: 500 },
    { at: 120, bytes: 700 },
  ];
  expect([50, 100, 110, 120, 900].map((at) => bytesAt(samples, at))).toEqual([
    ...[500, 500, 600, 700, 700],
  ]);
  expect(bytesAt([], 5)).toBe(0);
});

test('the mean rate of a stretch', () => {
  expect(rateBetween(KILLED, 0, 1_000)).toBeCloseTo(24e6);
  expect(rateBetween(KILLED, 1_000, 1_600)).toBeCloseTo(6e6);
});

describe('silence', () => {
  test('is from the last packets to the next ones', () => {
    const found = longestSilence(KILLED, 900, 4_000);
    expect(found).toBeGreaterThanOrEqual(280);
    expect(found).toBeLessThanOrEqual(320);
  });

  test('a ping now and then does not end it', () => {
    const pings = counter((at) => (at % 200 === 0 ? (98 * 8_000) / 20 : 0), 2_000);
    expect(longestSilence(pings, 0, 2_000)).toBe(2_000);
  });
});

test('a device stands still from its last packet, if for half a second', () => {
  const ends = counter((at) => (at <= 1_200 ? 12e6 : 0), 2_000);
  expect(stillAfter(ends, 1_000, 2_000)).toBe(200);
  expect(stillAfter(ends, 1_000, 1_600)).toBeNull();
  expect(stillAfter(KILLED, 1_000, 4_000)).toBeNull();
});

describe('recovery', () => {
  test('is the first half second that brings enough', () => {
    const found = recoveryAfter(KILLED, 1_000, 4_000, 0.8 * 12e6);
    expect(found).toBeGreaterThanOrEqual(260);
    expect(found).toBeLessThanOrEqual(320);
  });

  test('a single burst is none', () => {
    const burst = counter((at) => (at <= 1_000 || (at > 1_500 && at <= 1_620) ? 24e6 : 0));
    expect(recoveryAfter(burst, 1_000, 4_000, 9e6)).toBeNull();
  });

  test('is 0 where nothing happened, and null where it does not come back', () => {
    expect(recoveryAfter(KILLED, 1_500, 4_000, 9e6)).toBe(0);
    expect(recoveryAfter(KILLED, 1_000, 4_000, 13e6)).toBeNull();
    const all = describeDisturbance(
      counter((at) => (at < 1_000 ? 9e6 : 0)),
      1_000,
      3_000,
      5e6,
    );
    expect(all).toMatchObject({ recovered: null });
    expect(all.silence).toBeGreaterThan(1_900);
  });
});
