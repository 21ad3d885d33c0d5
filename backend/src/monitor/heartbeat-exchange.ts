import { behindOf } from './heartbeat-behind.ts';
import { count, measure } from './heartbeat-figures.ts';
import {
  clearMarks,
  isBusy,
  judgeBack,
  judgeHeard,
  judgeMissing,
  mark,
  missingFrom,
} from './heartbeat-judge.ts';
import { between, type Heard, intervalOf, type Line, ticksOf } from './heartbeat-line.ts';
import { type HeartbeatPacket, LONGEST_TIME } from './heartbeat-packet.ts';
import { hearProbe, probedOf, probeOf, takeProbed } from './heartbeat-probes.ts';
import {
  type CountsOf,
  farewell,
  isAlone,
  lineOf,
  type Session,
  speaks,
  wakeOf,
} from './heartbeat-session.ts';
import { noteArrived, noteHeard, noteSent } from './heartbeat-traffic.ts';
import type { TunnelCounts } from './heartbeats.ts';

/** A timer later than this was held up, ms. */
const LATE = 50;

/** How long what came meanwhile takes to be read, ms. */
const QUIET = 50;

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

/** Packets that came out of the tunnel for each heartbeat since `before`; 0: it is not known. */
function carriedSince(before: Heard | null, seq: number, counts: TunnelCounts | null): number {
  if (before === null || before.counts === null || counts === null) return 0;
  const packets = counts.rxPackets - before.counts.rxPackets;
  return Math.max(0, packets / ((seq - before.seq) | 0));
}

/** Reads the tunnel's counters; one that moved is a tunnel that delivers. */
function readCounts(line: Line, countsOf: CountsOf, now: number): TunnelCounts | null {
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

/** Judges, and gives the heartbeats and probes that should go now. Call it at `session.due`, or whenever. */
export function tick(session: Session, countsOf: CountsOf, now: number): HeartbeatPacket[] {
  if (now > session.due + LATE) session.quietUntil = now + QUIET;
  if (now >= session.quietUntil) judge(session, countsOf, now);
  askElsewhere(session, now);
  const packets: HeartbeatPacket[] = [];
  for (const line of session.lines) {
    if (line.nextSend > now || !speaks(session, line)) continue;
    const packet = packetOf(line, readCounts(line, countsOf, now), now);
    packets.push({ ...packet, behind: behindOf(session.lines, line) * 10 });
    const interval = intervalOf(line);
    // All lines of one interval are due at the same moments: fewer wake-ups, comparable times.
    line.nextSend = (Math.floor(now / interval) + 1) * interval;
  }
  for (const line of session.lines) {
    const probe = probeOf(line, now);
    if (probe !== null) packets.push(probe);
  }
  session.due = wakeOf(session, now);
  return packets;
}

function judge(session: Session, countsOf: CountsOf, now: number): void {
  for (const line of session.lines) {
    const from = missingFrom(line, now);
    if (from !== null && from <= now) {
      readCounts(line, countsOf, now);
      const died = judgeMissing(line, now);
      // The peer is told at once, there and by the other lines: it may be sending into nothing.
      if (line.missing) line.nextSend = now;
      if (died) farewell(session, line, now);
    }
    judgeBack(line, isAlone(session, line), now);
  }
}

/**
 * A line that is late can only be judged by others that are heard. Where all of those are slow ones
 * (metered), the quickest is asked for an answer at once.
 */
function askElsewhere(session: Session, now: number): void {
  for (const line of session.lines) {
    if (!line.known || line.missing || line.heard === null) continue;
    const quiet = now - line.heard.at;
    if (quiet < 2.5 * line.expected || quiet > 10 * line.expected) continue;
    if (now - line.deliveredAt < 2 * line.expected) continue;
    const other = quickestBut(session, line);
    if (other === null || other.expected < 2 * line.expected) continue;
    if (now - other.askedAt < line.expected * 0.9) continue;
    other.askedAt = now;
    other.ask = true;
    other.nextSend = now;
  }
}

function quickestBut(session: Session, line: Line): Line | null {
  let best: Line | null = null;
  for (const other of session.lines) {
    if (other === line || !other.known || other.missing) continue;
    if (best === null || other.expected < best.expected) best = other;
  }
  return best;
}

/** The next heartbeat of a line; `counts`: of its tunnel, null where it has none. */
export function packetOf(line: Line, counts: TunnelCounts | null, now: number): HeartbeatPacket {
  const { heard, config, figures } = line;
  line.seq = (line.seq + 1) >>> 0;
  const sent = ticksOf(now);
  if (counts !== null) noteSent(line.traffic, sent, line.seq, counts.txPackets);
  const poll = line.ask;
  line.ask = false;
  return {
    hears: heard !== null && !line.missing,
    out: config.out,
    poll,
    link: config.id,
    seq: line.seq,
    sent,
    echo: heard?.prompt ? heard.sent : 0,
    held: heard === null ? 0 : (now - heard.at) * 10,
    interval: config.interval,
    rxPackets: heard?.counts?.rxPackets ?? 0,
    rxBytes: heard?.counts?.rxBytes ?? 0,
    rxQueue: (figures.queue ?? 0) * 10,
    heard: heard?.number ?? 0,
    txPackets: counts?.txPackets ?? 0,
    gone: false,
    probe: false,
    probed: probedOf(line, now),
    behind: 0,
  };
}
