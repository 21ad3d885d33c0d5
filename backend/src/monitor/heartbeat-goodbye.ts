/**
 * A tunnel that has ended swallows what the peer sends into it, and so does a line that is not heard here
 * any more. The peer is told by all lines at once: to miss the heartbeats of a tunnel that has ended would
 * take it some 400 ms, and a line that is dead one way only it would miss not at all.
 */

import { judgeGone } from './heartbeat-judge.ts';
import type { HeartbeatPacket } from './heartbeat-packet.ts';
import { type Ended, lineOf, type Session, speaks, wakeOf } from './heartbeat-session.ts';
import { packetOf } from './heartbeat-tick.ts';

/** Between two that say the same, ms. */
const PAUSE = 40;

/** A heartbeat of one link that goes by the line of another: the number of that one. */
export interface Goodbye {
  via: number;
  packet: HeartbeatPacket;
}

/** What should be told now of lines by which nothing comes. */
export function goodbyes(session: Session, now: number): Goodbye[] {
  const said: Goodbye[] = [];
  if (session.ended.length === 0) return said;
  session.ended = session.ended.filter((ended) => isQuiet(session, ended));
  for (const ended of session.ended) {
    if (ended.next > now) continue;
    // One and the same by all lines: each number that does not arrive is a lost heartbeat.
    const packet = { ...packetOf(ended.line, null, now), gone: true, hears: false };
    for (const line of session.lines)
      if (speaks(session, line)) said.push({ via: line.config.id, packet });
    ended.left -= 1;
    ended.next = now + PAUSE;
  }
  session.ended = session.ended.filter(({ left }) => left > 0);
  session.due = wakeOf(session, now);
  return said;
}

/** Nothing comes there yet; of a line that is heard again no more is said. */
function isQuiet(session: Session, { line }: Ended): boolean {
  return line.missing || !session.lines.includes(line);
}

/** A genuine one came: the link is dead, unless it was heard since this was said. */
export function takeGoodbye(session: Session, packet: HeartbeatPacket, now: number): void {
  const line = lineOf(session, packet.link);
  if (line === undefined || line.heard === null) return;
  if (((packet.seq - line.heard.seq) | 0) <= 0) return;
  line.heard = { ...line.heard, seq: packet.seq, hears: false };
  judgeGone(line, now);
  session.due = wakeOf(session, now);
}
