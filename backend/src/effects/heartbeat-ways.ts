import { type HeartbeatSocket, openHeartbeatSocket } from './heartbeat-socket.ts';
import type { HeartbeatConfig, HeartbeatLink } from './heartbeats.ts';

/** Where something came from, or goes. */
export interface Place {
  address: string;
  port: number;
}

/** The sockets: one at the server, one for each line at the router. */
export interface Ways {
  /**
   * Opens and closes sockets as the configuration says; null: closes all. Names the links whose line is
   * another now.
   */
  set(config: HeartbeatConfig | null): string[];
  /** Sends on the link with this number, if it is known where to. */
  send(id: number, bytes: Uint8Array): void;
  /** This is where the link's genuine ones come from at the moment. */
  isKnown(id: number, from: Place): boolean;
  /** A genuine one came from here. */
  learn(id: number, from: Place): void;
  /** Why the server's socket does not work; null: it does. */
  failure(): string | null;
}

/** One link's socket and the place it sends to. */
interface Way {
  socket: HeartbeatSocket;
  local: string;
  remote: Place | null;
}

/** Nothing is open until `set`. */
export function openWays(
  role: 'router' | 'server',
  log: (text: string) => void,
  received: (bytes: Buffer, from: Place) => void,
): Ways {
  return role === 'server' ? serverWays(log, received) : routerWays(log, received);
}

function serverWays(
  log: (text: string) => void,
  received: (bytes: Buffer, from: Place) => void,
): Ways {
  const remotes = new Map<number, Place>();
  let socket: HeartbeatSocket | null = null;
  let place = '';
  const close = (): void => {
    socket?.close();
    socket = null;
    place = '';
  };
  return {
    set(config) {
      if (config === null) {
        remotes.clear();
        close();
        return [];
      }
      const { port, address = '0.0.0.0' } = config;
      const next = `${address} ${port}`;
      if (next === place) return [];
      close();
      place = next;
      const failed = (reason: string): void =>
        log(`heartbeats: UDP port ${port} on ${address}: ${reason}; it is tried again`);
      socket = openHeartbeatSocket({ address, port, received, failed });
      return [];
    },
    send(id, bytes) {
      const remote = remotes.get(id);
      if (remote !== undefined) socket?.send(bytes, remote.port, remote.address);
    },
    isKnown: (id, from) => isSame(remotes.get(id), from),
    learn(id, { address, port }) {
      // A router behind the translation of its provider gets another port now and then.
      if (!isSame(remotes.get(id), { address, port })) remotes.set(id, { address, port });
    },
    failure: () => socket?.failure() ?? null,
  };
}

function routerWays(
  log: (text: string) => void,
  received: (bytes: Buffer, from: Place) => void,
): Ways {
  const ways = new Map<number, Way>();
  const open = (link: HeartbeatLink, local: string): Way => {
    const failed = (reason: string): void =>
      log(`heartbeats: link '${link.name}', from ${local}: ${reason}; it is tried again`);
    const socket = openHeartbeatSocket({ address: local, port: 0, received, failed });
    return { socket, local, remote: link.server };
  };
  /** Closes what has another address now, or none; names the links of the former. */
  const closeOthers = (wanted: ReadonlyMap<number, HeartbeatLink>): string[] => {
    const moved: string[] = [];
    for (const [id, way] of ways) {
      const link = wanted.get(id);
      if (link?.localAddress === way.local) continue;
      way.socket.close();
      ways.delete(id);
      if (link !== undefined) moved.push(link.name);
    }
    return moved;
  };
  return {
    set(config) {
      const wanted = new Map(config?.links.map((link) => [link.id, link]));
      const moved = closeOthers(wanted);
      for (const [id, link] of wanted) {
        const way = ways.get(id);
        if (way !== undefined) way.remote = link.server;
        else if (link.localAddress !== null) ways.set(id, open(link, link.localAddress));
      }
      return moved;
    },
    send(id, bytes) {
      const way = ways.get(id);
      if (way?.remote) way.socket.send(bytes, way.remote.port, way.remote.address);
    },
    isKnown: (id, from) => isSame(ways.get(id)?.remote ?? undefined, from),
    learn() {},
    failure: () => null,
  };
}

function isSame(one: Place | undefined, other: Place): boolean {
  return one !== undefined && one.port === other.port && one.address === other.address;
}
