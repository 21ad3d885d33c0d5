import { createSocket, type Socket } from 'node:dgram';

/** Where the two ends speak: our address in the bond, the peer's, and the port at both. */
export interface PeerPath {
  address: string;
  peer: string;
  port: number;
}

/** A socket that is there as soon as its address is. */
export interface PeerSocket {
  /** Sends to the peer; what cannot be sent now is lost, as UDP may be. */
  send(packet: Buffer): void;
  close(): void;
}

/** How often a socket that could not be had is tried again, ms. */
const RETRY = 1_000;

/**
 * Speaks UDP from the bond's own address; `heard` is given what the peer's address and port send,
 * `opened` is called each time the socket is there. Before the bond has its address it cannot be
 * bound: it is tried again, quietly. A socket bound to an address outlives that: while a bond is
 * remade nothing is sent or heard, then it goes on.
 */
export function openPeerSocket(
  { address, peer, port }: PeerPath,
  heard: (packet: Buffer) => void,
  opened: () => void,
): PeerSocket {
  let socket: Socket | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const open = (): void => {
    const one = createSocket({ type: 'udp4' });
    one.once('error', () => {
      one.on('error', () => {});
      one.close();
      socket = null;
      if (!closed) timer = setTimeout(open, RETRY).unref();
    });
    one.on('message', (packet, from) => {
      if (from.address === peer && from.port === port) heard(packet);
    });
    one.bind({ address, port, exclusive: true }, () => {
      if (closed) {
        one.close();
        return;
      }
      one.unref();
      // What goes astray while the bond has no route to the peer goes no further than the next hop.
      one.setTTL(1);
      socket = one;
      opened();
    });
  };
  open();

  return {
    send(packet) {
      // Without a way to the peer it fails, which says nothing new.
      socket?.send(packet, port, peer, () => {});
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      socket?.close();
      socket = null;
    },
  };
}
