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

/** How to close a socket: by the handshake, and by force where the other side does not take part. */
export type Leave = (code: number, why: string) => void;

/** Sockets that may be in the closing handshake at once; beyond, the first of them is cut off. */
const MAX_LEAVING = 32;

/** Looks after the ends of sockets: gives each its way to be closed. */
export function createCloser(): (socket: HubSocket) => Leave {
  const leaving = new Set<HubSocket>();
  return (socket) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Without a listener an error on a socket that is being closed would end the daemon.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      leaving.delete(socket);
    });
    return (code, why) => {
      socket.close(code, why);
      if (timer !== undefined) return;
      timer = setTimeout(() => socket.terminate(), CLOSE_WITHIN).unref();
      leaving.add(socket);
      const [first] = leaving;
      if (leaving.size > MAX_LEAVING) first?.terminate();
    };
  };
}
