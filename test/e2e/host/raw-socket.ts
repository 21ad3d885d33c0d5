import { WebSocket } from 'ws';

/** How a socket is asked for. */
export interface Door {
  port: number;
  /** What it is said to be, as a browser's Host header; default 127.0.0.1 and the port. */
  host?: string;
  /** null: none is sent. */
  origin: string | null;
}

/** What became of it: refused with an HTTP status, or closed with a code of the WebSocket. */
export type Fate = { http: number } | { closed: number };

/** A socket without a page: what it is sent is kept. */
export interface RawSocket {
  messages: { type?: unknown; id?: unknown; code?: unknown }[];
  send: (data: string | Buffer) => void;
  /** Resolves when it is refused or closed. */
  fate: Promise<Fate>;
  close: () => void;
}

/** Opens /socket at a door and sends `first` as soon as it is open. */
export function openSocket({ port, host, origin }: Door, first?: string | Buffer): RawSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
    headers: { ...(host ? { Host: host } : {}), ...(origin ? { Origin: origin } : {}) },
    perMessageDeflate: false,
  });
  const messages: RawSocket['messages'] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  if (first !== undefined) socket.on('open', () => socket.send(first));
  const fate = new Promise<Fate>((resolve) => {
    socket.on('unexpected-response', (request, response) => {
      resolve({ http: response.statusCode ?? 0 });
      request.destroy();
    });
    socket.on('close', (closed) => resolve({ closed }));
    socket.on('error', () => undefined);
  });
  return {
    messages,
    send: (data) => socket.send(data),
    fate,
    close: () => socket.terminate(),
  };
}
