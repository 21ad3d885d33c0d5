import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Ways } from './page-login.ts';
import type { Hub } from './websocket.ts';

/** Longest message from a page, bytes. */
const MAX_MESSAGE = 4096;

/** A request for a WebSocket, as `node:http` hands it over. */
export interface Upgrade {
  request: IncomingMessage;
  stream: Duplex;
  head: Buffer;
}

/** Makes WebSockets of connections and hands them to `hub`. */
export function createUpgrader(hub: Pick<Hub, 'add'>): (upgrade: Upgrade, ways: Ways) => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
  });
  return ({ request, stream, head }, ways) =>
    sockets.handleUpgrade(request, stream, head, (socket) => hub.add(socket, ways));
}

/** Answers a request for a WebSocket with an HTTP status, e.g. `403 Forbidden`. */
export function refuseUpgrade({ stream }: Upgrade, status: string): void {
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
