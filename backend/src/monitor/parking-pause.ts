import type { LineRecord } from './parking-types.ts';

/** Pauses before a decision on a link is tried the other way, ms: doubled from the first to the longest. */
export const FIRST_PAUSE = 30_000;
export const LONGEST_PAUSE = 600_000;

/**
 * A trial that begins with the line's whole share costs a connection some 5 s at half its rate, if it still
 * loses. So many pauses are waited for one, unless the heartbeats say before that the line has mended.
 */
export const PATIENCE = 4;

/** How long it is this time: the first one again, where all has gone well for long. */
export function pauseOf({ backAt, out, pause }: LineRecord, now: number): number {
  const steady = backAt !== null && now - backAt >= LONGEST_PAUSE;
  return steady && out === null ? FIRST_PAUSE : pause;
}

/** How long it is the next time. */
export function longer(pause: number): number {
  return Math.min(pause * 2, LONGEST_PAUSE);
}
