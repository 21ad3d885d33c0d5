import { bitRate } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Figure, Frame } from './series.ts';
import { sum } from './stack.ts';

/** A figure of each link at one moment; `total` only where adding up means something. */
export interface Reading {
  total: number | null;
  parts: { name: string; value: number | null }[];
}

const NOTHING = '–';

/** Rates can be added up; latency and loss cannot. */
export function isRate(figure: Figure): boolean {
  return figure === 'rx' || figure === 'tx';
}

/** The figure at an entry, of all links but those in `hidden`. */
export function readingAt(
  frame: Frame,
  figure: Figure,
  index: number,
  hidden: ReadonlySet<string>,
): Reading {
  const parts = frame.links
    .filter(({ name }) => !hidden.has(name))
    .map((link) => ({ name: link.name, value: link[figure][index] ?? null }));
  return { total: isRate(figure) ? sum(parts.map(({ value }) => value)) : null, parts };
}

/** A value with its unit: `8.02 Mbit/s`, `21 ms`, `0.4 %`; a dash for none. */
export function valueText(figure: Figure, value: number | null): string {
  if (isRate(figure)) return bitRate(value);
  if (value === null) return NOTHING;
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)} ${figure === 'latency' ? 'ms' : '%'}`;
}

/** For a screen reader: `Download 12.1 Mbit/s: wan 8.02 Mbit/s, lte 4.10 Mbit/s`. */
export function sentence(title: string, figure: Figure, { total, parts }: Reading): string {
  if (parts.every(({ value }) => value === null)) {
    return fill(_('{title}: nothing was measured'), { title });
  }
  const list = parts.map(({ name, value }) => `${name} ${valueText(figure, value)}`).join(', ');
  return total === null
    ? fill(_('{title}: {list}'), { title, list })
    : fill(_('{title} {total}: {list}'), { title, total: valueText(figure, total), list });
}
