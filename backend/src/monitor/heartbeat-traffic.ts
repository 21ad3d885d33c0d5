import type { TunnelCounts } from './heartbeats.ts';

/**
 * What became of the tunnel's packets, by comparing both ends' counters. A heartbeat is the mark: what
 * was sent before it should have arrived before it. Counters count modulo 2^32, heartbeats that came
 * modulo 2^16.
 */

/** One way's counters at one moment: what was sent, and what of it had arrived. */
interface Pair {
  /** When the heartbeat arrived, 0.1 ms of the receiver's clock, mod 2^32. */
  at: number;
  sent: number;
  arrived: number;
  /** Bytes that had arrived. */
  bytes: number;
  /** Heartbeats that were sent, and that had arrived. */
  beats: number;
  beatsArrived: number;
}

/** One way of one tunnel: the newest pair, and one pair of each sample of the last ten seconds. */
interface Way {
  newest: Pair | null;
  kept: Pair[];
}

/** Both ways of one tunnel. Changed in place. */
export interface Traffic {
  tx: Way;
  rx: Way;
  /** What we had sent when each of the last heartbeats went, newest last. */
  history: { sent: number; seq: number; packets: number }[];
  /** Our own bytes at the last sample. */
  own: { at: number; rx: number; tx: number } | null;
}

/** What happened on one way between two samples. */
export interface Step {
  sent: number;
  lost: number;
  beats: number;
  beatsLost: number;
  /** What arrived, bit/s; null where the two are too far apart to say what the line carries now. */
  rate: number | null;
}

/** Milliseconds that loss is counted over, and some for samples that are not in time. */
const WINDOW = 10_900;

/** A rate over more than this is not what the line carries now, ms. */
const RECENT = 3_000;

/** Fewer packets than this make no percentage. */
const FEWEST = 100;

/** Heartbeats of ours that may be under way: 2.5 s at 20 ms. */
const HISTORY = 128;

/** Nothing known. */
export function newTraffic(): Traffic {
  return { tx: { newest: null, kept: [] }, rx: { newest: null, kept: [] }, history: [], own: null };
}

/** Notes what we had sent through the tunnel when the heartbeat `seq` went out, at the time `sent`. */
export function noteSent(traffic: Traffic, sent: number, seq: number, packets: number): void {
  traffic.history.push({ sent, seq, packets });
  if (traffic.history.length > HISTORY) traffic.history.shift();
}

/** Notes what had arrived at the peer when it heard our heartbeat with the time `echo`. */
export function noteArrived(
  traffic: Traffic,
  echo: number,
  there: { at: number; packets: number; bytes: number; beats: number },
): void {
  for (let i = traffic.history.length - 1; i >= 0; i -= 1) {
    const known = traffic.history[i];
    if (known?.sent !== echo) continue;
    const { at, packets: arrived, bytes, beats: beatsArrived } = there;
    const { packets: sent, seq: beats } = known;
    traffic.tx.newest = { at, sent, arrived, bytes, beats, beatsArrived };
    return;
  }
}

/** Notes what the peer had sent when its heartbeat went, and what we had received when it came. */
export function noteHeard(traffic: Traffic, sent: number, here: TunnelCounts, at: number): void {
  const { rxPackets: arrived, rxBytes: bytes } = here;
  traffic.rx.newest = { at, sent, arrived, bytes, beats: 0, beatsArrived: 0 };
}

/** Takes a sample: what happened since the last one; null: not known. */
export function sampleWay(way: Way): Step | null {
  const [before, last] = [way.kept.at(-1), way.newest];
  if (last === null || last === before) return null;
  if (before !== undefined && !follows(before, last)) way.kept = [];
  way.kept.push(last);
  while (elapsed(way.kept[0] ?? last, last) > WINDOW) way.kept.shift();
  if (before === undefined || way.kept.length < 2) return null;
  const [sent, arrived] = [
    difference(last.sent, before.sent),
    difference(last.arrived, before.arrived),
  ];
  const beats = difference(last.beats, before.beats);
  const time = elapsed(before, last);
  return {
    sent,
    // Not cut off at 0: what was under way at one mark came before the next, and sums must be right.
    lost: sent - arrived,
    beats,
    beatsLost: Math.max(0, beats - (difference(last.beatsArrived, before.beatsArrived) & 0xffff)),
    rate: time > RECENT ? null : (difference(last.bytes, before.bytes) * 8000) / time,
  };
}

/** Not so after a long silence, or when a tunnel's device was made anew and counts from 0. */
function follows(before: Pair, after: Pair): boolean {
  const most = 0x7fffffff;
  const time = elapsed(before, after);
  return (
    time > 0 &&
    time <= WINDOW &&
    difference(after.sent, before.sent) <= most &&
    difference(after.arrived, before.arrived) <= most
  );
}

/** Milliseconds between two pairs. */
function elapsed(before: Pair, after: Pair): number {
  return ((after.at - before.at) | 0) / 10;
}

/** Part of the packets of the samples of the last 10 s that were lost; null: too few. */
export function packetLoss({ kept }: Way): number | null {
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined) return null;
  const sent = difference(last.sent, first.sent);
  if (sent < FEWEST) return null;
  return Math.max(0, 1 - difference(last.arrived, first.arrived) / sent);
}

/** Our own rates since the last call, bit/s. */
export function ownRates(
  traffic: Traffic,
  counts: TunnelCounts | null,
  now: number,
): { tx: number | null; rx: number | null } {
  const before = traffic.own;
  traffic.own = counts === null ? null : { at: now, rx: counts.rxBytes, tx: counts.txBytes };
  if (before === null || traffic.own === null || now - before.at < 1) return { tx: null, rx: null };
  const rate = (from: number, to: number): number | null =>
    to < from ? null : ((to - from) * 8000) / (now - before.at);
  return { tx: rate(before.tx, traffic.own.tx), rx: rate(before.rx, traffic.own.rx) };
}

function difference(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}
