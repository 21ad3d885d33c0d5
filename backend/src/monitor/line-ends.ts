import { parseAddress } from '../config/ip.ts';
import type { Config, LinkConfig } from '../config/types.ts';
import type { Actual } from '../facts/actual.ts';
import { type Wan, type Wans, wanOf } from '../facts/wans.ts';
import type { Links } from './links.ts';

/** What is known now. */
export interface LinePlace {
  config: Config;
  links: Links;
  wans: Wans;
  actual: Actual | null;
}

/** The two ends of a line outside of its tunnel, at a router. */
export interface LineEnds {
  /** The WAN's address: what carries it leaves by that line. */
  source: string;
  /** Address of the server, never a name. */
  server: string;
}

/**
 * The lines that can be measured beside their tunnels, by link: those whose source rule stands, so
 * that a packet from there takes the tunnel's way. Lines with one address need a mark to be told
 * apart, which no program without privileges of its own can set.
 */
export function lineEnds({ config, links, wans, actual }: LinePlace): Map<string, LineEnds> {
  const ends = new Map<string, LineEnds>();
  if (actual === null) return ends;
  for (const link of config.links) {
    const wan = wanOf(link, wans);
    const server = serverOf(link, links.get(link.name)?.peer ?? null);
    if (wan?.up !== true || wan.address === null || server === null) continue;
    const { address: source } = wan;
    const table = String(link.routingTable);
    const ruled = actual.rules.some((rule) => rule.from === source && rule.table === table);
    if (ruled && !hasTwin(link, wan, config, wans)) ends.set(link.name, { source, server });
  }
  return ends;
}

/** A server that is given by name has an address once its tunnel has connected. */
function serverOf({ server }: LinkConfig, peer: string | null): string | null {
  if (server !== null && parseAddress(server) !== null) return server;
  const seen = peer?.replace(/:\d+$/, '') ?? '';
  return parseAddress(seen) === null ? null : seen;
}

/** Another line, not another link of the same one, has the same address. */
function hasTwin(link: LinkConfig, wan: Wan, config: Config, wans: Wans): boolean {
  return config.links.some((other) => {
    const its = other.name === link.name ? null : wanOf(other, wans);
    if (its?.up !== true || its.address !== wan.address) return false;
    return its.device !== wan.device || its.gateway !== wan.gateway;
  });
}
