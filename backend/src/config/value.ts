import {
  formatAddress,
  formatNetwork,
  networkOf,
  parseAddress,
  parseCidr,
  parsePrefix,
} from './ip.ts';
import { IFNAME_BYTES, OWN_TABLES } from './numbers.ts';
import type { OptionType } from './option.ts';

/** Longest value that is looked at, in bytes; a fingerprint has 95, an OpenVPN line rarely more. */
export const VALUE_LIMIT = 1024;

/** In UTF-8. Not by `Buffer`: LuCI's form reads values with this file too, in browsers. */
function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Kinds whose texts need nothing else to be read. */
type PlainKind = Exclude<OptionType['kind'], 'integer' | 'decimal' | 'port' | 'enum'>;

const PLAIN: Readonly<Record<PlainKind, (text: string) => string | null>> = {
  ports: readPorts,
  bool: readBool,
  ipv4: (text) => (parseAddress(text) === null ? null : text),
  address: readAddress,
  netmask: (text) => parsePrefix(text)?.toString() ?? null,
  cidr: readNetwork,
  ifname: (text) => (isDeviceName(text) ? text : null),
  word: (text) => (/^[\w.@][\w.@-]{0,31}$/.test(text) ? text : null),
  host: (text) => (isHostName(text) ? text : null),
  table: readTable,
  fingerprint: readFingerprint,
  path: (text) => text || null,
  text: (text) => text || null,
};

/**
 * The value in one spelling (`on` is `1`, mode `0` is `balance-rr`, host bits are off), or null
 * when the text is not of this type.
 */
export function readValue(type: OptionType, text: string): string | null {
  if (bytesOf(text) > VALUE_LIMIT || /[\x00-\x1f\x7f]/.test(text)) return null;
  if (type.kind === 'integer') return readNumber(text, type.min, type.max);
  if (type.kind === 'decimal') return readDecimal(text, type.min, type.max);
  if (type.kind === 'port') return readNumber(text, type.zero ? 0 : 1, 65_535);
  return type.kind === 'enum' ? readEnum(type, text) : PLAIN[type.kind](text);
}

/** What a value must look like, for messages: "a number from 1 to 65535". */
export function expectation(type: OptionType): string {
  switch (type.kind) {
    case 'bool':
      return '0 or 1';
    case 'integer':
    case 'decimal':
      return `a number from ${type.min} to ${type.max}`;
    case 'port':
      return `a port from ${type.zero ? 0 : 1} to 65535`;
    case 'ports':
      return 'a port from 1 to 65535, or a range like 8000-8010';
    case 'ipv4':
      return 'an address like 10.0.0.1';
    case 'address':
      return 'an address like 10.0.0.2 or 10.0.0.2/24';
    case 'netmask':
      return 'a netmask like 255.255.255.0 or a prefix length like 24';
    case 'cidr':
      return 'a network like 192.168.1.0/24';
    case 'ifname':
      return `a device name: at most ${IFNAME_BYTES} bytes, no blanks, no / : or %`;
    case 'word':
      return 'a name of at most 32 letters, digits and . _ - @';
    case 'host':
      return 'an IPv4 address or a host name';
    case 'table':
      return `a table number (not 0, 253 to 255 or ${OWN_TABLES.first} to ${OWN_TABLES.last}) or a name`;
    case 'fingerprint':
      return 'a SHA-256 fingerprint: 32 bytes in hex with colons';
    case 'path':
      return 'a path';
    case 'text':
      return 'a text of one line';
    case 'enum':
      return `one of ${type.values.join(', ')}`;
  }
}

/** netifd and the shell helpers of OpenWrt take all of these (`get_bool` in libuci's functions). */
function readBool(text: string): string | null {
  if (/^(1|on|true|yes|enabled)$/.test(text)) return '1';
  return /^(0|off|false|no|disabled)$/.test(text) ? '0' : null;
}

function readNumber(text: string, min: number, max: number): string | null {
  if (!/^-?\d{1,9}$/.test(text)) return null;
  const number = Number(text);
  return number >= min && number <= max ? String(number) : null;
}

function readDecimal(text: string, min: number, max: number): string | null {
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(text)) return null;
  const number = Number(text);
  return number >= min && number <= max ? String(number) : null;
}

function readPorts(text: string): string | null {
  const [first = '', last = first, ...rest] = text.split('-');
  const ports = [first, last].map((port) => readNumber(port, 1, 65_535));
  const [from = null, to = null] = ports;
  if (from === null || to === null || rest.length > 0 || Number(from) > Number(to)) return null;
  return from === to ? from : `${from}-${to}`;
}

function readAddress(text: string): string | null {
  if (parseAddress(text) !== null) return text;
  const cidr = parseCidr(text);
  return cidr === null ? null : `${formatAddress(cidr.address)}/${cidr.prefix}`;
}

function readNetwork(text: string): string | null {
  const cidr = parseCidr(text);
  return cidr === null ? null : formatNetwork(networkOf(cidr.address, cidr.prefix));
}

/**
 * The kernel's rules (dev_valid_name), and a few names that mean something else: a leading dash is
 * an option to `ip`, % is filled in by the kernel, `all` and `default` are sysctl folders.
 */
function isDeviceName(text: string): boolean {
  if (text === '' || bytesOf(text) > IFNAME_BYTES) return false;
  if (/[\s/:%"'\\]/.test(text) || text.startsWith('-')) return false;
  return !['.', '..', 'lo', 'all', 'default', 'bonding_masters'].includes(text);
}

function isHostName(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return parseAddress(text) !== null;
  if (text.length > 253) return false;
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

/** Table numbers are 32 bit; the kernel's own and bonding's own are refused, by name as well. */
function readTable(text: string): string | null {
  if (!/^\d+$/.test(text)) {
    const kernels = ['unspec', 'default', 'main', 'local'];
    return /^[\w.-]{1,32}$/.test(text) && !kernels.includes(text) ? text : null;
  }
  const number = Number(text);
  const own = number >= OWN_TABLES.first && number <= OWN_TABLES.last;
  const kernels = number === 0 || (number >= 253 && number <= 255);
  return number > 0xffffffff || own || kernels ? null : String(number);
}

/** Colons or none, any case. */
function readFingerprint(text: string): string | null {
  const bytes = text.replace(/:/g, '');
  if (!/^[0-9a-f]{64}$/i.test(bytes)) return null;
  return (bytes.toUpperCase().match(/../g) ?? []).join(':');
}

function readEnum(type: Extract<OptionType, { kind: 'enum' }>, text: string): string | null {
  const alias = Object.entries(type.aliases ?? {}).find(([name]) => name === text);
  const value = alias?.[1] ?? text;
  return type.values.includes(value) ? value : null;
}
