import type { Config } from '../../backend/src/config/types.ts';
import type { Actual } from '../../backend/src/facts/actual.ts';
import type { Wans } from '../../backend/src/facts/wans.ts';
import { ownOf, SOURCE_RULE } from '../../backend/src/plan/numbers.ts';

/** A system with nothing but the source rules of these links. */
export function ruledBy({ links }: Config, wans: Wans): Actual {
  const rules = links.map((link) => ({
    priority: SOURCE_RULE + link.index,
    from: wans.get(link.interface ?? '')?.address ?? 'all',
    to: null,
    fwmark: null,
    table: String(link.routingTable),
    suppressPrefixLength: null,
    protocol: '157',
  }));
  return {
    own: ownOf(0),
    devices: new Map(),
    rules,
    routes: [],
    neighbours: [],
    nft: null,
    copies: null,
    spread: null,
    qdiscs: new Map(),
    tunnels: new Map(),
    sysctls: { now: new Map(), saved: new Map() },
  };
}
