import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { fingerprintOf, takeLine } from './join-client.ts';

/** How to listen for routers that join. */
export interface JoinServerOptions {
  /** Address to listen on; the tunnels use IPv4 too. */
  host: string;
  /** 0: any that is free. */
  port: number;
  /** Ours, PEM. */
  certificate: string;
  key: string;
  /**
   * The answer to one line of the router with this fingerprint; null closes the connection. What it
   * throws closes it too.
   */
  answer: (line: string, router: string) => string | null;
  limits: { bytes: number; time: number; connections: number };
  /** Somebody who knocks and is no router of ours. */
  stranger: (address: string, why: string) => void;
}

/** A door that is open. */
export interface JoinServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens with TLS. Each connection has `limits.time` ms in all, from its first packet, and one line.
 * A router must show a certificate, whose fingerprint is what it is known by; who signed it and its
 * dates are not looked at. Rejects when the port cannot be had or the certificate is none.
 */
export function listenForRouters(options: JoinServerOptions): Promise<JoinServer> {
  const { limits, stranger } = options;
  const open = new Set<Socket>();
  return new Promise((resolve, reject) => {
    const server = createServer(
      {
        cert: options.certificate,
        key: options.key,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        handshakeTimeout: limits.time,
      },
      (socket) => serve(socket, options),
    );
    server.maxConnections = limits.connections;
    // The TCP connection, before TLS: who opens it and says nothing is counted and ended as well.
    server.on('connection', (socket: Socket) => {
      const timer = setTimeout(() => socket.destroy(), limits.time);
      open.add(socket);
      socket.on('close', () => {
        clearTimeout(timer);
        open.delete(socket);
      });
    });
    server.on('tlsClientError', (error, socket) => {
      stranger(socket.remoteAddress ?? 'somebody', error.message);
      socket.destroy();
    });
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.on('error', () => {});
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      resolve({
        port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      });
    });
  });
}

function serve(socket: TLSSocket, { answer, limits, stranger }: JoinServerOptions): void {
  const address = socket.remoteAddress ?? 'somebody';
  // A reset while we answer; the router asks again.
  socket.on('error', () => {});
  const router = fingerprintOf(socket);
  const refuse = (why: string): void => {
    stranger(address, why);
    socket.destroy();
  };
  if (router === null) {
    refuse('it shows no certificate');
    return;
  }
  takeLine(socket, limits.bytes, (line) => {
    if (line === null) return refuse('its line is too long');
    const reply = attempt(() => answer(line, router));
    if (reply === null) refuse('what it says is no request');
    else socket.end(reply);
  });
}

function attempt(work: () => string | null): string | null {
  try {
    return work();
  } catch {
    return null;
  }
}
