import { isBusy } from './heartbeat-judge.ts';
import type { Heard, Line } from './heartbeat-line.ts';
import type { CountsOf } from './heartbeat-session.ts';
import type { TunnelCounts } from './heartbeats.ts';

/** Packets that came out of the tunnel for each heartbeat since `before`; 0: it is not known. */
export function carriedSince(
  before: Heard | null,
  seq: number,
  counts: TunnelCounts | null,
): number {
  if (before === null || before.counts === null || counts === null) return 0;
  const packets = counts.rxPackets - before.counts.rxPackets;
  return Math.max(0, packets / ((seq - before.seq) | 0));
}

/** Reads the tunnel's counters; one that moved is a tunnel that delivers. */
export function readCounts(line: Line, countsOf: CountsOf, now: number): TunnelCounts | null {
  const counts = countsOf(line.config.name);
  if (counts !== null && line.counts !== null && counts.rxPackets > line.counts.rxPackets)
    line.deliveredAt = lastCame(line, counts.rxPackets - line.counts.rxPackets, now);
  line.counts = counts;
  line.readAt = now;
  return counts;
}

/**
 * When the last of the packets came that are new since the counters were read before. Where a busy tunnel
 * brought fewer than it does in that time, it has stopped in between: half an interval is won by knowing.
 */
function lastCame(line: Line, came: number, now: number): number {
  if (!isBusy(line)) return now;
  const usual = (line.heard?.carried ?? 0) / line.expected;
  return Math.min(now, line.readAt + came / usual);
}
