/**
 * Lines as packets meet them: a rate, a queue that overflows, a delay, jitter that keeps the order,
 * random loss. Times in seconds, rates in bit/s. All chance comes from a seed, so that runs repeat.
 */

/** What a line is; it may change while the simulation runs. */
export interface LineSpec {
  name: string;
  /** bit/s in the sending direction. */
  rate: number;
  /** Round trip without queues, s. */
  rtt: number;
  /** Fraction of packets lost by chance. */
  loss?: number;
  /** The round trip varies by this to either side, s. */
  jitter?: number;
  /** What its queue holds, s. */
  queue?: number;
}

/** A line with what is under way on it. */
export interface SimLine {
  spec: LineSpec;
  /** When the last packet of its queue has left, s. */
  busyUntil: number;
  /** Nothing arrives before what was sent before it, s. */
  lastArrival: number;
  sent: number;
  lost: number;
  /** Arrivals that the second under way has brought, bits. */
  arrived: number;
  /** Bits sent in it. */
  offered: number;
  /** Queue seen by ten heartbeats a second, s. */
  queues: number[];
}

/** Bytes of a packet on the line. */
export const PACKET = 1500;

/** What a queue of a slow line holds at least, bytes. */
const LEAST_QUEUE = 9_000;

/** A line on which nothing is under way. */
export function newLine(spec: LineSpec): SimLine {
  return {
    spec,
    busyUntil: 0,
    lastArrival: 0,
    sent: 0,
    lost: 0,
    arrived: 0,
    offered: 0,
    queues: [],
  };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Sends one packet at `now`: when the sender learns of it, and whether it arrived. */
export function send(
  line: SimLine,
  now: number,
  random: () => number,
): { at: number; ok: boolean } {
  const { rate, rtt, loss = 0, jitter = 0 } = line.spec;
  line.sent += 1;
  line.offered += PACKET * 8;
  const waiting = queueOf(line, now);
  if (waiting > queueLimit(line.spec)) {
    line.lost += 1;
    // What comes after it in the queue tells of it.
    return { at: now + rtt + waiting, ok: false };
  }
  line.busyUntil = Math.max(now, line.busyUntil) + (PACKET * 8) / rate;
  const late = (random() * 2 - 1) * jitter;
  const arrival = Math.max(line.lastArrival, line.busyUntil + rtt / 2 + late / 2);
  line.lastArrival = arrival;
  const ok = random() >= loss;
  if (!ok) line.lost += 1;
  return { at: arrival + rtt / 2, ok };
}

/** How long a packet would wait now, s. */
export function queueOf(line: SimLine, now: number): number {
  return Math.max(0, line.busyUntil - now);
}

function queueLimit(spec: LineSpec): number {
  return Math.max(spec.queue ?? 0.08, (LEAST_QUEUE * 8) / spec.rate);
}
