import type { Socket } from 'node:net';

/** Longest line that is read from the other end, bytes. */
const LINE_LIMIT = 4_096;

/** One line of the protocol: a flat JSON object. */
export type Line = Readonly<Record<string, unknown>>;

/**
 * Calls `take` with each line that comes; data after a line that `take` answers with `false` is left to
 * others. A line that is too long, or no JSON object, ends the connection with an error.
 */
export function readLines(socket: Socket, take: (line: Line) => boolean): void {
  let rest: Buffer = Buffer.alloc(0);
  const fail = (why: string): void => {
    socket.off('data', read);
    socket.destroy(new Error(why));
  };
  const read = (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (end > LINE_LIMIT) break;
      const line = parseLine(rest.subarray(0, end).toString('utf8'));
      rest = rest.subarray(end + 1);
      if (line === null) fail('a line is no JSON object');
      if (line === null || take(line) === false) {
        socket.off('data', read);
        return;
      }
    }
    if (rest.length > LINE_LIMIT) fail(`a line has more than ${LINE_LIMIT} bytes`);
  };
  socket.on('data', read);
}

/** Why a socket closed, for people. */
export function closedBecause(socket: Socket): Error {
  return socket.errored ?? new Error('the connection was closed');
}

/** The object in a line of text, or null. */
export function parseLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Line)
      : null;
  } catch {
    return null;
  }
}

/** Sends one line; one that is sent after the end is lost without a word. */
export function sendLine(socket: Socket, line: Line): void {
  if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
}

/** What a test is asked with. */
export interface Hello {
  /** UDP ports of the tunnels to test, at the server, in the order of their test ports. */
  ports: number[];
  seconds: number;
  mac: string | null;
}

/** The answer: which of the ports is a tunnel that is up there. */
export interface Ready {
  token: string;
  up: boolean[];
  mac: string | null;
  /** It says what it sees when it is asked (see look.ts); older versions do not. */
  looks: boolean;
}

/** Version of the protocol; another one is refused. */
export const PROTOCOL_VERSION = 1;

/** Limits of one measurement, s. */
export const SECONDS = { least: 1, most: 60, usual: 5 } as const;

/** Reads a hello; null when anything about it is off. */
export function readHello(line: Line, most: number): Hello | null {
  const { hello, ports, seconds } = line;
  if (hello !== PROTOCOL_VERSION || !isSeconds(seconds) || !Array.isArray(ports)) return null;
  const good = (port: unknown): boolean => Number.isInteger(port) && Number(port) > 0;
  if (ports.length > most || !ports.every(good)) return null;
  return { ports: ports as number[], seconds, mac: readMac(line.mac) };
}

/** Whether a measurement may take so long. */
export function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= SECONDS.least && Number(value) <= SECONDS.most;
}

/** Reads the answer to a hello with so many ports; null when it is none. */
export function readReady(line: Line, ports: number): Ready | null {
  const { token, up, looks } = line;
  if (typeof token !== 'string' || !Array.isArray(up) || up.length !== ports) return null;
  const mac = readMac(line.mac);
  return { token, up: up.map((entry) => entry === true), mac, looks: looks === true };
}

/** A hardware address of Ethernet, or null: it becomes part of a command. */
export function readMac(value: unknown): string | null {
  const mac = typeof value === 'string' ? value.trim() : '';
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? mac : null;
}
