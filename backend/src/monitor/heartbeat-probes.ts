import { lossOf } from './heartbeat-figures.ts';
import { between, intervalOf, type Line, ticksOf } from './heartbeat-line.ts';
import { type HeartbeatPacket, PACKET_HEADERS } from './heartbeat-packet.ts';
import { packetLoss } from './heartbeat-traffic.ts';
import { hearProbed, probeDue, takeProbe } from './path-mtu.ts';

/**
 * Probes of the path's MTU on one line. They are beside its heartbeats: they have no number, and whether
 * they come says nothing of the line but how much fits through it.
 */

/** How long the peer is told of a probe that came, ms and in heartbeats: one of those may be lost. */
const TOLD = { time: 2_000, beats: 3 } as const;

/** A probe sent further from the newest heartbeat than this, ms or in heartbeats, may be an old one. */
const FRESH = { time: 5_000, beats: 2 } as const;

/** When the next probe goes, ms; infinite: none may now. Only a line that is alive both ways is asked. */
export function probeFrom(line: Line): number {
  const isFit = line.known && !line.dead && !line.missing && line.heard?.hears === true;
  return isFit ? probeDue(line.path) : Number.POSITIVE_INFINITY;
}

/** The probe that goes now; null: none. */
export function probeOf(line: Line, now: number): HeartbeatPacket | null {
  if (probeFrom(line) > now) return null;
  const sent = ticksOf(now);
  const size = takeProbe(line.path, sent, now);
  if (size === null) return null;
  const { id: link, interval } = line.config;
  return {
    ...{ hears: true, out: false, poll: false, gone: false, probe: true },
    ...{ link, seq: line.seq, sent, echo: 0, held: 0, interval },
    ...{ rxPackets: 0, rxBytes: 0, rxQueue: 0, heard: 0, txPackets: 0, probed: 0, behind: 0 },
    size: size - PACKET_HEADERS,
  };
}

/** A genuine probe of the peer's came: its length is told. Nothing else changes. */
export function hearProbe(line: Line, { sent, size }: HeartbeatPacket, now: number): void {
  if (line.heard === null || size === undefined) return;
  const fresh = Math.max(FRESH.time, FRESH.beats * line.expected);
  if (Math.abs(between(line.heard.sent, sent)) > fresh) return;
  line.probe = { size: size + PACKET_HEADERS, at: now };
}

/** What the peer is told of the newest probe that came: its length; 0: none lately. */
export function probedOf(line: Line, now: number): number {
  const { probe } = line;
  const told = Math.max(TOLD.time, TOLD.beats * intervalOf(line));
  return probe === null || now - probe.at > told ? 0 : probe.size;
}

/** What the peer's newest heartbeat says of our probes. */
export function takeProbed(line: Line, { probed, echo }: HeartbeatPacket, now: number): void {
  if (line.path.search === null && line.path.nextAt !== null) return;
  const loss = lossOf(line.figures, now);
  const tunnelLoss = packetLoss(line.traffic.tx);
  const state = { loss, tunnelLoss, interval: intervalOf(line) };
  hearProbed(line.path, { probed, echo }, state, now);
}
