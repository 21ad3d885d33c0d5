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
  /** So many packets in a row are lost, in the mean; missing: each by itself. */
  burst?: number;
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
  /** The last packet was lost by chance. */
  losing: boolean;
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
    losing: false,
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

/** What became of a packet: when the sender learns of it, and whether it arrived. */
interface Fate {
  at: number;
  ok: boolean;
}

/** Sends one packet of a tunnel at `now`, twice where that is asked for. */
export function send(line: SimLine, now: number, random: () => number, isTwice = false): Fate {
  line.sent += 1;
  line.offered += PACKET * 8;
  const first = put(line, now, random);
  const second = isTwice ? put(line, now, random) : first;
  const ok = first.ok || second.ok;
  if (!ok) line.lost += 1;
  return { at: first.ok ? first.at : second.at, ok };
}

/** One packet onto the line. */
function put(line: SimLine, now: number, random: () => number): Fate {
  const { rate, rtt, loss = 0, burst = 1, jitter = 0 } = line.spec;
  const waiting = queueOf(line, now);
  if (waiting > queueLimit(line.spec)) {
    // What comes after it in the queue tells of it.
    return { at: now + rtt + waiting, ok: false };
  }
  line.busyUntil = Math.max(now, line.busyUntil) + (PACKET * 8) / rate;
  const late = (random() * 2 - 1) * jitter;
  const arrival = Math.max(line.lastArrival, line.busyUntil + rtt / 2 + late / 2);
  line.lastArrival = arrival;
  // Lost in rows: a row begins so seldom, and goes on so often, that it is `loss` of all.
  line.losing = random() < (line.losing ? 1 - 1 / burst : loss / (burst * (1 - loss) + loss));
  return { at: arrival + rtt / 2, ok: !line.losing };
}

/** How long a packet would wait now, s. */
export function queueOf(line: SimLine, now: number): number {
  return Math.max(0, line.busyUntil - now);
}

function queueLimit(spec: LineSpec): number {
  return Math.max(spec.queue ?? 0.08, (LEAST_QUEUE * 8) / spec.rate);
}
