import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Series } from '../../../backend/src/status/history.ts';
import {
  append,
  arranged,
  condensed,
  emptyFrame,
  FIGURES,
  type Frame,
  merge,
  readHistory,
  type Sample,
  times,
} from '../../../luci-ui/src/charts/series.ts';

const sample = (name: string, rx_rate: unknown): Sample => ({
  name,
  rx_rate,
  tx_rate: 1,
  latency: null,
  packetloss: 0,
});

const history = (name: string, rx: unknown[]) => ({
  name,
  rx,
  tx: rx,
  latency: rx,
  packetloss: rx,
});

const answer = (links: unknown[], changes: object = {}) => ({
  span: 5,
  step: 1,
  time: 1000,
  links,
  ...changes,
});

const frame = (time: number, rx: Series, name = 'wan'): Frame => {
  const read = readHistory(answer([history(name, rx)], { time }), rx.length);
  if (!read) throw new Error('unfit');
  return read;
};

const rxOf = ({ links }: Frame, name = 'wan') => links.find((link) => link.name === name)?.rx;

describe('readHistory', () => {
  test('fills short series up at their beginning, and takes what is no amount for nothing', () => {
    const read = readHistory(answer([history('wan', [1, 'x', -2, Number.NaN])]), 5);
    expect(read).toMatchObject({ step: 1, count: 5, time: 1000 });
    expect(read && rxOf(read)).toEqual([null, 1, null, null, null]);
  });

  test.each([
    ['nothing', null],
    ['a list', []],
    ['a step of 0', answer([], { step: 0 })],
    ['a step that is no number', answer([], { step: '1' })],
    ['a step longer than the span', answer([], { step: 5 })],
    ['no time', answer([], { time: null })],
    ['links that are no list', answer([], { links: {} })],
    ['a link without a name', answer([{ ...history('x', [1]), name: 1 }])],
    ['a link without latency', answer([{ ...history('x', [1]), latency: undefined }])],
    ['series of different lengths', answer([{ ...history('x', [1]), tx: [1, 2] }])],
    ['more entries than the span has', answer([history('x', [1, 2, 3, 4, 5, 6])])],
    ['a name twice', answer([history('x', [1]), history('x', [1])])],
    ['65 links', answer(Array.from({ length: 65 }, (_, index) => history(`l${index}`, [1])))],
  ])('refuses %s', (_what, value) => {
    expect(readHistory(value, 5)).toBeNull();
  });

  test('refuses more entries than a chart could ever show', () => {
    expect(readHistory(answer([]), 1001)).toBeNull();
  });

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(180, 86400), (value, span) => {
        const read = readHistory(value, span);
        expect(read === null || read.count > 1).toBe(true);
      }),
    );
  });
});

describe('append', () => {
  test('moves on by a second, and keeps its length', () => {
    const next = append(frame(1000, [1, 2, 3]), [sample('wan', 4)], 1001);
    expect(next.time).toBe(1001);
    expect(rxOf(next)).toEqual([2, 3, 4]);
  });

  test('a second sample in the same second takes the place of the first', () => {
    const next = append(frame(1000, [1, 2, 3]), [sample('wan', 4)], 1000.1);
    expect(next.time).toBe(1000);
    expect(rxOf(next)).toEqual([1, 2, 4]);
  });

  test('a sample that comes early is one of the next second', () => {
    const next = append(frame(1000, [1, 2, 3]), [sample('wan', 4)], 1000.3);
    expect(next.time).toBe(1001);
    expect(rxOf(next)).toEqual([2, 3, 4]);
  });

  test('jitter makes no holes: samples 0.6 to 1.4 s apart fill each second', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.6, max: 1.4, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (gaps) => {
          let time = 1000;
          let last = emptyFrame(60, 1, time);
          for (const gap of gaps) {
            time += gap;
            last = append(last, [sample('wan', 5)], time);
          }
          const rx = rxOf(last) ?? [];
          const first = rx.indexOf(5);
          expect(rx).toHaveLength(60);
          expect(rx.slice(first).every((value) => value === 5)).toBe(true);
          expect(Math.abs(last.time - time)).toBeLessThan(2);
        },
      ),
    );
  });

  test('a slow answer is no gap, silence is', () => {
    const start = frame(1000, [1, 1, 1, 1, 1, 1]);
    expect(rxOf(append(start, [sample('wan', 7)], 1003))).toEqual([1, 1, 1, 7, 7, 7]);
    expect(rxOf(append(start, [sample('wan', 7)], 1005))).toEqual([1, null, null, null, null, 7]);
    expect(rxOf(append(start, [], 1002))).toEqual([1, 1, 1, 1, null, null]);
  });

  test('after longer than the frame nothing of before is left', () => {
    const next = append(frame(1000, [1, 2, 3]), [sample('wan', 4)], 99_000);
    expect(rxOf(next)).toEqual([null, null, 4]);
    expect(next.time).toBe(99_000);
  });

  test('goes on where a clock that was set back stands', () => {
    const next = append(frame(1000, [1, 2, 3]), [sample('wan', 4)], 500);
    expect(next.time).toBe(500);
    expect(rxOf(next)).toEqual([2, 3, 4]);
  });

  test('links come and go; what is no rate is nothing', () => {
    const next = append(frame(1000, [1, 2]), [sample('lte', 'x')], 1001);
    expect(next.links.map(({ name }) => name)).toEqual(['lte', 'wan']);
    expect(rxOf(next)).toEqual([2, null]);
    expect(rxOf(next, 'lte')).toEqual([null, null]);
  });

  test('neither time nor names make it grow', () => {
    let last = emptyFrame(10, 1, 0);
    for (let time = 1; time < 300; time += 1) last = append(last, [sample(`l${time}`, 1)], time);
    expect(last.links.length).toBeLessThanOrEqual(64);
    expect(last.links.every((link) => FIGURES.every((figure) => link[figure].length === 10))).toBe(
      true,
    );
  });
});

describe('merge', () => {
  test('the daemon fills the gaps of the page, the page what came since', () => {
    const remembered = frame(1002, [1, 2, 3, 4]);
    const seen = frame(1003, [null, null, 33, 44]);
    const both = merge(remembered, seen);
    expect(both.time).toBe(1003);
    expect(rxOf(both)).toEqual([2, 3, 4, 44]);
  });

  test('a daemon that has forgotten takes nothing away', () => {
    const both = merge(frame(1003, [null, null, null, 9]), frame(1002, [1, 2, 3, 4]));
    expect(rxOf(both)).toEqual([2, 3, 4, 9]);
  });

  test('links of both, those of the page first', () => {
    const both = merge(frame(1000, [1, 2], 'old'), frame(1000, [3, 4], 'wan'));
    expect(both.links.map(({ name }) => name)).toEqual(['wan', 'old']);
    expect(rxOf(both, 'old')).toEqual([1, 2]);
  });
});

test('arranged: in the order of the names, new ones empty, old ones while they are seen', () => {
  const three = merge(
    frame(1000, [1, 2], 'a'),
    merge(frame(1000, [3, 4], 'b'), frame(1000, [null, null], 'c')),
  );
  const next = arranged(three, ['new', 'b']);
  expect(next.links.map(({ name }) => name)).toEqual(['new', 'b', 'a']);
  expect(rxOf(next, 'new')).toEqual([null, null]);
});

test('condensed: means of what was measured, latest last', () => {
  const next = condensed(frame(1000, [null, 1, null, 3, 5, 7]), 2, 2);
  expect(next).toMatchObject({ step: 2, count: 2, time: 1000 });
  expect(rxOf(next)).toEqual([3, 6]);
  expect(rxOf(condensed(frame(1000, [1, null, null]), 2, 2))).toEqual([1, null]);
});

test('times: the last is that of the frame', () => {
  expect(times(emptyFrame(3, 300, 9000))).toEqual([8400, 8700, 9000]);
});
