/** IPv4 addresses and networks as text and numbers. Everything here is unsigned 32 bit. */

/** A network: its lowest address as a number, and the length of its prefix. */
export interface Network {
  base: number;
  prefix: number;
}

/** The number of `10.0.0.1`; null unless it is four plain decimal numbers up to 255. */
export function parseAddress(text: string): number | null {
  // No leading zeros: inet_aton reads 010 as eight.
  const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
  const found = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`).exec(text);
  if (found === null) return null;
  return found.slice(1).reduce((number, part) => number * 256 + Number(part), 0);
}

/** `10.0.0.1` of its number. */
export function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** The netmask of a prefix length, as a number: 24 is 0xffffff00. */
export function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** The prefix length in `255.255.255.0`, `24` or `/24`; null if it is none, or has holes. */
export function parsePrefix(text: string): number | null {
  const length = /^\/?(\d|[12]\d|3[0-2])$/.exec(text);
  if (length !== null) return Number(length[1]);
  const mask = parseAddress(text);
  if (mask === null) return null;
  for (let prefix = 0; prefix <= 32; prefix += 1) if (maskOf(prefix) === mask) return prefix;
  return null;
}

/** The network an address is in. */
export function networkOf(address: number, prefix: number): Network {
  return { base: (address & maskOf(prefix)) >>> 0, prefix };
}

/** Whether the address is inside the network, its two ends included. */
export function contains(network: Network, address: number): boolean {
  return networkOf(address, network.prefix).base === network.base;
}

/** Whether two networks have an address in common. */
export function overlap(a: Network, b: Network): boolean {
  return a.prefix <= b.prefix ? contains(a, b.base) : contains(b, a.base);
}

/** Whether a host can have this address: not the network's own and not its broadcast address. */
export function isHost(network: Network, address: number): boolean {
  if (!contains(network, address)) return false;
  if (network.prefix >= 31) return true; // RFC 3021: a /31 has two hosts and nothing else
  const last = (network.base | ~maskOf(network.prefix)) >>> 0;
  return address !== network.base && address !== last;
}

/**
 * The address and prefix in `10.0.0.1/24` or `10.0.0.1/255.255.255.0`; null if it is neither. The
 * address keeps its host bits.
 */
export function parseCidr(text: string): { address: number; prefix: number } | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const address = parseAddress(text.slice(0, slash));
  const rest = text.slice(slash + 1);
  const prefix = rest.startsWith('/') ? null : parsePrefix(rest);
  return address === null || prefix === null ? null : { address, prefix };
}

/** `192.168.1.0/24` of any address in that network: host bits off, mask as a length. */
export function formatNetwork({ base, prefix }: Network): string {
  return `${formatAddress(base)}/${prefix}`;
}

/**
 * The other end's address when there is no doubt about it: the second of a /30 or /31, and in a
 * larger network .2 for .1 and .1 for .2. Null otherwise.
 */
export function otherEnd(address: number, prefix: number): number | null {
  const network = networkOf(address, prefix);
  const first = prefix === 31 ? network.base : network.base + 1;
  if (address === first) return first + 1;
  return address === first + 1 ? first : null;
}
