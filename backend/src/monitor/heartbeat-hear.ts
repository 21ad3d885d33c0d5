import { carriedSince, readCounts } from './heartbeat-counts.ts';
import { count, measure } from './heartbeat-figures.ts';
import { clearMarks, judgeBack, judgeHeard, mark } from './heartbeat-judge.ts';
import { between, type Heard, intervalOf, type Line, ticksOf } from './heartbeat-line.ts';
import { type HeartbeatPacket, LONGEST_TIME } from './heartbeat-packet.ts';
import { hearProbe, takeProbed } from './heartbeat-probes.ts';
import { type CountsOf, isAlone, LATE, lineOf, type Session, wakeOf } from './heartbeat-session.ts';
import { noteArrived, noteHeard } from './heartbeat-traffic.ts';

/** Least and most of what the peer may ask for between two heartbeats, ms. */
const INTERVALS = { least: 20, most: 60_000 } as const;

/** So many missed in a row are an outage, which is no loss of the line's. */
const OUTAGE = 10;

/**
 * A genuine heartbeat came in. False, and nothing changes: it is of no line, or not newer than the
 * newest, so it may be one that somebody has kept. A probe changes nothing either, but that its length
 * is told.
 */
export function hear(
  session: Session,
  packet: HeartbeatPacket,
  countsOf: CountsOf,
  now: number,
): boolean {
  const line = lineOf(session, packet.link);
  if (line === undefined) return false;
  if (packet.probe) {
    hearProbe(line, packet, now);
    return false;
  }
  const before = line.heard;
  const step = before === null ? 1 : (packet.seq - before.seq) | 0;
  if (step <= 0) return false;
  const prompt = now >= session.quietUntil && now <= session.due + LATE;
  const missed = line.known && !line.dead && step <= OUTAGE ? step - 1 : 0;
  const { seq, sent, echo, hears, out, behind } = packet;
  const number = (before?.number ?? 0) + 1;
  const nothing = { counts: null, carried: 0 };
  line.heard = { seq, sent, echo, at: now, prompt, hears, out, behind, number, ...nothing };
  if (before === null) line.nextSend = Math.min(line.nextSend, now);
  line.known = true;
  takeInterval(line, packet, now);
  count(line.figures, missed, now);
  if (prompt) takeFigures(line, packet, countsOf, now, before);
  clearMarks(line, sent);
  for (const other of session.lines) if (other !== line) mark(other, line, sent);
  judgeHeard(line, hears, step === 1, now);
  judgeBack(line, isAlone(session, line), now);
  takeProbed(line, packet, now);
  if (packet.poll && now - line.answeredAt >= INTERVALS.least) {
    line.answeredAt = now;
    line.nextSend = now;
  }
  session.due = wakeOf(session, now);
  return true;
}

function takeInterval(line: Line, packet: HeartbeatPacket, now: number): void {
  line.peerInterval = Math.min(INTERVALS.most, Math.max(INTERVALS.least, packet.interval));
  if (line.changed !== null && packet.echo !== 0 && between(line.changed, packet.echo) >= 0)
    line.changed = null;
  const interval = intervalOf(line);
  line.expected = line.changed === null ? interval : Math.max(line.expected, interval);
  line.nextSend = Math.min(line.nextSend, now + interval);
}

/**
 * Where the peer has heard none of ours since the packet `before`, it repeats what it knew of the queue: a
 * line that was dead one way and came back was taken for a full one, by the queue from before.
 */
function takeFigures(
  line: Line,
  packet: HeartbeatPacket,
  countsOf: CountsOf,
  now: number,
  before: Heard | null,
): void {
  const clock = ticksOf(now);
  const echoed = packet.echo !== 0;
  const measured = echoed && packet.held < LONGEST_TIME;
  const rtt = Math.max(0, between(packet.echo, clock) - packet.held / 10);
  measure(
    line.figures,
    {
      transit: between(packet.sent, clock),
      rtt: measured && rtt < INTERVALS.most ? rtt : null,
      peerQueue: echoed && packet.echo !== before?.echo ? packet.rxQueue / 10 : null,
    },
    now,
  );
  const counts = readCounts(line, countsOf, now);
  if (line.heard !== null) {
    line.heard.counts = counts;
    line.heard.carried = carriedSince(before, packet.seq, counts);
  }
  // A tunnel that has carried nothing, and a peer that cannot read its counters, both say 0.
  if (counts !== null && packet.txPackets !== 0)
    noteHeard(line.traffic, packet.txPackets, counts, clock);
  if (measured && packet.rxPackets !== 0) {
    const at = (packet.sent - packet.held) >>> 0;
    const { rxPackets: packets, rxBytes: bytes, heard: beats } = packet;
    noteArrived(line.traffic, packet.echo, { at, packets, bytes, beats });
  }
}
