import { behindOf } from './heartbeat-behind.ts';
import { readCounts } from './heartbeat-counts.ts';
import { judgeBack, judgeMissing, missingFrom } from './heartbeat-judge.ts';
import { intervalOf, type Line, ticksOf } from './heartbeat-line.ts';
import type { HeartbeatPacket } from './heartbeat-packet.ts';
import { probedOf, probeOf } from './heartbeat-probes.ts';
import {
  type CountsOf,
  farewell,
  isAlone,
  LATE,
  type Session,
  speaks,
  wakeOf,
} from './heartbeat-session.ts';
import { noteSent } from './heartbeat-traffic.ts';
import type { TunnelCounts } from './heartbeats.ts';

/** How long what came meanwhile takes to be read, ms. */
const QUIET = 50;

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
