import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { cpuMeter } from './cpu.ts';
import { type Line, sendLine } from './wire.ts';

/** How often each end gives a sign of life, ms. */
const EVERY = 2_000;

/** How long one may be silent, ms: with full queues on the lines a sign takes seconds. */
const SILENCE = 12_000;

/** The control connection of a test, kept alive until it closes. */
export interface Alive {
  /** To be told every line that comes. */
  heard(line: Line): void;
  /** How busy the other end was, 0 to 1, at most since this was asked last; null: it said nothing. */
  peerBusy(): number | null;
}

/**
 * Gives signs of life on `socket`, with how busy we and `pids` are, and closes it when the other end
 * gives none.
 */
export function keepAlive(socket: Socket, pids: readonly number[]): Alive {
  const meter = cpuMeter(pids);
  let last = performance.now();
  let busiest: number | null = null;
  const timer = setInterval(() => {
    sendLine(socket, { busy: meter() });
    if (performance.now() - last > SILENCE)
      socket.destroy(new Error(`the other end has been silent for ${SILENCE / 1000} s`));
  }, EVERY);
  socket.once('close', () => clearInterval(timer));
  return {
    heard({ busy }) {
      last = performance.now();
      if (typeof busy === 'number') busiest = Math.max(busiest ?? 0, busy);
    },
    peerBusy() {
      const told = busiest;
      busiest = null;
      return told;
    },
  };
}
