import { connect, type TLSSocket } from 'node:tls';

/** Whom to ask, and as whom. */
export interface Asked {
  host: string;
  port: number;
  /** SHA-256 of the certificate that must be shown there: `AA:BB:…`. */
  fingerprint: string;
  /** Our own, PEM. */
  certificate: string;
  key: string;
  /** Most bytes of the answer, and ms that all of it may take. */
  limits: { bytes: number; time: number };
}

/** What came of it. `sent`: the line may have arrived; `silent`: the time is over. */
export type Exchange =
  | { kind: 'line'; line: string }
  | { kind: 'unreachable'; reason: string }
  | { kind: 'silent'; reason: string; sent: boolean }
  | { kind: 'stranger'; got: string }
  | { kind: 'broken'; reason: string; sent: boolean };

/**
 * Sends one line over TLS and takes one. The other end is known by its fingerprint alone: names and
 * dates in certificates say nothing (a router without a battery starts in 1970). The line is sent
 * only when the fingerprint is right. Never rejects.
 */
export function exchangeLine(asked: Asked, line: string): Promise<Exchange> {
  return new Promise((resolve) => {
    const { host, port, certificate, key, limits } = asked;
    const phase = { connected: false, sent: false };
    // The tunnels use IPv4 too: a name's other address may be another machine's.
    const where = { host, port, family: 4 };
    const socket = connect({
      ...where,
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const end = (result: Exchange): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const fail = (reason: string): void => {
      if (phase.connected) end({ kind: 'broken', reason, sent: phase.sent });
      else end({ kind: 'unreachable', reason });
    };
    const reason = `no answer in ${limits.time / 1000} s`;
    const timer = setTimeout(() => end({ kind: 'silent', reason, sent: phase.sent }), limits.time);
    socket.on('connect', () => {
      phase.connected = true;
    });
    socket.on('secureConnect', () => {
      const got = fingerprintOf(socket);
      if (got !== asked.fingerprint) return end({ kind: 'stranger', got: got ?? 'none' });
      phase.sent = true;
      socket.write(line);
    });
    takeLine(socket, limits.bytes, (found) => {
      if (found === null) fail('it is too long');
      else end({ kind: 'line', line: found });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(wordsFor(error, host)));
    socket.on('close', () => fail('the connection was closed'));
  });
}

/** SHA-256 of the other end's certificate; null when it showed none. Its key has been proven. */
export function fingerprintOf(socket: TLSSocket): string | null {
  // Node gives an empty object where there is no certificate, whatever the types say.
  const shown: { fingerprint256?: string } | null = socket.getPeerCertificate();
  return shown?.fingerprint256 ?? null;
}

/** Calls `taken` once: with the first line, or with null when it is longer than `limit` bytes. */
export function takeLine(
  socket: TLSSocket,
  limit: number,
  taken: (line: string | null) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    const end = chunk.indexOf('\n');
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    size += end < 0 ? chunk.length : end;
    over = end >= 0 || size > limit;
    if (over) taken(size > limit ? null : Buffer.concat(chunks).toString('utf8'));
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};

function wordsFor(error: NodeJS.ErrnoException, host: string): string {
  const { code = '' } = error;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${host} has no address now`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return 'it does not speak TLS as we do';
  return WORDS[code] ?? error.message;
}
