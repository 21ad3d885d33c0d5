import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { lanAllowed } from './page-guard.ts';
import { createUpgrader, refuseUpgrade } from './page-upgrade.ts';
import type { Hub } from './websocket.ts';

/** Connections that have not asked for the WebSocket yet, with TLS each some 50 kB. */
const MAX_CONNECTIONS = 32;
/** How long a connection may take until it has the WebSocket, ms. */
const UPGRADE_WITHIN = 10_000;
/** First byte of a TLS connection: a handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

/** What the door needs. */
export interface LanDoorOptions {
  hub: Pick<Hub, 'add'>;
  /** Certificate and key for TLS; null: only plain HTTP. */
  secure: () => SecureContext | null;
  /** Addresses that are listened on now. */
  addresses: () => readonly string[];
}

/** Connections of the LAN until they have become WebSockets. */
export interface LanDoor {
  /** Takes in a connection, with TLS or without. */
  add(connection: Socket): void;
  /** Ends those that are no WebSocket yet. */
  close(): void;
}

/**
 * The door for pages of LuCI: `/socket` and nothing else, as `ws:` and `wss:` on one port, told apart
 * by the first byte. Beyond 32 connections the oldest has to go, and none may linger.
 */
export function createLanDoor({ hub, secure, addresses }: LanDoorOptions): LanDoor {
  const accept = createUpgrader(hub);
  const waiting = new Map<Socket, () => void>();
  /** The TCP connection below a TLS one. */
  const below = new WeakMap<object, Socket>();
  const http = createHttp({ maxHeaderSize: 8192 });
  answerRequests(http);

  http.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    const { host, origin } = request.headers;
    const upgrade = { request, stream, head };
    if (request.url !== '/socket') refuseUpgrade(upgrade, '404 Not Found');
    else if (!lanAllowed(origin, host, addresses())) refuseUpgrade(upgrade, '403 Forbidden');
    else {
      waiting.get(below.get(stream) ?? (stream as Socket))?.();
      accept(upgrade, ['session']);
    }
  });

  const start = (connection: Socket): void => {
    const first: Buffer | null = connection.read(1);
    if (first === null) {
      connection.once('readable', () => start(connection));
      return;
    }
    connection.unshift(first);
    if (first[0] !== TLS_HANDSHAKE) {
      http.emit('connection', connection);
      return;
    }
    const secureContext = secure();
    if (secureContext === null) {
      connection.destroy();
      return;
    }
    const tls = new TLSSocket(connection, { isServer: true, secureContext });
    below.set(tls, connection);
    tls.on('error', () => connection.destroy());
    tls.once('secure', () => http.emit('connection', tls));
  };

  return {
    add(connection) {
      connection.on('error', () => connection.destroy());
      const timer = setTimeout(() => connection.destroy(), UPGRADE_WITHIN).unref();
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(connection);
      };
      connection.once('close', done);
      const [oldest] = waiting.keys();
      if (waiting.size >= MAX_CONNECTIONS) oldest?.destroy();
      waiting.set(connection, done);
      start(connection);
    },
    close() {
      for (const connection of waiting.keys()) connection.destroy();
    },
  };
}

function answerRequests(http: HttpServer): void {
  http.on('request', (request, response) => {
    const here = request.url === '/socket';
    response.writeHead(here ? 426 : 404, {
      'Content-Type': 'text/plain',
      Connection: here ? 'close, Upgrade' : 'close',
      ...(here ? { Upgrade: 'websocket' } : {}),
    });
    response.end(here ? 'this address takes a WebSocket\n' : 'there is no such page\n');
  });
}
