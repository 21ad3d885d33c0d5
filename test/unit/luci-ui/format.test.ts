import { describe, expect, test } from 'vitest';
import { bitRate, byteCount, clockTime, duration, percent } from '../../../luci-ui/src/format.ts';

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
      for (const format of [bitRate, byteCount, percent, duration]) expect(format(value)).toBe('–');
    },
  );

  test('clockTime pads', () => {
    expect(clockTime(new Date(2026, 0, 2, 9, 5, 0))).toBe('09:05:00');
  });
});
