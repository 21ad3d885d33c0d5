/**
 * How long a flow's packets may wait in front of a shaped line before some are dropped: codel's target. A
 * CUBIC sender that has lost one goes back to 0.7 of its window (RFC 9438, 4.6), and the line stays full
 * meanwhile if its queue held the other 0.3, three sevenths of the round trip. One connection goes over
 * all lines at once, so its round trip is that of the slowest one.
 */

/** What is decided. */
export interface QueueTarget {
  /** ms; null: nothing is known yet, what an earlier daemon has left stays. */
  readonly ms: number | null;
  /** Since when another one would be better, and the least of those, ms; null: none would. */
  readonly wrong: { readonly since: number; readonly least: number } | null;
}

/** Shortest and longest, ms. The first one is for lines of which nothing is known, too. */
export const TARGET_MS = { least: 20, most: 60 } as const;

/** Of the round trip. */
const PART = 3 / 7;

/** Usual round trip behind the server, to which the line's is added, ms. */
const BEHIND_SERVER = 25;

/** In steps of so much, ms: what is measured is not more exact. */
const STEP = 10;

/** It is left as it is while it is no more than this from what would be best, ms. */
const NEAR = 8;

/** For how long it must have been further than that, ms. */
const HOLD = 10_000;

/** Nothing is known. */
export function newQueueTarget(): QueueTarget {
  return { ms: null, wrong: null };
}

/** A second has passed. `roundTrips`: of the lines in use, ms; null: not known. */
export function queueTarget(
  before: QueueTarget,
  roundTrips: readonly (number | null)[],
  now: number,
): QueueTarget {
  const known = roundTrips.filter((value) => value !== null);
  if (known.length === 0) return { ms: before.ms, wrong: null };
  const best = bounded(PART * (Math.max(...known) + BEHIND_SERVER));
  if (before.ms !== null && Math.abs(best - before.ms) <= NEAR)
    return before.wrong === null ? before : { ms: before.ms, wrong: null };
  const { since, least } = before.wrong ?? { since: now, least: best };
  // A line that was full a moment ago, before it was shaped, seems to be a longer one.
  const wrong = { since, least: Math.min(least, best) };
  if (now - since < HOLD) return { ms: before.ms, wrong };
  return { ms: Math.round(wrong.least / STEP) * STEP, wrong: null };
}

function bounded(ms: number): number {
  return Math.min(TARGET_MS.most, Math.max(TARGET_MS.least, ms));
}
