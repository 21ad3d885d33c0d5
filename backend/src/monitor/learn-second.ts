import type { LineSample } from './heartbeats.ts';
import {
  fullFrom,
  type LineHistory,
  losesOften,
  newHistory,
  onlyAnswers,
  wasQuiet,
} from './line-history.ts';

/** What one second tells of the lines: which of them are full, and which could carry more. */

/** What is known of a line before. */
export interface KnownLine {
  readonly history: LineHistory;
  /** bit/s; null: not learned yet. */
  readonly rate: number | null;
}

/** A line that carries less than this part of its share is not in use. */
const IN_USE = 0.4;

/** Beyond this part of the sum there is nothing to gain by more. */
const WHOLE = 0.97;

/**
 * A queue that fair queueing keeps apart from the heartbeats shows only by what it drops: a line that
 * loses this much, and LOSS_CONTRAST times as much as the best one, is full too. One that loses by
 * chance is given less in this way until it hurts no more (simulated: 16 + 12 Mbit/s, the second with
 * 0.5 %: 15 to 16, against 7 with full shares and 14.7 without it).
 */
const LOSS = 0.002;
const LOSS_CONTRAST = 4;

/**
 * A daemon that stands still, and a mobile line with nothing to do, are late as if there was a queue. Below LEAST
 * (bit/s; no line to bond is as slow) that says nothing: idle lines were learned as 33 and 3,350 bit/s. Less than
 * SLIGHT, or this part of what is known of the line, must be late for some seconds on end.
 */
const LEAST = 50_000;
const SLIGHT = 500_000;
const SLIGHT_PART = 0.25;
const LATE_SECONDS = 3;

/** So many times the queue of a full line is a long one. */
const LONG = 2;

/** What a line carries for one bit inside the tunnel (datapath: 1500 bytes for 1434). */
const WRAPPED = 1.046;

/**
 * Lines with a queue; where there is none, those that lose much more than the others. Beside a line with
 * a queue one that loses by chance is not full: the queue is what holds the sender back (seen with an
 * upload of 2 + 4 Mbit/s, where the faster one lost 0.5 %: it stayed at half for 24 s).
 */
export function fullLines(
  lines: ReadonlyMap<string, KnownLine>,
  seen: readonly LineSample[],
): ReadonlySet<string> {
  const historyOf = ({ link }: LineSample): LineHistory => lines.get(link)?.history ?? newHistory();
  const queued = seen.filter((sample) => {
    const rate = lines.get(sample.link)?.rate ?? 0;
    return historyOf(sample).fullSeconds >= secondsOfProof(carriedBy(sample), rate);
  });
  if (queued.length > 0) return new Set(queued.map(({ link }) => link));
  // No loss slows that down.
  if (onlyAnswers(seen)) return new Set();
  const best = Math.min(...seen.map(({ lossTx }) => lossTx ?? 0));
  const limit = Math.max(LOSS, LOSS_CONTRAST * best);
  const losing = seen.filter((sample) => {
    const history = historyOf(sample);
    return wasQuiet(history) && losesOften(history) && (sample.lossTx ?? 0) >= limit;
  });
  return new Set(losing.map(({ link }) => link));
}

/** How many seconds on end a line that carries so little of its `rate` must have had a queue to be full. */
function secondsOfProof(carried: number, rate: number): number {
  if (carried < LEAST) return Number.POSITIVE_INFINITY;
  return carried < Math.max(SLIGHT, SLIGHT_PART * rate) ? LATE_SECONDS : 1;
}

/** Those that carry about their share, and are not the whole already: only they can be raised. */
export function easyLines(
  lines: ReadonlyMap<string, KnownLine>,
  seen: readonly LineSample[],
): ReadonlySet<string> {
  const rates = seen.flatMap(({ link }) => lines.get(link)?.rate ?? []);
  const mean = rates.length === 0 ? 1 : rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const rateOf = (link: string): number => lines.get(link)?.rate ?? mean;
  const sum = seen.reduce((all, { link }) => all + rateOf(link), 0);
  const arrived = seen.reduce((all, sample) => all + carriedBy(sample), 0);
  const easy = seen.filter((sample) => {
    const share = rateOf(sample.link) / sum;
    return share < WHOLE && carriedBy(sample) > IN_USE * share * arrived;
  });
  return new Set(easy.map(({ link }) => link));
}

/** Whether the lines that are full have so long a queue that no loss holds the sender back. */
export function areLongQueues(
  lines: ReadonlyMap<string, KnownLine>,
  seen: readonly LineSample[],
  full: ReadonlySet<string>,
): boolean {
  return seen.every(({ link, queueTx }) => {
    const history = lines.get(link)?.history ?? newHistory();
    return !full.has(link) || (queueTx ?? 0) >= LONG * fullFrom(history);
  });
}

/** bit/s of the line, as users know rates: with what the tunnel adds. */
export function carriedBy({ deliveredTx }: LineSample): number {
  return (deliveredTx ?? 0) * WRAPPED;
}
