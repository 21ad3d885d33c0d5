import { expect, test } from 'vitest';
import { type Frame, readHistory } from '../../../luci-ui/src/charts/series.ts';
import { readingAt, sentence, valueText } from '../../../luci-ui/src/charts/summary.ts';

const link = (name: string, rx: number | null, latency: number | null) => ({
  name,
  rx: [0, rx],
  tx: [0, null],
  latency: [0, latency],
  packetloss: [0, 100],
});

const read = readHistory(
  { step: 1, time: 9, links: [link('wan', 8.02e6, 21.4), link('lte', 4.1e6, null)] },
  2,
);
const frame: Frame = read ?? { step: 1, count: 2, time: 9, links: [] };
const NONE = new Set<string>();

test('a sum where adding up means something', () => {
  expect(readingAt(frame, 'rx', 1, NONE)).toEqual({
    total: 12.12e6,
    parts: [
      { name: 'wan', value: 8.02e6 },
      { name: 'lte', value: 4.1e6 },
    ],
  });
  expect(readingAt(frame, 'latency', 1, NONE).total).toBeNull();
  expect(readingAt(frame, 'tx', 1, NONE).total).toBeNull();
});

test('what is hidden does not count', () => {
  expect(readingAt(frame, 'rx', 1, new Set(['lte']))).toEqual({
    total: 8.02e6,
    parts: [{ name: 'wan', value: 8.02e6 }],
  });
});

test('as a screen reader says it', () => {
  const say = (title: string, figure: 'rx' | 'tx' | 'latency') =>
    sentence(title, figure, readingAt(frame, figure, 1, NONE));
  expect(say('Down', 'rx')).toBe('Down 12.1 Mbit/s: wan 8.02 Mbit/s, lte 4.10 Mbit/s');
  expect(say('Latency', 'latency')).toBe('Latency: wan 21 ms, lte –');
  expect(say('Up', 'tx')).toBe('Up: nothing was measured');
});

test.each([
  ['rx', 950, '950 bit/s'],
  ['latency', 0.42, '0.4 ms'],
  ['latency', 9.99, '10.0 ms'],
  ['latency', 21.4, '21 ms'],
  ['packetloss', 0, '0 %'],
  ['packetloss', 2.5, '2.5 %'],
  ['packetloss', null, '–'],
  ['tx', null, '–'],
] as const)('%s %d', (figure, value, text) => {
  expect(valueText(figure, value)).toBe(text);
});
