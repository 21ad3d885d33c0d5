import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { gauge, STALL } from './gauge.ts';
import { closedBecause, readLines, sendLine } from './wire.ts';

/** What a sender writes again and again; random, so that nothing on the way can compress it. */
const BLOCK = 64 * 1024;

/** How long a sender goes on when the receiver does not end the flow in time, ms. */
export const POUR_MARGIN = 2 * STALL;

/** Told bit/s of the last half second. */
export type OnRate = (rate: number) => void;

/** Writes until the socket closes; never longer than `limit` ms. */
export function pour(socket: Socket, limit: number): void {
  const block = randomBytes(BLOCK);
  const write = (): void => {
    while (!socket.destroyed && socket.write(block));
  };
  const timer = setTimeout(() => socket.destroy(), limit);
  socket.once('close', () => clearTimeout(timer));
  socket.on('drain', write);
  write();
}

/** How often it is looked how far a flow is, ms. */
const LOOK = 100;

/**
 * Counts what comes in on `socket` for `seconds` from the first byte on; resolves with the rate in
 * bit/s, the warm-up left out. Rejects when the socket closes before, or nothing comes for 6 s.
 */
export function drink(socket: Socket, seconds: number, onRate: OnRate): Promise<number> {
  const meter = gauge(seconds, performance.now());
  const count = (chunk: Buffer): void => meter.add(chunk.length, performance.now());
  return new Promise<number>((resolve, reject) => {
    const timer = setInterval(() => {
      const reading = meter.look(performance.now());
      if (reading.state === 'flowing' && reading.rate !== null) onRate(reading.rate);
      if (reading.state === 'done') resolve(reading.result);
      if (reading.state === 'stalled') reject(new Error(`nothing came for ${STALL / 1_000} s`));
      if (reading.state !== 'flowing') clearInterval(timer);
    }, LOOK);
    socket.on('data', count);
    socket.once('close', () => {
      clearInterval(timer);
      reject(closedBecause(socket));
    });
  }).finally(() => socket.off('data', count));
}

/** As `drink`, and tells the sender; the flow is its to end, or ends by itself soon after. */
export async function drinkAndTell(socket: Socket, seconds: number): Promise<void> {
  const result = await drink(socket, seconds, (rate) => sendLine(socket, { rate }));
  sendLine(socket, { result });
  // Closing now would send a reset, which may overtake the result.
  socket.resume();
  setTimeout(() => socket.destroy(), STALL).unref();
}

/** Sends until the receiver tells the rate; resolves with it. Rejects when that does not come. */
export function pourAndListen(socket: Socket, seconds: number, onRate: OnRate): Promise<number> {
  return new Promise((resolve, reject) => {
    let stall: NodeJS.Timeout | null = null;
    const wait = (): void => {
      if (stall !== null) clearTimeout(stall);
      stall = setTimeout(() => socket.destroy(), STALL);
    };
    readLines(socket, ({ rate, result }) => {
      wait();
      if (typeof rate === 'number') onRate(rate);
      if (typeof result === 'number') resolve(result);
      return true;
    });
    socket.once('close', () => {
      if (stall !== null) clearTimeout(stall);
      reject(closedBecause(socket));
    });
    wait();
    pour(socket, seconds * 1_000 + POUR_MARGIN);
  });
}
