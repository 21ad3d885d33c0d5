/** How long a flow may bring nothing before it counts as dead, ms. */
export const STALL = 6_000;

/** How often the rate is told, ms. */
const REPORT = 500;

/** The start of a flow that is not counted: TCP is still finding the rate. Part of it, and at most so many s. */
const WARM_UP = { part: 0.3, most: 1 } as const;

/** What a look at the gauge says: bit/s of the last half second or null, and the result at the end. */
export type Reading =
  | { state: 'flowing'; rate: number | null }
  | { state: 'stalled' }
  | { state: 'done'; result: number };

/** Counts the bytes of one flow. All times in ms, of one clock. */
export interface Gauge {
  add(bytes: number, now: number): void;
  look(now: number): Reading;
}

interface Mark {
  time: number;
  bytes: number;
}

/** A gauge that is done `seconds` after the first byte; `now` is when it begins to wait for that. */
export function gauge(seconds: number, now: number): Gauge {
  const warmUp = 1_000 * Math.min(WARM_UP.most, WARM_UP.part * seconds);
  let bytes = 0;
  let last = now;
  let first: number | null = null;
  let warm: Mark | null = null;
  let told: Mark = { time: now, bytes };
  return {
    add(more, time) {
      last = time;
      if (first === null) told = { time, bytes };
      first ??= time;
      bytes += more;
    },
    look(time) {
      if (time - last > STALL) return { state: 'stalled' };
      const mark = { time, bytes };
      if (first === null) return { state: 'flowing', rate: null };
      if (time - first >= warmUp) warm ??= mark;
      if (warm !== null && time - first >= seconds * 1_000)
        return { state: 'done', result: rateBetween(warm, mark) };
      if (time - told.time < REPORT) return { state: 'flowing', rate: null };
      const rate = rateBetween(told, mark);
      told = mark;
      return { state: 'flowing', rate };
    },
  };
}

function rateBetween(from: Mark, to: Mark): number {
  return Math.round(((to.bytes - from.bytes) * 8_000) / Math.max(1, to.time - from.time));
}
