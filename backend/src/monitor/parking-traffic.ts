import type { Traffic } from './parking-types.ts';

/** So many seconds show what goes through with a link, and so many full ones without it. */
export const PROOF_SECONDS = 4;

/** The first seconds after a decision show nothing of it yet, ms. */
export const SETTLING = 3_000;

/** Less than this part of what came through before proves a decision wrong. */
const WORSE = 0.95;

/** Of what goes through a tunnel, what is payload of TCP. */
const PAYLOAD = 0.96;

/** bit/s of payload that went through in these seconds. */
export function meanOf(traffic: readonly Traffic[]): number {
  if (traffic.length === 0) return 0;
  const sum = traffic.reduce((all, { arrived }) => all + arrived, 0);
  return (sum / traffic.length) * PAYLOAD;
}

/** Whether all lines have been full since then, and less goes through than `before` (bit/s). */
export function provedWrong(
  traffic: readonly Traffic[],
  { since, before }: { since: number; before: number },
): boolean {
  const after = traffic.filter(({ at, full }) => full && at > since + SETTLING);
  return after.length >= PROOF_SECONDS && meanOf(after) < before * WORSE;
}
