import { readValue } from '../config/value.ts';
import { crc32 } from './crc32.ts';
import { readSettings, type Settings } from './settings.ts';
import { formatTlsKey, tlsKeyBytes } from './tls-key.ts';

/** A join code: what a router needs to reach its server, or (offline) all that it would be told. */
export type JoinCode = OnlineCode | OfflineCode;

/** Where to ask, whom to expect there, and the proof that we were invited. */
export interface OnlineCode {
  kind: 'online';
  /** Address or name of the server. */
  host: string;
  /** TCP port of the exchange. */
  port: number;
  /** SHA-256 of the server's certificate: `AA:BB:…`. */
  fingerprint: string;
  /** SECRET_BYTES random bytes. */
  secret: Uint8Array;
}

/** Everything, also the identity that the server has made for the router. */
export interface OfflineCode {
  kind: 'offline';
  settings: Settings;
  /** The router's certificate, DER. */
  certificate: Uint8Array;
  /** Its private key, PKCS#8 in DER. */
  key: Uint8Array;
}

/** A code, or why it is none, for people. */
export type Decoded = { ok: true; code: JoinCode } | { ok: false; reason: string };

/** Length of the secret: nobody guesses 128 bits. */
export const SECRET_BYTES = 16;

/**
 * Version 1: `bonding1_` and base64url of: version, flags (1: offline), length of the body (16 bit),
 * body, CRC-32 of all before it. Numbers are big-endian.
 */
const PREFIX = 'bonding1_';
const VERSION = 1;
const OFFLINE = 1;
const HEAD = 4;
const CHECK = 4;

/** A code for eight links with all keys has 3,000 characters. */
const TEXT_LIMIT = 16 * 1024;

const PRINT_BYTES = 32;

/** The code as one line. Throws RangeError for a body over 64 KiB. */
export function encodeCode(code: JoinCode): string {
  const body = code.kind === 'online' ? onlineBody(code) : offlineBody(code);
  if (body.length > 0xffff) throw new RangeError('a join code holds at most 64 KiB');
  const head = [VERSION, code.kind === 'online' ? 0 : OFFLINE, body.length >> 8, body.length & 255];
  const bytes = Buffer.concat([Buffer.from(head), body]);
  const check = Buffer.alloc(CHECK);
  check.writeUInt32BE(crc32(bytes));
  return `${PREFIX}${Buffer.concat([bytes, check]).toString('base64url')}`;
}

/** Reads a code as it was pasted: blanks and line ends are left out. Never throws. */
export function decodeCode(text: string): Decoded {
  if (text.length > TEXT_LIMIT) return no('it is longer than any join code');
  // Also what mail programs and web pages put in to break lines: zero-width space, soft hyphen.
  const line = text.replace(/[\s\u200b-\u200d\u2060\ufeff\u00ad]/g, '');
  if (line === '') return no('there is none');
  const named = /^bonding(\d{1,9})_/.exec(line);
  if (named === null) return no(notOurs(line));
  if (named[0] !== PREFIX) return no('it was made by a newer version of bonding; update this one');
  return decodeBytes(line.slice(PREFIX.length));
}

function notOurs(line: string): string {
  return PREFIX.startsWith(line) ? CUT : `it does not begin with ${PREFIX}`;
}

const CUT = 'a part of it is missing';
const MISTYPED = 'a character in it is wrong';

function decodeBytes(line: string): Decoded {
  const wrong = /[^\w-]/.exec(line)?.[0];
  if (wrong !== undefined) return no(`the character '${printable(wrong)}' is in no join code`);
  const bytes = Buffer.from(line, 'base64url');
  if (bytes.length < HEAD + CHECK) return no(CUT);
  const end = HEAD + bytes.readUInt16BE(2);
  if (bytes.length < end + CHECK) return no(CUT);
  // The last character may have bits that decode to nothing: a slip in those is one all the same.
  const exact = bytes.length === end + CHECK && bytes.toString('base64url') === line;
  if (!exact || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return no(MISTYPED);
  const [version = 0, flags = 0] = bytes;
  if (version !== VERSION || flags > OFFLINE) {
    return no('it was made by a newer version of bonding; update this one');
  }
  const body = bytes.subarray(HEAD, end);
  const code = flags === OFFLINE ? readOffline(body) : readOnline(body);
  return code === null ? no('what it holds makes no sense') : { ok: true, code };
}

function printable(char: string): string {
  return /[\x00-\x1f\x7f]/.test(char) ? '?' : char;
}

function no(reason: string): Decoded {
  return { ok: false, reason };
}

function onlineBody({ host, port, fingerprint, secret }: OnlineCode): Buffer {
  const print = Buffer.from(fingerprint.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.from([port >> 8, port & 255]), print, secret, Buffer.from(host)]);
}

function readOnline(body: Buffer): OnlineCode | null {
  const start = 2 + PRINT_BYTES;
  if (body.length <= start + SECRET_BYTES) return null;
  const port = body.readUInt16BE(0);
  const host = readValue({ kind: 'host' }, body.toString('utf8', start + SECRET_BYTES));
  const hex = body.toString('hex', 2, start);
  const fingerprint = readValue({ kind: 'fingerprint' }, hex);
  if (port === 0 || host === null || fingerprint === null) return null;
  const secret = Uint8Array.from(body.subarray(start, start + SECRET_BYTES));
  return { kind: 'online', host, port, fingerprint, secret };
}

/** Settings as JSON, tls-crypt key, certificate and key, each with its length (16 bit) before it. */
function offlineBody({ settings, certificate, key }: OfflineCode): Buffer {
  const { tlsCrypt, ...rest } = settings;
  const tlsKey = tlsCrypt === null ? Buffer.alloc(0) : (tlsKeyBytes(tlsCrypt) ?? Buffer.alloc(0));
  return Buffer.concat(
    [Buffer.from(JSON.stringify(rest)), tlsKey, certificate, key].flatMap((part) => [
      Buffer.from([part.length >> 8, part.length & 255]),
      part,
    ]),
  );
}

function readOffline(body: Buffer): OfflineCode | null {
  const [json, tlsKey, certificate, key, ...more] = partsOf(body) ?? [];
  if (key === undefined || more.length > 0) return null;
  if (json === undefined || tlsKey === undefined || certificate === undefined) return null;
  const tlsCrypt = tlsKey.length === 0 ? null : formatTlsKey(tlsKey);
  const settings = readSettings(withKey(json.toString('utf8'), tlsCrypt));
  if (settings === null || certificate.length === 0 || key.length === 0) return null;
  return {
    kind: 'offline',
    settings,
    certificate: Uint8Array.from(certificate),
    key: Uint8Array.from(key),
  };
}

function withKey(json: string, tlsCrypt: string | null): unknown {
  try {
    return { ...(JSON.parse(json) as object), tlsCrypt };
  } catch {
    return null;
  }
}

function partsOf(body: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + 2 > body.length) return null;
    const end = at + 2 + body.readUInt16BE(at);
    if (end > body.length) return null;
    parts.push(body.subarray(at + 2, end));
    at = end;
  }
  return parts;
}
