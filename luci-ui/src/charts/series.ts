import type { LinkHistory, Series } from '../../../backend/src/status/history.ts';

/** What is drawn of a link. */
export type Figure = 'rx' | 'tx' | 'latency' | 'packetloss';

export const FIGURES: readonly Figure[] = ['rx', 'tx', 'latency', 'packetloss'];

/** A stretch of time with each link's figures: every series has exactly `count` entries. */
export interface Frame {
  /** Seconds between two entries. */
  step: number;
  count: number;
  /** Unix seconds of the last entry, whole. */
  time: number;
  links: LinkHistory[];
}

/** A link's figures of one moment, as a snapshot has them. */
export interface Sample {
  name: string;
  rx_rate: unknown;
  tx_rate: unknown;
  latency: unknown;
  packetloss: unknown;
}

/** Samples come a little late: up to this many steps between two of them are no gap. */
export const HOLD = 3;

const MAX_LINKS = 64;
const MAX_ENTRIES = 1000;

/** A frame in which nothing is known. */
export function emptyFrame(count: number, step: number, time: number): Frame {
  return { step, count, time: Math.round(time), links: [] };
}

/**
 * The daemon's answer to `history { span }` as a frame, shorter series filled up with nulls at their
 * beginning. Null when it is not such an answer: then the page does without.
 */
export function readHistory(answer: unknown, span: number): Frame | null {
  if (!isFields(answer)) return null;
  const { step, time, links } = answer;
  if (typeof step !== 'number' || !Number.isInteger(step) || step < 1) return null;
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) return null;
  const count = Math.floor(span / step);
  if (count < 2 || count > MAX_ENTRIES) return null;
  if (!Array.isArray(links) || links.length > MAX_LINKS) return null;
  const read = links.map((link: unknown) => readLink(link, count));
  const fit = read.filter((link) => link !== null);
  const names = new Set(fit.map(({ name }) => name));
  if (names.size < read.length) return null;
  return { step, count, time: Math.round(time), links: fit };
}

function readLink(link: unknown, count: number): LinkHistory | null {
  if (!isFields(link) || typeof link.name !== 'string') return null;
  const lists = FIGURES.map((figure) => link[figure]);
  const [first] = lists;
  if (!Array.isArray(first) || first.length > count) return null;
  if (!lists.every((list) => Array.isArray(list) && list.length === first.length)) return null;
  return linkOf(link.name, (figure) => fitted((link[figure] as unknown[]).map(amount), count));
}

/**
 * `frame` with the links' figures at `time` (Unix seconds, fractions allowed) as its last entry.
 * After a gap the entries between are null; a clock that was set back begins anew from where it is.
 */
export function append(frame: Frame, samples: readonly Sample[], time: number): Frame {
  const ahead = (time - frame.time) / frame.step;
  if (ahead < -HOLD)
    return append({ ...frame, time: Math.round(time) - frame.step }, samples, time);
  const steps = stepsTo(ahead);
  const fill = steps <= HOLD;
  const found = new Map(samples.map((sample) => [sample.name, sample]));
  const old = new Map(frame.links.map((link) => [link.name, link]));
  const next = (name: string): LinkHistory => {
    const sample = found.get(name);
    const before = old.get(name);
    return linkOf(name, (figure) =>
      shifted(
        before?.[figure] ?? [],
        frame.count,
        steps,
        sample ? figureOf(sample, figure) : null,
        fill,
      ),
    );
  };
  const names = new Set([...found.keys(), ...old.keys()]);
  return {
    ...frame,
    time: frame.time + steps * frame.step,
    links: [...names].slice(0, MAX_LINKS).map(next),
  };
}

/** 0 to overwrite the last entry. Between 0.2 and 1.8 is the next one, or jitter would make holes. */
function stepsTo(ahead: number): number {
  if (ahead <= 0.2) return 0;
  return ahead < 1.8 ? 1 : Math.round(ahead);
}

function shifted(
  series: Series,
  count: number,
  steps: number,
  value: number | null,
  fill: boolean,
): Series {
  if (steps === 0) return [...fitted(series, count).slice(0, -1), value];
  const added = Math.min(steps, count);
  const between: Series = new Array(added - 1).fill(fill ? value : null);
  return fitted([...series, ...between, value], count);
}

/**
 * What the daemon remembers, and where it does not, what the page has seen itself; both of the same
 * step and length, in the same time. The frame ends at the later of the two ends.
 */
export function merge(remembered: Frame, seen: Frame): Frame {
  const { count, step } = remembered;
  const time = Math.max(remembered.time, seen.time);
  const pick = (frame: Frame, name: string, figure: Figure, index: number): number | null => {
    const back = Math.round((time - frame.time) / step);
    const link = frame.links.find((one) => one.name === name);
    return link?.[figure][index + back] ?? null;
  };
  const names = new Set([...seen.links, ...remembered.links].map(({ name }) => name));
  const links = [...names].map((name) =>
    linkOf(name, (figure) =>
      Array.from(
        { length: count },
        (_, index) => pick(remembered, name, figure, index) ?? pick(seen, name, figure, index),
      ),
    ),
  );
  return { step, count, time, links };
}

/** The same with its links in the order of `names`; those that are gone at the end while seen. */
export function arranged(frame: Frame, names: readonly string[]): Frame {
  const known = new Map(frame.links.map((link) => [link.name, link]));
  const listed = names.map(
    (name) => known.get(name) ?? linkOf(name, () => fitted([], frame.count)),
  );
  const gone = frame.links.filter(
    (link) => !names.includes(link.name) && FIGURES.some((figure) => hasValue(link[figure])),
  );
  return { ...frame, links: [...listed, ...gone] };
}

/** The last `count` entries, each the mean of `by` entries of `frame`; nulls do not count in it. */
export function condensed(frame: Frame, count: number, by: number): Frame {
  const means = (series: Series): Series =>
    Array.from({ length: count }, (_, row) => {
      const end = series.length - (count - 1 - row) * by;
      return mean(series.slice(Math.max(0, end - by), Math.max(0, end)));
    });
  const links = frame.links.map((link) => linkOf(link.name, (figure) => means(link[figure])));
  return { step: frame.step * by, count, time: frame.time, links };
}

/** Unix seconds of each entry. */
export function times({ count, step, time }: Frame): number[] {
  return Array.from({ length: count }, (_, index) => time - (count - 1 - index) * step);
}

/** Whether anything was measured. */
export function hasValue(series: Series): boolean {
  return series.some((value) => value !== null);
}

function linkOf(name: string, series: (figure: Figure) => Series): LinkHistory {
  return {
    name,
    rx: series('rx'),
    tx: series('tx'),
    latency: series('latency'),
    packetloss: series('packetloss'),
  };
}

function figureOf(sample: Sample, figure: Figure): number | null {
  if (figure === 'rx') return amount(sample.rx_rate);
  if (figure === 'tx') return amount(sample.tx_rate);
  return amount(sample[figure]);
}

function mean(series: Series): number | null {
  const known = series.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((total, value) => total + value, 0) / known.length : null;
}

/** The last `count` entries, with nulls before them where there are fewer. */
function fitted(series: Series, count: number): Series {
  const missing = count - series.length;
  return missing > 0 ? [...new Array(missing).fill(null), ...series] : series.slice(-count);
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
