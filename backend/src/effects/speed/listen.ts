import { createServer, type Server, type Socket } from 'node:net';
import { type Line, readLines } from './wire.ts';

/** How long a connection may take over its first line, ms. */
const FIRST_LINE = 10_000;

/** Connections to one port; a test has one at a time. */
const CONNECTIONS = 8;

/** Takes the lines of one connection; `false`: what follows is no line. */
export type Reader = (line: Line) => boolean;

/** Where to listen, and who may come. */
export interface Door {
  address: string;
  port: number;
  /** Only from this address: who is merely routed to us, through the bond or the LAN, has another. */
  peer: string;
  /** Makes the reader of a new connection; one that it rejects is closed. */
  greet: (socket: Socket) => Promise<Reader>;
}

/** A port that is listened on; `close` ends its connections as well. */
export interface Listening {
  close(): void;
}

/** Listens; rejects when the port or the address cannot be had. */
export function listen({ address, port, peer, greet }: Door): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    if (socket.remoteAddress !== peer) return void socket.destroy();
    sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), FIRST_LINE);
    socket.once('close', () => {
      clearTimeout(timer);
      sockets.delete(socket);
    });
    const read = (reader: Reader): void =>
      readLines(socket, (line) => {
        clearTimeout(timer);
        return reader(line);
      });
    greet(socket).then(read, () => socket.destroy());
  });
  server.maxConnections = CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen({ host: address, port }, () =>
      resolve({
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      }),
    );
  });
}
