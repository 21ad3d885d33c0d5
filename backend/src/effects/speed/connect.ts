import { connect, type Socket } from 'node:net';
import { closedBecause } from './wire.ts';

/** How long a connection may take, ms: a full queue on a slow line costs seconds. */
const CONNECT_LIMIT = 6_000;

/** Where a connection goes, and from which of our addresses. */
export interface Way {
  from: string;
  to: string;
  port: number;
}

/** Connects; errors of the socket later on only close it. Rejects with the reason, also when `signal` aborts. */
export function open({ from, to, port }: Way, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to, port, localAddress: from, noDelay: true });
    const abort = (): void => void socket.destroy(new Error('it was stopped'));
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), CONNECT_LIMIT);
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(closedBecause(socket));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}
