import type { Line } from '../lines.ts';

/** Time that a full queue in front of a line takes to drain, ms, and the least it holds, bytes. */
const QUEUE_MS = 80;
const QUEUE_MIN_BYTES = 9000;
/** One full Ethernet frame and a little, so that the rate is kept packet by packet. */
const BURST_BYTES = 1600;

/** One direction of a line. */
export interface Direction {
  /** Mbit/s. */
  rate: number;
  /** One way, ms. */
  delay: number;
  /** The delay varies by up to this many ms either way. */
  jitter: number;
  /** %; 100 is a dead line. */
  loss: number;
}

/** Which directions of a line lose everything; `none`: it works. */
export type Dead = 'none' | 'both' | 'down' | 'up';

/** The two directions of a line; a dead one loses everything. */
export function directions(line: Line, dead: Dead): { down: Direction; up: Direction } {
  const one = (direction: 'down' | 'up'): Direction => ({
    rate: line[direction],
    delay: line.rtt / 2,
    jitter: line.jitter / 2,
    loss: dead === 'both' || dead === direction ? 100 : line.loss,
  });
  return { down: one('down'), up: one('up') };
}

/**
 * The `tc` lines that make `device` send like a line: netem delays and loses, then tbf lets pass
 * `rate` out of a finite queue. netem's own rate keeps packets in order whatever the jitter.
 */
export function shape(device: string, direction: Direction): string[] {
  const limit = Math.max(QUEUE_MIN_BYTES, Math.round((direction.rate * 1000 * QUEUE_MS) / 8));
  return [
    `qdisc replace dev ${device} root handle 1: ${netem(direction)}`,
    `qdisc replace dev ${device} parent 1:1 handle 2: tbf rate ${kbit(direction.rate)} burst ${BURST_BYTES} limit ${limit}`,
  ];
}

/** The `tc` line that changes delay and loss of a device shaped before; what is queued stays. */
export function reshape(device: string, direction: Direction): string {
  return `qdisc change dev ${device} root handle 1: ${netem(direction)}`;
}

function netem({ delay, jitter, loss }: Direction): string {
  const variation = jitter > 0 ? ` ${micro(jitter)}` : '';
  return `netem limit 20000 delay ${micro(delay)}${variation} loss ${loss}% rate 1gbit`;
}

function micro(ms: number): string {
  return `${Math.round(ms * 1000)}us`;
}

function kbit(mbit: number): string {
  return `${Math.round(mbit * 1000)}kbit`;
}
