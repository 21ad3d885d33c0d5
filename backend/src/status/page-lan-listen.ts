import { createServer, isIPv6, type Server, type Socket } from 'node:net';

/** Waits before a failed address is tried again, ms; an IPv6 address is tentative for a second or two. */
const RETRY = [500, 1_000, 2_000, 5_000, 15_000] as const;
/** Failures of one address before it is told. */
const PATIENCE = 4;

/** An address that cannot be listened on. */
export interface ListenFailure {
  address: string;
  port: number;
  reason: string;
}

/** Listeners on exactly the addresses that are asked for. */
export interface LanListen {
  /** Listens on these from now on; what is listened on already stays as it is. */
  follow(port: number, addresses: readonly string[]): void;
  /** Addresses that are listened on. */
  bound(): string[];
  close(): void;
}

interface Listener {
  address: string;
  port: number;
  server: Server | null;
  failures: number;
  reason: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * `take` is given each connection; `tell` the first address that fails again and again, or null when
 * there is none any more.
 */
export function createLanListen(
  take: (connection: Socket) => void,
  tell: (failure: ListenFailure | null) => void,
): LanListen {
  const listeners = new Map<string, Listener>();
  let told: Listener | null = null;

  const report = (): void => {
    const bad = [...listeners.values()].find(({ failures }) => failures >= PATIENCE) ?? null;
    if (bad === told) return;
    told = bad;
    tell(bad);
  };
  const open = (listener: Listener): void => {
    const server = createServer(take);
    listener.timer = undefined;
    const current = (): boolean => listeners.get(keyOf(listener)) === listener;
    server.on('error', (error) => {
      // An error of one that listens is about a single connection: no descriptors left.
      if (server.listening || !current()) return;
      listener.failures += 1;
      listener.reason = error.message;
      const wait = RETRY[Math.min(listener.failures, RETRY.length) - 1];
      listener.timer = setTimeout(() => open(listener), wait).unref();
      report();
    });
    const { address: host, port } = listener;
    server.listen({ host, port, ipv6Only: isIPv6(host) }, () => {
      if (!current()) {
        server.close();
        return;
      }
      listener.server = server;
      listener.failures = 0;
      report();
    });
  };
  const shut = (listener: Listener): void => {
    listeners.delete(keyOf(listener));
    clearTimeout(listener.timer);
    listener.server?.close();
  };

  return {
    follow(port, addresses) {
      const wanted = new Set(addresses.map((address) => keyOf({ address, port })));
      for (const [key, listener] of listeners) if (!wanted.has(key)) shut(listener);
      for (const address of addresses) {
        if (listeners.has(keyOf({ address, port }))) continue;
        const listener = { address, port, server: null, failures: 0, reason: '', timer: undefined };
        listeners.set(keyOf(listener), listener);
        open(listener);
      }
      report();
    },
    bound: () =>
      [...listeners.values()].flatMap(({ server, address }) => (server ? [address] : [])),
    close() {
      for (const listener of listeners.values()) shut(listener);
    },
  };
}

function keyOf({ address, port }: { address: string; port: number }): string {
  return `${address} ${port}`;
}
