import { reason } from '../errors.ts';
import { delta, type SocketMessage } from './delta.ts';
import type { Snapshot } from './snapshot.ts';

/** More pages than a person opens; each costs a message a second. */
const MAX_CLIENTS = 8;
/** Bytes waiting for a client, beyond which it is not sent the next snapshot. */
const MAX_BUFFERED = 256 * 1024;
/** Snapshots skipped in a row before a client is dropped; 15 s at one a second. */
const MAX_SKIPPED = 15;
/** A client that has not answered the last ping when the next is due is dropped, ms. */
const PING_EVERY = 15_000;
/** How long a client may take over the closing handshake, ms; `ws` alone would wait 30 s. */
const CLOSE_WITHIN = 2_000;

/** The part of a `ws` WebSocket that is used here. */
export interface HubSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface HubOptions {
  /** The state now, for a client that has just come. */
  snapshot: () => Snapshot;
  log: (line: string) => void;
  /** Told how many clients there are whenever that changes: nobody looks, nothing need be made. */
  watched?: (clients: number) => void;
}

/** All pages that are open on one daemon. Runs no timer while there is no client. */
export interface Hub {
  /** Takes a socket whose handshake is done; the 9th is closed with 1013. */
  add(socket: HubSocket): void;
  /**
   * Sends what changed since the last snapshot that each client has. `snapshot` is kept for the
   * next comparison: give a new object each time and leave the old one as it is.
   */
  broadcast(snapshot: Snapshot): void;
  clients(): number;
  /** Closes all clients with 1001; those that do not answer are cut off after 2 s. */
  close(): void;
}

interface Client {
  socket: HubSocket;
  /** Closes the socket. */
  leave: (code: number, why: string) => void;
  /** What the client has. */
  sent: Snapshot;
  skipped: number;
  answered: boolean;
}

/** A hub without clients. */
export function createHub(options: HubOptions): Hub {
  const clients = new Set<Client>();
  let pinging: ReturnType<typeof setInterval> | undefined;

  const count = (): void => {
    if (clients.size > 0) {
      pinging ??= setInterval(() => pingAll(clients, drop), PING_EVERY).unref();
    } else {
      clearInterval(pinging);
      pinging = undefined;
    }
    options.watched?.(clients.size);
  };
  const remove = (client: Client): void => {
    if (clients.delete(client)) count();
  };
  const drop = (client: Client, why: string): void => {
    options.log(`page: a client is dropped: ${why}`);
    remove(client);
    client.socket.terminate();
  };

  return {
    add(socket) {
      const leave = closer(socket);
      if (clients.size >= MAX_CLIENTS) {
        leave(1013, `${MAX_CLIENTS} pages are open already`);
        return;
      }
      const sent = greet(socket, options);
      if (!sent) {
        leave(1011, 'there is no status to send');
        return;
      }
      const client: Client = { socket, leave, sent, skipped: 0, answered: true };
      socket.on('message', (_data, isBinary) => {
        remove(client);
        if (isBinary) leave(1003, 'only text is understood');
        else leave(1008, 'this server takes no messages');
      });
      socket.on('pong', () => {
        client.answered = true;
      });
      // A frame that breaks the protocol or is over 4 KiB: ws has sent the close code by now.
      socket.on('error', () => {
        remove(client);
        leave(1002, '');
      });
      socket.on('close', () => remove(client));
      clients.add(client);
      count();
    },

    broadcast(snapshot) {
      const texts = new Map<Snapshot, string>();
      for (const client of clients) {
        if (client.socket.bufferedAmount > MAX_BUFFERED) {
          client.skipped += 1;
          if (client.skipped > MAX_SKIPPED) drop(client, 'it does not read what it is sent');
          continue;
        }
        const text = texts.get(client.sent) ?? update(client.sent, snapshot);
        texts.set(client.sent, text);
        client.socket.send(text);
        client.sent = snapshot;
        client.skipped = 0;
      }
    },

    clients: () => clients.size,

    close() {
      for (const client of clients) {
        remove(client);
        client.leave(1001, 'the daemon stops');
      }
    },
  };
}

function pingAll(clients: Set<Client>, drop: (client: Client, why: string) => void): void {
  for (const client of clients) {
    if (client.answered) {
      client.answered = false;
      client.socket.ping();
    } else {
      drop(client, 'it does not answer');
    }
  }
}

/** How to close `socket`: by the handshake, and by force where the other side does not take part. */
function closer(socket: HubSocket): Client['leave'] {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Without a listener an error on a socket that is being closed would end the daemon.
  socket.on('error', () => undefined);
  socket.on('close', () => clearTimeout(timer));
  return (code, why) => {
    socket.close(code, why);
    timer ??= setTimeout(() => socket.terminate(), CLOSE_WITHIN).unref();
  };
}

/** Sends a newcomer the whole state; null when there is none. */
function greet(socket: HubSocket, options: HubOptions): Snapshot | null {
  try {
    const snapshot = options.snapshot();
    socket.send(encode({ type: 'snapshot', snapshot }));
    return snapshot;
  } catch (thrown) {
    options.log(`page: no snapshot for a new client: ${reason(thrown)}`);
    return null;
  }
}

/** The message that takes a client from `before` to `after`; an empty delta is its sign of life. */
function update(before: Snapshot, after: Snapshot): string {
  const found = delta(before, after);
  return encode(found ? { type: 'delta', delta: found } : { type: 'snapshot', snapshot: after });
}

function encode(message: SocketMessage): string {
  return JSON.stringify(message);
}
