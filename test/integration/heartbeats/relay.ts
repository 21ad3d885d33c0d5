import { createSocket, type Socket } from 'node:dgram';

/** A line in miniature: passes UDP packets between a router's socket and the server, or does not. */
export interface Relay {
  port: number;
  /** Ways that are dead. */
  cut: { up: boolean; down: boolean };
  /** ms */
  delay: number;
  /** Bytes of the longest that passes, without headers. */
  longest: number;
  /** All that has passed, newest last. */
  passed: { up: Buffer[]; down: Buffer[] };
  /** Sends to the server from where the router's packets come from. */
  inject(bytes: Uint8Array): void;
  /** The server sees another port from now on. */
  move(): Promise<void>;
  close(): void;
}

/** Binds a UDP socket of this machine's. */
export function bound(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => resolve(socket));
  });
}

/** A port that nobody has just now. */
export async function freePort(): Promise<number> {
  const socket = await bound();
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Starts one in front of the server's port. */
export async function startRelay(server: number): Promise<Relay> {
  const inside = await bound();
  let outside = await bound();
  let open = true;
  let router: { address: string; port: number } | null = null;
  const later = (way: 'up' | 'down', bytes: Buffer, pass: () => void): void => {
    if (relay.cut[way] || bytes.length > relay.longest) return;
    relay.passed[way].push(bytes);
    if (relay.delay === 0) pass();
    else setTimeout(() => open && pass(), relay.delay).unref();
  };
  const send = (bytes: Uint8Array): void => outside.send(bytes, server, '127.0.0.1');
  const listen = (): void => {
    outside.on('message', (bytes) =>
      later('down', bytes, () => {
        if (router !== null) inside.send(bytes, router.port, router.address);
      }),
    );
  };
  listen();
  inside.on('message', (bytes, from) => {
    router = from;
    later('up', bytes, () => send(bytes));
  });
  const relay: Relay = {
    port: inside.address().port,
    cut: { up: false, down: false },
    delay: 0,
    longest: Number.POSITIVE_INFINITY,
    passed: { up: [], down: [] },
    inject: send,
    async move() {
      const before = outside;
      outside = await bound();
      listen();
      before.close();
    },
    close() {
      open = false;
      inside.close();
      outside.close();
    },
  };
  return relay;
}
