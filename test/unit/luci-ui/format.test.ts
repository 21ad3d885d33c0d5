import { describe, expect, test } from 'vitest';
import {
  bitRate,
  byteCount,
  clockTime,
  duration,
  fullTime,
  loss,
  milliseconds,
  percent,
  shortTime,
} from '../../../luci-ui/src/format.ts';

describe('format', () => {
  test.each([
    [0, '0 bit/s'],
    [0.4, '0 bit/s'],
    [999.4, '999 bit/s'],
    [999.6, '1.00 kbit/s'],
    [1000, '1.00 kbit/s'],
    [9994, '9.99 kbit/s'],
    [9996, '10.0 kbit/s'],
    [99_960, '100 kbit/s'],
    [999_499, '999 kbit/s'],
    [999_600, '1.00 Mbit/s'],
    [93_456_789, '93.5 Mbit/s'],
    [2.5e9, '2.50 Gbit/s'],
    [4e15, '4000 Tbit/s'],
  ])('bitRate(%d) is %s', (bits, text) => expect(bitRate(bits)).toBe(text));

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1024 ** 2 - 1, '1.00 MiB'],
    [1000 * 1024 ** 2, '1000 MiB'],
    [1.2 * 1024 ** 3, '1.20 GiB'],
    [2 ** 60, '1024 PiB'],
  ])('byteCount(%d) is %s', (bytes, text) => expect(byteCount(bytes)).toBe(text));

  test.each([
    [0, '0 %'],
    [0.001, '<1 %'],
    [0.01, '1 %'],
    [0.495, '50 %'],
    [1, '100 %'],
  ])('percent(%d) is %s', (part, text) => expect(percent(part)).toBe(text));

  test.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [3661, '1 h 1 min'],
    [7505, '2 h 5 min'],
    [86_400 + 59, '1 d'],
    [273_600, '3 d 4 h'],
  ])('duration(%d) is %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, '12', null, undefined, {}])(
    'what is no amount (%s) is a dash everywhere',
    (value) => {
      for (const format of [bitRate, byteCount, percent, duration, milliseconds, loss])
        expect(format(value)).toBe('–');
    },
  );

  test.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.94, '9.9 ms'],
    [9.96, '10 ms'],
    [21.4, '21 ms'],
    [1203, '1203 ms'],
  ])('milliseconds(%d) is %s', (ms, text) => expect(milliseconds(ms)).toBe(text));

  test.each([
    [0, '0 %'],
    [0.01, '<0.1 %'],
    [0.4, '0.4 %'],
    [9.96, '10 %'],
    [100, '100 %'],
  ])('loss(%d) is %s', (part, text) => expect(loss(part)).toBe(text));

  test('a time has its date when that is not today', () => {
    const now = new Date(2026, 0, 3, 8, 0, 0);
    expect(shortTime(new Date(2026, 0, 3, 0, 5, 9), now)).toBe('00:05');
    expect(shortTime(new Date(2026, 0, 2, 9, 5, 0), now)).toBe('2026-01-02 09:05');
    expect(fullTime(new Date(2026, 0, 3, 0, 5, 9), now)).toBe('00:05:09');
    expect(fullTime(new Date(2025, 0, 3, 0, 5, 9), now)).toBe('2025-01-03 00:05:09');
  });

  test('clockTime pads', () => {
    expect(clockTime(new Date(2026, 0, 2, 9, 5, 0))).toBe('09:05:00');
  });
});
