import { readFileSync } from 'node:fs';
import { joinLink } from '../config/join-link.ts';
import { load } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { readText } from '../effects/text-file.ts';
import { reason } from '../errors.ts';
import type { Settings } from '../join/settings.ts';
import { readTlsKey } from '../join/tls-key.ts';
import { fromBytes, parse } from '../uci/index.ts';

/** A server's configuration, its text and what a router is told of it. */
export interface ServerConfig {
  text: string;
  config: Config;
}

/** Reads it. Throws Error with what is wrong and what to do. */
export function readServerConfig(path: string): ServerConfig {
  let text: string;
  try {
    text = fromBytes(readFileSync(path));
  } catch (error) {
    throw new Error(`${path} cannot be read: ${reason(error)}`);
  }
  const { config, problems } = load(parse(text));
  if (config === null) {
    const [found] = problems.filter(({ severity }) => severity === 'error');
    throw new Error(`${path}: ${found?.text ?? 'nothing can be started with it'}`);
  }
  if (config.role !== 'server') throw new Error(`${path} is a router's; a server makes join codes`);
  return { text, config };
}

/** TCP port of the exchange. Throws Error without a link that can be used. */
export function joinPort(config: Config): number {
  const link = joinLink(config.links);
  if (link === null) throw new Error('the server has no link that can be used');
  return link.localPort;
}

/** What the file does not say: the router's name, and the server's own fingerprint. */
export interface ServerFacts {
  name: string;
  fingerprint: string;
  /** A folder before the paths that the configuration names; none where it is missing. */
  root?: string | undefined;
}

/** What the router of this server is told. Throws Error with what is missing, and what to do. */
export function settingsOf({ config, text }: ServerConfig, facts: ServerFacts): Settings {
  const { bond, links, openvpn } = config;
  const server = bond.publicAddress;
  if (server === null) {
    throw new Error(
      `there is no option 'public_ipaddr': name the address that the router reaches this server at with --public ADDRESS`,
    );
  }
  // Where an option is not given, the other end has the same default.
  const given = parse(text).sections.find(({ type }) => type === 'interface')?.options.mtu;
  return {
    name: facts.name,
    server,
    links: links
      .filter(({ enabled }) => enabled)
      .map((link) => ({ name: link.name, port: link.localPort })),
    address: `${bond.peer}/${bond.prefix}`,
    peer: bond.address,
    fingerprint: facts.fingerprint,
    lan: bond.lan,
    deviceType: bond.deviceType,
    mtu: given === undefined ? null : bond.mtu,
    tlsCrypt: tlsCryptOf(openvpn.options, facts.root ?? ''),
  };
}

function tlsCryptOf(options: Config['openvpn']['options'], root: string): string | null {
  const path = options.find((entry) => entry.name === 'tls-crypt')?.value;
  if (path === undefined || path === null) return null;
  const key = readTlsKey(readText(`${root}${path.split(/\s/)[0] ?? ''}`));
  if (key === null) throw new Error(`${path} (option tls_crypt) is no key of OpenVPN's`);
  return key;
}
