/**
 * Round trip, jitter, loss and queues of one line, from heartbeats that came in. Times are ms of our
 * clock; the peer's clock is only ever compared with itself.
 */

/** The least so far; it rises slowly, so that a longer way, and clocks that drift, become the measure. */
interface Floor {
  value: number;
  /** When it was that, ms. */
  at: number;
}

/** Values since the last sample. */
interface Several {
  sum: number;
  count: number;
  most: number;
}

/** What one line's heartbeats have shown. It is changed in place: it is one line's, and kept. */
export interface Figures {
  /** Smoothed round trip; null: none measured. */
  rtt: number | null;
  /** Smoothed, RFC 3550 6.4.1; null before the second heartbeat. */
  jitter: number | null;
  /** The least of it, as it is while the line is quiet; null: too few have come. */
  calm: Floor | null;
  /** How many were measured. */
  measured: number;
  /** How late the newest came, against the quickest so far; null: not known. */
  queue: number | null;
  /** Those since the last sample. */
  queues: Several;
  /** The same of ours at the peer, as it says. */
  peerQueues: Several;
  transit: number | null;
  /** What the way here takes at most just now: rises at once, falls slowly. */
  slowest: number | null;
  quickest: Floor | null;
  shortest: Floor | null;
  /** By second: how many should have come, and how many came. */
  seconds: { second: number; due: number; came: number }[];
}

/**
 * How fast a floor rises: 12 ms a minute. Two clocks drift apart by a tenth of that or so. A line that is
 * full without a pause is known to be full for many minutes; a minimum of the last minute forgot it.
 */
const RISE = 0.0002;

/** Seconds that the loss is counted over. */
const LOSS_SECONDS = 30;

/** Fewer than this make no percentage. */
const FEWEST = 5;

/** After so many the jitter, which begins with 0, is near what it should be. */
const SETTLED = 32;

/** Nothing measured yet. */
export function newFigures(): Figures {
  return {
    rtt: null,
    jitter: null,
    calm: null,
    measured: 0,
    queue: null,
    queues: none(),
    peerQueues: none(),
    transit: null,
    slowest: null,
    quickest: null,
    shortest: null,
    seconds: [],
  };
}

/**
 * Notes when one came: `transit` is arrival less departure, by two clocks; `rtt` null where the peer
 * could not say. The queue is never more than what the round trip has grown by: that bound needs only
 * our own clock, so it holds while the two drift apart.
 */
export function measure(
  figures: Figures,
  { transit, rtt, peerQueue }: { transit: number; rtt: number | null; peerQueue: number | null },
  now: number,
): void {
  if (figures.transit !== null)
    figures.jitter = approach(figures.jitter ?? 0, Math.abs(transit - figures.transit), 16);
  figures.transit = transit;
  figures.measured += 1;
  if (figures.measured > SETTLED && figures.jitter !== null)
    figures.calm = floorOf(figures.calm, figures.jitter, now);
  figures.slowest =
    figures.slowest === null || transit > figures.slowest
      ? transit
      : approach(figures.slowest, transit, 8);
  figures.quickest = floorOf(figures.quickest, transit, now);
  const behind = transit - figures.quickest.value;
  let grown = Number.POSITIVE_INFINITY;
  if (rtt !== null) {
    figures.shortest = floorOf(figures.shortest, rtt, now);
    grown = rtt - figures.shortest.value;
    figures.rtt = figures.rtt === null ? rtt : approach(figures.rtt, rtt, 8);
  }
  figures.queue = Math.min(behind, grown);
  add(figures.queues, figures.queue);
  if (peerQueue !== null) add(figures.peerQueues, Math.min(peerQueue, grown));
}

/** Mean and largest of the values since the last call; null: there were none. */
export function takeSeveral(values: Several): { mean: number; most: number } | null {
  const { sum, count: many, most } = values;
  Object.assign(values, none());
  return many === 0 ? null : { mean: sum / many, most };
}

function none(): Several {
  return { sum: 0, count: 0, most: 0 };
}

function add(values: Several, value: number): void {
  values.sum += value;
  values.count += 1;
  values.most = Math.max(values.most, value);
}

/** Counts one that came and `missed` that should have come before it. */
export function count(figures: Figures, missed: number, now: number): void {
  const second = Math.floor(now / 1000);
  let last = figures.seconds.at(-1);
  if (last?.second !== second) {
    last = { second, due: 0, came: 0 };
    figures.seconds.push(last);
    while ((figures.seconds[0]?.second ?? second) <= second - LOSS_SECONDS) figures.seconds.shift();
  }
  last.due += missed + 1;
  last.came += 1;
}

/** Part of the heartbeats of the last 30 s that did not come; null: too few to say. */
export function lossOf(figures: Figures, now: number): number | null {
  const oldest = Math.floor(now / 1000) - LOSS_SECONDS;
  let [due, came] = [0, 0];
  for (const second of figures.seconds) {
    if (second.second <= oldest) continue;
    due += second.due;
    came += second.came;
  }
  return due < FEWEST ? null : 1 - came / due;
}

function floorOf(floor: Floor | null, value: number, now: number): Floor {
  const risen = floor === null ? value : floor.value + (now - floor.at) * RISE;
  return { value: Math.min(value, risen), at: now };
}

function approach(from: number, to: number, steps: number): number {
  return from + (to - from) / steps;
}
