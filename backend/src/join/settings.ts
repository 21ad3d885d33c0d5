import { parseAddress, parseCidr } from '../config/ip.ts';
import { LINK_LIMIT, LINK_NAME_LENGTH } from '../config/numbers.ts';
import type { OptionType } from '../config/option.ts';
import type { DeviceType } from '../config/types.ts';
import { readValue } from '../config/value.ts';
import { asNumber, asRecord } from '../facts/json.ts';
import { readTlsKey } from './tls-key.ts';

/** What a server tells a router that joins: all that the router's configuration needs of it. */
export interface Settings {
  /** The server's name for this router, e.g. `home`. */
  name: string;
  /** Address or name that the tunnels connect to. */
  server: string;
  /** In the server's order. */
  links: { name: string; port: number }[];
  /** The router's address inside the bond, in CIDR form: `10.80.0.2/30`. */
  address: string;
  /** The server's address inside the bond. */
  peer: string;
  /** SHA-256 of the server's certificate: `AA:BB:…`. */
  fingerprint: string;
  /** Networks behind the router that the server routes into the bond. */
  lan: string[];
  deviceType: DeviceType;
  /** Bytes; null: the default of the device type. */
  mtu: number | null;
  /** Text of OpenVPN's tls-crypt key, or null. */
  tlsCrypt: string | null;
}

/** Most networks that a server may name; a home has a few. */
const LAN_LIMIT = 64;

/**
 * The settings in parsed JSON, each value in one spelling; null when anything is missing, of another
 * kind or out of bounds. They become lines of the configuration and a file, so nothing is taken as it
 * comes, although the server is known.
 */
export function readSettings(json: unknown): Settings | null {
  const given = asRecord(json);
  if (given === null) return null;
  const links = readList(given.links, LINK_LIMIT, readLink);
  const lan = readList(given.lan, LAN_LIMIT, (entry) => textOf({ kind: 'cidr' }, entry));
  const text = {
    name: textOf({ kind: 'word' }, given.name),
    server: textOf({ kind: 'host' }, given.server),
    address: readCidr(given.address),
    peer: textOf({ kind: 'ipv4' }, given.peer),
    fingerprint: textOf({ kind: 'fingerprint' }, given.fingerprint),
  };
  const deviceType = given.deviceType;
  const tlsCrypt = given.tlsCrypt === null ? null : readTlsKey(given.tlsCrypt);
  const mtu = given.mtu === null ? null : numberOf(given.mtu, 576, 9000);
  if (links === null || links.length === 0 || lan === null || !isWhole(text)) return null;
  if (new Set(links.map(({ name }) => name)).size < links.length) return null;
  if (deviceType !== 'tap' && deviceType !== 'tun') return null;
  if (tlsCrypt === null && given.tlsCrypt !== null) return null;
  if (mtu === null && given.mtu !== null) return null;
  return { ...text, links, lan, deviceType, mtu, tlsCrypt };
}

function readLink(entry: unknown): { name: string; port: number } | null {
  const given = asRecord(entry);
  const name = given?.name;
  const port = numberOf(given?.port, 1, 65_535);
  if (typeof name !== 'string' || port === null) return null;
  return /^\w+$/.test(name) && name.length <= LINK_NAME_LENGTH ? { name, port } : null;
}

function readList<T>(
  given: unknown,
  limit: number,
  read: (entry: unknown) => T | null,
): T[] | null {
  if (!Array.isArray(given) || given.length > limit) return null;
  const list = given.map(read).filter((entry) => entry !== null);
  return list.length === given.length ? list : null;
}

function textOf(type: OptionType, given: unknown): string | null {
  return typeof given === 'string' ? readValue(type, given) : null;
}

/** With its host bits, unlike a network. */
function readCidr(given: unknown): string | null {
  const text = textOf({ kind: 'address' }, given);
  return text !== null && parseAddress(text) === null && parseCidr(text) !== null ? text : null;
}

function numberOf(given: unknown, min: number, max: number): number | null {
  const number = asNumber(given);
  return number !== null && Number.isInteger(number) && number >= min && number <= max
    ? number
    : null;
}

function isWhole<K extends string>(text: Record<K, string | null>): text is Record<K, string> {
  return Object.values(text).every((value) => value !== null);
}
