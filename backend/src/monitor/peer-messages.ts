import { asRecord } from '../facts/json.ts';

/**
 * What the daemons of the two ends tell each other over the bond: one JSON object per UDP packet.
 * Later versions add fields: what is not known here is passed over.
 */

/** What an end says of one link that decides how much is sent over it. */
export interface PeerLink {
  /** UDP port of the link's tunnel at the server: what both ends know the link by. */
  port: number;
  /** bit/s that the line carries to the router; null: not told */
  download: number | null;
  /** bit/s that the line carries from the router; null: not told */
  upload: number | null;
  /** option `weight`; null: not set */
  weight: number | null;
}

/** A link as it is told. */
export interface ToldLink extends PeerLink {
  /** Its name at the sender, for texts. */
  name: string;
  /** Switched on and not taken out by the user. */
  on: boolean;
}

/** What an end says of itself. */
export interface PeerContent {
  /** The program's version. */
  version: string;
  /** How the sender divides its packets; null: not decided yet. */
  driver: string | null;
  /** bytes */
  mtu: number;
  /** `tun` or `tap`. */
  deviceType: string;
  /** UDP port of the heartbeats at the server, as the sender has it; 0: it sends none. */
  heartbeatPort: number;
  links: readonly ToldLink[];
}

/** One message. */
export interface PeerMessage extends PeerContent {
  /** 32 hex digits, new with each start of the daemon: both ends' make the key of the heartbeats. */
  random: string;
  /** Counts the changes of the content since then: packets may overtake each other. */
  serial: number;
  /** Stamp of the newest message heard (`stampOf`); null: none lately. */
  seen: string | null;
}

/** A message in a form that this version does not know, with the sender's version. */
export interface ForeignMessage {
  foreign: true;
  version: string;
}

/** Most bytes of a message: less than any bond's mtu, so that it is never in fragments. */
export const MESSAGE_LIMIT = 1_200;

/** Of this form of the message. */
const FORM = 1;

/** Most links that are read; the message's size allows no more. */
const LINKS_READ = 32;

/** What a message is told apart by: start of the sender and number of the change, 16 hex digits. */
export function stampOf({ random, serial }: Pick<PeerMessage, 'random' | 'serial'>): string {
  return random.slice(0, 8) + serial.toString(16).padStart(8, '0');
}

/** The packet of a message, at most `MESSAGE_LIMIT` bytes: names are left out when it is too long. */
export function formatPeerMessage(message: PeerMessage): Buffer {
  const { deviceType, heartbeatPort, links, ...rest } = message;
  const head = { v: FORM, ...rest, type: deviceType, heartbeats: heartbeatPort };
  const write = (named: boolean): Buffer => {
    const told = links.map(({ name, ...link }) => (named ? { ...link, name } : link));
    return Buffer.from(JSON.stringify({ ...head, links: told }));
  };
  const whole = write(true);
  return whole.length <= MESSAGE_LIMIT ? whole : write(false);
}

/** The message in a packet; null when it is none of ours or any field of it makes no sense. */
export function parsePeerMessage(packet: Buffer): PeerMessage | ForeignMessage | null {
  if (packet.length > MESSAGE_LIMIT) return null;
  const fields = asRecord(parse(packet.toString('utf8')));
  if (fields === null || typeof fields.v !== 'number') return null;
  const version = wordIn(fields.version, VERSION_WORD);
  if (version === null) return null;
  if (fields.v !== FORM) return { foreign: true, version };
  const random = wordIn(fields.random, /^[0-9a-f]{32}$/);
  const serial = numberIn(fields.serial, 0, 0xffff_ffff);
  const seen = orNull(fields.seen, (value) => wordIn(value, /^[0-9a-f]{16}$/));
  const driver = orNull(fields.driver, (value) => wordIn(value, /^[a-z0-9-]{1,32}$/));
  const mtu = numberIn(fields.mtu, 1, 65_535);
  const deviceType = wordIn(fields.type, /^[a-z0-9-]{1,8}$/);
  const heartbeatPort = numberIn(fields.heartbeats ?? 0, 0, 65_535);
  const links = readLinks(fields.links);
  if (random === null || serial === null || seen === undefined || driver === undefined) return null;
  if (mtu === null || deviceType === null || heartbeatPort === null || links === null) return null;
  return { version, random, serial, seen, driver, mtu, deviceType, heartbeatPort, links };
}

const VERSION_WORD = /^[\w.+~-]{1,40}$/;

function readLinks(value: unknown): ToldLink[] | null {
  if (!Array.isArray(value) || value.length > LINKS_READ) return null;
  const links: ToldLink[] = [];
  for (const entry of value) {
    const link = readLink(entry);
    if (link === null || links.some(({ port }) => port === link.port)) return null;
    links.push(link);
  }
  return links;
}

function readLink(entry: unknown): ToldLink | null {
  const fields = asRecord(entry);
  if (fields === null) return null;
  const port = numberIn(fields.port, 1, 65_535);
  const rate = (value: unknown) => orNull(value, (one) => numberIn(one, 1, 1e12));
  const download = rate(fields.download);
  const upload = rate(fields.upload);
  const weight = orNull(fields.weight, (value) => numberIn(value, 1, 1_000));
  const name = wordIn(fields.name ?? '', /^[\w.-]{0,64}$/);
  const { on } = fields;
  if (port === null || name === null || typeof on !== 'boolean') return null;
  if (download === undefined || upload === undefined || weight === undefined) return null;
  return { port, download, upload, weight, name, on };
}

function wordIn(value: unknown, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

/** A whole number of that range. */
function numberIn(value: unknown, least: number, most: number): number | null {
  const fits = typeof value === 'number' && Number.isInteger(value);
  return fits && value >= least && value <= most ? value : null;
}

/** What may be null or left out; undefined: it is there and makes no sense. */
function orNull<T>(value: unknown, read: (value: unknown) => T | null): T | null | undefined {
  return value === null || value === undefined ? null : (read(value) ?? undefined);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
