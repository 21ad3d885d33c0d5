import type { Line } from './heartbeat-line.ts';

/**
 * How much longer the way here is by this line than by the quickest one, with empty queues, ms. 0 also
 * where that is not known yet, and where one of the two varies by more than that: who goes by it would
 * gain nothing. Each way is measured by the same two clocks, so what they differ by falls out, and
 * beside the tunnels: what the peer holds back in there does not show.
 */
export function behindOf(lines: readonly Line[], line: Line): number {
  const own = wayOf(line);
  if (own === null) return 0;
  let quickest = own;
  for (const other of lines) {
    const way = wayOf(other);
    if (way !== null && way.transit < quickest.transit) quickest = way;
  }
  const behind = own.transit - quickest.transit;
  return Math.max(own.jitter, quickest.jitter) < behind ? behind : 0;
}

/** The way here without queues, by two clocks, and how it varies on a quiet line; null: not known. */
function wayOf({ known, missing, figures }: Line): { transit: number; jitter: number } | null {
  const { quickest, calm } = figures;
  if (!known || missing || quickest === null || calm === null) return null;
  return { transit: quickest.value, jitter: calm.value };
}
