import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaleFor, tickText, timeTicks } from '../../../luci-ui/src/charts/axis.ts';
import { linkColour } from '../../../luci-ui/src/charts/colour.ts';
import { type Cursor, cursorIndex, moved } from '../../../luci-ui/src/charts/cursor.ts';
import { emptyFrame } from '../../../luci-ui/src/charts/series.ts';
import { largest, stack, sum } from '../../../luci-ui/src/charts/stack.ts';

const value = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: null });
const layers = fc.integer({ min: 1, max: 20 }).chain((length) =>
  fc.array(fc.array(value, { minLength: length, maxLength: length }), {
    minLength: 1,
    maxLength: 8,
  }),
);

describe('stack', () => {
  test('the top edge is the total, and what nobody measured stays a gap', () => {
    fc.assert(
      fc.property(layers, (rows) => {
        const edges = stack(rows);
        const totals = (rows[0] ?? []).map((_, index) => sum(rows.map((row) => row[index])));
        expect(edges.at(-1)).toEqual(totals);
        for (const edge of edges) {
          expect(edge.map((one) => one === null)).toEqual(totals.map((one) => one === null));
        }
      }),
    );
  });

  test('each layer has its own height', () => {
    fc.assert(
      fc.property(layers, (rows) => {
        const edges = stack(rows);
        rows.forEach((row, place) => {
          row.forEach((height, index) => {
            const below = edges[place - 1]?.[index] ?? 0;
            expect((edges[place]?.[index] ?? 0) - below).toBe(height ?? 0);
          });
        });
      }),
    );
  });

  test('of nothing is nothing', () => {
    expect(stack([])).toEqual([]);
    expect(sum([null, undefined])).toBeNull();
    expect(sum([null, 0])).toBe(0);
    expect(largest([[null], [3, null, 2]])).toBe(3);
  });
});

describe('scaleFor', () => {
  test('holds what is drawn, without much air, in a few even steps from 0', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e12, noNaN: true }),
        fc.constantFrom(3, 4),
        (most, about) => {
          const { top, ticks } = scaleFor('rx', most, about);
          expect(top).toBeGreaterThanOrEqual(most);
          expect(top).toBeLessThanOrEqual(Math.max(1000, most * 1.04) * 2);
          expect(ticks[0]).toBe(0);
          expect(ticks.length).toBeGreaterThan(1);
          expect(ticks.length).toBeLessThanOrEqual(about + 2);
          expect(ticks.at(-1)).toBeLessThanOrEqual(top);
        },
      ),
    );
  });

  test.each([
    ['rx', 62e6, 4, 70e6, [0, 20e6, 40e6, 60e6]],
    ['rx', 0, 4, 1000, [0, 250, 500, 750, 1000]],
    ['latency', 3, 3, 10, [0, 5, 10]],
    ['packetloss', 100, 3, 100, [0, 50, 100]],
    ['packetloss', 0, 3, 5, [0, 2, 4]],
    ['packetloss', Number.NaN, 3, 5, [0, 2, 4]],
  ] as const)('%s up to %d', (figure, most, about, top, ticks) => {
    expect(scaleFor(figure, most, about)).toEqual({ top, ticks });
  });
});

test.each([
  ['rx', 0, '0'],
  ['rx', 20e6, '20 Mbit/s'],
  ['tx', 2.5e6, '2.5 Mbit/s'],
  ['tx', 750, '750 bit/s'],
  ['rx', 100e3, '100 kbit/s'],
  ['latency', 12.5, '12.5 ms'],
  ['packetloss', 0.1 + 0.2, '0.3 %'],
] as const)('tick of %s at %d', (figure, at, text) => {
  expect(tickText(figure, at)).toBe(text);
});

describe('timeTicks', () => {
  const HOUR = 3600;
  const utc = (): number => 0;

  test('on the full minute', () => {
    expect(timeTicks(1000, 1180, 3, utc)).toEqual([1020, 1080, 1140]);
  });

  test('on the hours of the local day', () => {
    const india = (): number => 5.5 * HOUR;
    const ticks = timeTicks(0, 86400, 4, india);
    expect(ticks.map((time) => ((time + 5.5 * HOUR) / HOUR) % 24)).toEqual([6, 12, 18, 0]);
  });

  test('06:00 stays 06:00 on the day the clocks change', () => {
    const zone = (time: number): number => (time < 3 * HOUR ? HOUR : 2 * HOUR);
    const ticks = timeTicks(-2 * HOUR, 22 * HOUR, 4, zone);
    expect(ticks.map((time) => (time + zone(time)) / HOUR)).toEqual([0, 6, 12, 18, 24]);
  });
});

describe('cursor', () => {
  const frame = emptyFrame(180, 1, 1000);
  const at = (index: number): Cursor => ({ at: 'time', time: 1000 - 179 + index });

  test.each([
    ['ArrowLeft', null, at(179)],
    ['ArrowLeft', at(100), at(99)],
    ['ArrowLeft', at(0), at(0)],
    ['ArrowRight', at(100), at(101)],
    ['ArrowRight', at(179), at(179)],
    ['PageUp', at(100), at(90)],
    ['PageDown', at(175), at(179)],
    ['Home', at(100), at(0)],
    ['End', null, at(179)],
    ['Escape', at(100), null],
    ['Escape', null, undefined],
    ['a', at(100), undefined],
  ] as const)('%s', (key, before, after) => {
    expect(moved(before, frame, key)).toEqual(after);
  });

  test('a moment moves with the frame and leaves it, a place stays', () => {
    const later = { ...frame, time: 1010 };
    expect(cursorIndex(at(100), later)).toBe(90);
    expect(cursorIndex(at(9), later)).toBeNull();
    expect(cursorIndex({ at: 'index', index: 100 }, later)).toBe(100);
    expect(cursorIndex({ at: 'index', index: 180 }, later)).toBeNull();
  });
});

test('a link has the same colour again after eight', () => {
  expect(linkColour(1)).toBe('var(--bonding-link-1)');
  expect(linkColour(9)).toBe(linkColour(1));
});
