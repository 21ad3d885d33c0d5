import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Waits before a socket is opened again (ms), by the number of failures. */
const RETRY: readonly number[] = [500, 1_000, 2_000, 5_000, 15_000];

/** What a socket is for. */
export interface Bound {
  address: string;
  /** 0: the kernel chooses. */
  port: number;
  received: (bytes: Buffer, from: RemoteInfo) => void;
  /** It cannot be had, or nothing can be sent: told once, until it works again. */
  failed: (reason: string) => void;
}

/** A UDP socket that is opened again when it fails. It never keeps the process alive, nor throws. */
export interface HeartbeatSocket {
  /** Sends, if it can. */
  send(bytes: Uint8Array, port: number, address: string): void;
  /** Why it does not work; null: it does, or nothing is known yet. */
  failure(): string | null;
  /** The port that it has; null: none yet. */
  port(): number | null;
  close(): void;
}

/** Opens one. Addresses are numbers: no name is ever looked up. */
export function openHeartbeatSocket({ address, port, received, failed }: Bound): HeartbeatSocket {
  const family = isIPv6(address) ? 6 : 4;
  let socket: Socket | null = null;
  let ready = false;
  let failures = 0;
  let failure: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const fail = (error: Error): void => {
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    if (failure === null && !closed) failed(reason);
    failure = reason;
  };
  const worked = (): void => {
    failures = 0;
    failure = null;
  };
  const drop = (old: Socket): void => {
    if (socket === old) socket = null;
    ready = false;
    try {
      old.close();
    } catch {
      // It was closed already.
    }
  };
  const open = (): void => {
    timer = null;
    const made = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Without it each send asks the resolver what the number means.
      lookup: (name, _options, found) => found(null, name, family),
    });
    socket = made;
    made.on('message', received);
    made.on('listening', () => {
      ready = true;
      if (failures > 0) worked();
    });
    made.on('error', (error) => {
      drop(made);
      fail(error);
      if (closed) return;
      timer = setTimeout(open, RETRY[Math.min(failures, RETRY.length - 1)]);
      timer.unref();
      failures += 1;
    });
    made.bind({ address, port });
    made.unref();
  };
  const sent = (error: Error | null): void => {
    if (error !== null) fail(error);
    else if (failure !== null) worked();
  };
  open();

  return {
    send(bytes, toPort, toAddress) {
      if (socket === null || !ready) return;
      try {
        socket.send(bytes, toPort, toAddress, sent);
      } catch (error) {
        // A translation that has lost its mind may show port 0, which Node does not take.
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    },
    failure: () => failure,
    port: () => (socket !== null && ready ? socket.address().port : null),
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      if (socket !== null) drop(socket);
    },
  };
}
