import { parseAddress } from '../config/ip.ts';
import type { Config, LinkConfig } from '../config/types.ts';
import type { Actual } from '../facts/actual.ts';
import { type Wan, type Wans, wanOf } from '../facts/wans.ts';
import type { Links } from './links.ts';

/** What one line's ping asks, and from where. */
export interface PingTarget {
  /** The WAN's address: what carries it leaves by that line. */
  source: string;
  server: string;
  /** Seconds between two probes. */
  period: number;
}

/** What is known now. */
export interface PingPlace {
  config: Config;
  links: Links;
  wans: Wans;
  actual: Actual | null;
}

/**
 * The lines that can be measured, by link: those whose source rule stands, so that the probe takes the
 * tunnel's way. Lines with one address need a mark to be told apart, which `ping` cannot set.
 */
export function pingTargets({ config, links, wans, actual }: PingPlace): Map<string, PingTarget> {
  const targets = new Map<string, PingTarget>();
  const period = config.bond.pingPeriod;
  if (period === 0 || actual === null) return targets;
  for (const link of config.links) {
    const wan = wanOf(link, wans);
    const server = serverOf(link, links.get(link.name)?.peer ?? null);
    if (wan?.up !== true || wan.address === null || server === null) continue;
    const { address: source } = wan;
    const table = String(link.routingTable);
    const ruled = actual.rules.some((rule) => rule.from === source && rule.table === table);
    if (!ruled || hasTwin(link, wan, config, wans)) continue;
    targets.set(link.name, { source, server, period });
  }
  return targets;
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
