import type { Socket } from 'node:net';
import { type Alive, keepAlive } from '../effects/speed/alive.ts';
import { type Look, readLook } from '../effects/speed/look.ts';
import {
  closedBecause,
  PROTOCOL_VERSION,
  type Ready,
  readLines,
  readReady,
  sendLine,
} from '../effects/speed/wire.ts';

/** How long the other end may take to make its paths ready, ms. */
const READY_LIMIT = 20_000;

/** How long it may take to say what it sees, ms: behind a full queue a second is usual. */
const LOOK_LIMIT = 4_000;

/** What a test is asked with. */
export interface Wish {
  /** UDP ports at the server of the tunnels to test. */
  ports: number[];
  seconds: number;
  mac: string | null;
  /** Our OpenVPN processes. */
  pids: readonly number[];
}

/** The control connection of a test that the other end has agreed to. */
export interface Control {
  ready: Ready;
  alive: Alive;
  /** What the other end sees now; null: it does not say, or not in time. */
  look(): Promise<Look | null>;
}

/** Asks for a test on `socket`; resolves when it is agreed to. Rejects with the refusal, or when none comes. */
export function agree(socket: Socket, { pids, ...wish }: Wish): Promise<Control> {
  const alive = keepAlive(socket, pids);
  const { length } = wish.ports;
  let waiting: ((look: Look | null) => void) | null = null;
  const look = (): Promise<Look | null> =>
    new Promise((resolve) => {
      const answer = (found: Look | null): void => {
        clearTimeout(timer);
        waiting = null;
        resolve(found);
      };
      const timer = setTimeout(answer, LOOK_LIMIT, null);
      waiting = answer;
      sendLine(socket, { look: true });
    });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('no answer to hello')), READY_LIMIT);
    socket.once('close', () => {
      clearTimeout(timer);
      waiting?.(null);
      reject(closedBecause(socket));
    });
    readLines(socket, (line) => {
      alive.heard(line);
      const seen = readLook(line, length);
      if (seen !== null) waiting?.(seen);
      if (typeof line.refused === 'string')
        reject(new Error(`the other end refuses: ${line.refused.slice(0, 200)}`));
      const ready = readReady(line, length);
      if (ready === null) return true;
      clearTimeout(timer);
      // One of an older version does not know the question.
      resolve({ ready, alive, look: ready.looks ? look : () => Promise.resolve(null) });
      return true;
    });
    sendLine(socket, { hello: PROTOCOL_VERSION, ...wish });
  });
}
