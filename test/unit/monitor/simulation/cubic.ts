/**
 * A sender as Linux has it: CUBIC (RFC 9438) with its Reno-friendly region, one cut per round trip,
 * not misled by reordering (RACK). The window is counted in packets.
 */
export interface Cubic {
  window: number;
  threshold: number;
  /** Window before the last cut. */
  top: number;
  /** When the last cut was, s. */
  epoch: number;
  /** What Reno would have by now. */
  reno: number;
  /** Losses of packets before this number belong to the last cut. */
  recover: number;
}

const C = 0.4;
const BETA = 0.7;

/** A connection that begins. */
export function newCubic(): Cubic {
  return {
    window: 10,
    threshold: Number.POSITIVE_INFINITY,
    top: 0,
    epoch: 0,
    reno: 0,
    recover: -1,
  };
}

/** One packet was acknowledged. */
export function acked(flow: Cubic, now: number, rtt: number): void {
  if (flow.window < flow.threshold) {
    flow.window += 1;
    return;
  }
  const k = Math.cbrt((flow.top * (1 - BETA)) / C);
  const target = C * (now + rtt - flow.epoch - k) ** 3 + flow.top;
  flow.reno += (3 * (1 - BETA)) / (1 + BETA) / flow.window;
  const grown =
    target > flow.window
      ? flow.window + Math.min(0.5, (target - flow.window) / flow.window)
      : flow.window;
  flow.window = Math.max(grown, flow.reno);
}

/** Packet `number` was lost; `next` is the number of the packet that will be sent next. */
export function cut(flow: Cubic, number: number, next: number, now: number): void {
  if (number < flow.recover) return;
  // Fast convergence: a flow that shrinks leaves room sooner.
  flow.top = flow.window < flow.top ? (flow.window * (1 + BETA)) / 2 : flow.window;
  flow.window = Math.max(2, flow.window * BETA);
  flow.threshold = flow.window;
  flow.reno = flow.window;
  flow.epoch = now;
  flow.recover = next;
}
