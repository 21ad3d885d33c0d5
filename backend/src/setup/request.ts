import { formatNetwork, type Network, networkOf, overlap, parseCidr } from '../config/ip.ts';
import { HEARTBEAT_PORT_ABOVE, LINK_LIMIT } from '../config/numbers.ts';
import { readValue } from '../config/value.ts';
import { isInstanceName } from '../effects/instances.ts';

/** Options of the command line as node:util parseArgs gives them. */
export type Given = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** A new router, as `bonding server init` is told of it. */
export interface InitRequest {
  name: string;
  /** Address or name that the router connects to. */
  public: string;
  links: number;
  /** Networks behind the router, `192.168.1.0/24`. */
  lan: string[];
  /** UDP port of the first link; null: by the number of the instance. */
  port: number | null;
}

/** Most networks behind one router that are taken from a command line. */
const LAN_LIMIT = 16;

/** Reads `--name --public --links --lan --port`. Throws Error that names all that is wrong. */
export function readInitRequest(given: Given): InitRequest {
  const wrong: string[] = [];
  const take = <T>(value: T | null, why: string, instead: T): T => {
    if (value === null) wrong.push(why);
    return value ?? instead;
  };
  const request = {
    name: take(readName(given.name), NAME, ''),
    public: take(
      readValue({ kind: 'host' }, textOf(given.public)),
      '--public: the IPv4 address or the name at which routers reach this machine',
      '',
    ),
    links: take(
      numberOf(given.links, LINK_LIMIT),
      `--links: how many lines the router has, 1 to ${LINK_LIMIT}`,
      1,
    ),
    lan: listOf(given.lan).map((text) =>
      take(readLan(text), `--lan '${text}': a network like 192.168.1.0/24`, ''),
    ),
    port: given.port === undefined ? null : numberOf(given.port, 65_535),
  };
  if (given.port !== undefined && request.port === null) wrong.push('--port: from 1 to 65535');
  if (request.lan.length > LAN_LIMIT) wrong.push(`--lan: at most ${LAN_LIMIT} of them`);
  if (request.port !== null && request.port + HEARTBEAT_PORT_ABOVE > 65_535)
    wrong.push(
      `--port ${request.port}: at most ${65_535 - HEARTBEAT_PORT_ABOVE}, the heartbeats' port is ${HEARTBEAT_PORT_ABOVE} after it`,
    );
  wrong.push(...overlapping(request.lan));
  if (wrong.length > 0) throw new Error(wrong.join('\n  '));
  return request;
}

const NAME =
  '--name: your word for the router, of a to z, 0 to 9 and -, at most 32, e.g. --name home';

/** The name of a router; null where it is none. */
export function readName(value: Given[string]): string | null {
  return typeof value === 'string' && isInstanceName(value) ? value : null;
}

/** A network of `--lan` as two numbers. Throws RangeError for what readInitRequest does not give. */
export function networkOfText(text: string): Network {
  const cidr = parseCidr(text);
  if (cidr === null) throw new RangeError(`'${text}' is no network`);
  return networkOf(cidr.address, cidr.prefix);
}

function readLan(text: string): string | null {
  const cidr = parseCidr(text);
  if (cidr === null || cidr.prefix === 0) return null;
  return formatNetwork(networkOf(cidr.address, cidr.prefix));
}

function overlapping(lan: readonly string[]): string[] {
  const known = lan.filter((text) => text !== '');
  return known.flatMap((text, index) =>
    known
      .slice(0, index)
      .filter((other) => overlap(networkOfText(text), networkOfText(other)))
      .map((other) => `--lan ${text}: it has addresses in common with ${other}`),
  );
}

function textOf(value: Given[string]): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: Given[string]): string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((entry) => typeof entry === 'string');
}

function numberOf(value: Given[string], max: number): number | null {
  const number = /^\d{1,5}$/.test(textOf(value)) ? Number(value) : 0;
  return number >= 1 && number <= max ? number : null;
}
