import { OVERHEAD } from '../config/numbers.ts';

/** What is known of a way: sizes in bytes of whole packets, with their headers. */
export interface Bounds {
  /** The largest that came through; null: none. */
  good: number | null;
  /** The smallest that did not; null: none. */
  bad: number | null;
}

/** The least that is asked for: with it the bond has the smallest MTU that the option takes. */
export const LEAST_SIZE = 576 + OVERHEAD.tun;

/** The result may be less than the truth by one less than this. */
const PRECISION = 4;

/**
 * What lines have: Ethernet, PPPoE, L2TP, GRE, DSL with tunnels, mobile ones, IPv6's least. Asked first,
 * for most lines have one of them.
 */
const USUAL: readonly number[] = [
  ...[576 + OVERHEAD.tun, 1280, 1300, 1320, 1340, 1358, 1380, 1400, 1410, 1420, 1428, 1430, 1440],
  ...[1448, 1452, 1454, 1456, 1460, 1464, 1472, 1476, 1480, 1484, 1488, 1492, 1500, 9000],
];

/**
 * The size to ask for next, `largest` first; null: enough is known. `hints`: sizes that told much
 * the last time, the best first.
 */
export function nextSize(
  largest: number,
  { good, bad }: Bounds,
  hints: readonly number[],
): number | null {
  if (bad === null) return good !== null && good >= largest ? null : largest;
  const within = (size: number): boolean => size > (good ?? LEAST_SIZE - 1) && size < bad;
  const hint = hints.find(within);
  if (hint !== undefined) return hint;
  if (good === null) return bad > LEAST_SIZE ? LEAST_SIZE : null;
  const usual = USUAL.filter(within);
  if (usual.length > 0) return usual[usual.length >> 1] ?? null;
  if (bad - good <= PRECISION) return null;
  // Most likely it is that very size: then one more that fails is the end.
  return USUAL.includes(good) ? good + PRECISION : (good + bad) >> 1;
}
