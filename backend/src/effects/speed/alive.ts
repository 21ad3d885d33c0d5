import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { cpuMeter } from './cpu.ts';
import { type Line, sendLine } from './wire.ts';

/** How often each end gives a sign of life, ms. */
const EVERY = 2_000;

/** How long one may be silent, ms: with full queues on the lines a sign takes seconds. */
const SILENCE = 12_000;

/** Busy part of a processor, from 0 to 1, that counts as the limit of what was measured. */
const BUSY = 0.9;

/** The control connection of a test, kept alive until it closes. */
export interface Alive {
  /** To be told every line that comes. */
  heard(line: Line): void;
  /** Whether a processor of either end was busy nearly all the time, in some two seconds. */
  overloaded(): boolean;
}

/** Gives signs of life on `socket`, with how busy we are, and closes it when the other end gives none. */
export function keepAlive(socket: Socket): Alive {
  const meter = cpuMeter();
  let last = performance.now();
  let busiest = 0;
  const timer = setInterval(() => {
    const busy = meter();
    busiest = Math.max(busiest, busy);
    sendLine(socket, { busy });
    if (performance.now() - last > SILENCE)
      socket.destroy(new Error(`the other end has been silent for ${SILENCE / 1000} s`));
  }, EVERY);
  socket.once('close', () => clearInterval(timer));
  return {
    heard({ busy }) {
      last = performance.now();
      if (typeof busy === 'number') busiest = Math.max(busiest, busy);
    },
    overloaded: () => busiest >= BUSY,
  };
}
