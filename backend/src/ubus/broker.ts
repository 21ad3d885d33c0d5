import { createServer, type Socket } from 'node:net';
import { reason } from '../errors.ts';
import { Bus } from './broker/bus.ts';
import { listenOn, ownAccount } from './broker/socket.ts';
import { createFramer } from './codec/framer.ts';
import { MAX_FRAME, parseMessage } from './codec/message.ts';
import { DEFAULT_PATH } from './connection.ts';

export interface BrokerOptions {
  /** Default `/var/run/ubus/ubus.sock`; its folder is made when it is missing. */
  path?: string;
  /**
   * Permissions of the socket, default 0600: the broker has no ACLs, whoever can connect may do
   * everything, so only its own user and root can.
   */
  mode?: number;
  /** Told why a client was dropped, or could not be taken in. */
  onDrop?: (why: string) => void;
}

export interface Broker {
  readonly path: string;
  /** Drops all clients, removes the socket. */
  close(): Promise<void>;
}

/**
 * Bytes that wait for a client that does not read; messages beyond are lost to it, as in ubusd. That
 * is 1 MiB beside the message being written, which Node counts whole until all of it is out.
 */
const MAX_QUEUE = 1_048_576 + MAX_FRAME;
const MAX_CLIENTS = 256;

/**
 * Starts a ubusd for machines that have none: the real `ubus` command and libubus programs can use
 * it. Differs from ubusd in having no ACLs and not passing file descriptors. Rejects when somebody
 * listens on the path already.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const path = options.path ?? DEFAULT_PATH;
  const account = ownAccount();
  const bus = new Bus();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(bus, socket, account, (why) => options.onDrop?.(why));
  });
  server.maxConnections = MAX_CLIENTS;
  await listenOn(server, path, options.mode ?? 0o600);
  // A failing accept (no descriptors left) is no reason to end what works.
  server.on('error', (error) => options.onDrop?.(reason(error)));
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(
  bus: Bus,
  socket: Socket,
  { user, group }: { user: string; group: string },
  onDrop: (why: string) => void,
): void {
  const framer = createFramer();
  const write = (frame: Buffer): void => {
    if (!socket.destroyed && socket.writableLength + frame.length <= MAX_QUEUE) socket.write(frame);
  };
  const client = bus.join(write, user, group);
  socket.on('data', (chunk: Buffer) => {
    try {
      framer.push(chunk, (frame) => {
        if (!socket.destroyed) bus.receive(client, parseMessage(frame));
      });
    } catch (thrown) {
      onDrop(reason(thrown));
      socket.destroy();
    }
  });
  // A client that is gone while something is written to it: `close` follows.
  socket.on('error', () => undefined);
  socket.once('close', () => bus.leave(client));
}
