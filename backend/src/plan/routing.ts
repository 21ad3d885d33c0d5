import { formatNetwork, networkOf, parseAddress } from '../config/ip.ts';
import type { BondConfig, LinkConfig, Role } from '../config/types.ts';
import type { Wan } from '../facts/wans.ts';
import type { DesiredRoute, DesiredRule } from './desired.ts';
import type { DriverLink } from './driver.ts';
import {
  LINK_MARK,
  LINK_MARK_RULE,
  MARK_MASK,
  type Own,
  PROHIBIT_METRIC,
  SERVER_RULE,
  SOURCE_RULE,
} from './numbers.ts';

/** Rules and routes of one part of the plan. */
export interface Routing {
  rules: DesiredRule[];
  routes: DesiredRoute[];
}

/**
 * The source route of one link: what carries the WAN's own address (or the link's mark, where
 * another WAN has the same address) leaves by the WAN, so the tunnel stays on its line whatever the
 * default route is. The table knows the WAN's own network as main does; and when its default route
 * goes, `prohibit` refuses what would otherwise go on to the next rule and leave by another line.
 */
export function planSourceRoute(link: LinkConfig, wan: Wan, marked: boolean): Routing {
  const address = parseAddress(wan.address ?? '');
  if (wan.address === null || address === null || wan.device === null)
    return { rules: [], routes: [] };
  const table = String(link.routingTable);
  const fwmark = `0x${(LINK_MARK + link.index).toString(16)}000000/${MARK_MASK}`;
  const network = formatNetwork(networkOf(address, wan.prefix));
  const refuse = { type: 'prohibit', device: null, metric: PROHIBIT_METRIC } as const;
  return {
    rules: [
      ...(marked ? [rule(LINK_MARK_RULE + link.index, { fwmark, table })] : []),
      rule(SOURCE_RULE + link.index, { from: wan.address, table }),
    ],
    routes: [
      ...(wan.prefix < 32 ? [route(network, table, wan.device, null)] : []),
      route('default', table, wan.device, wan.gateway),
      { ...route('default', table, wan.device, null), ...refuse },
    ],
  };
}

/**
 * Keeps what goes to the servers out of the bond, one rule for each address. Of a server that is
 * given by name the address is known once its tunnel has connected.
 */
export function planServerRules(links: readonly DriverLink[]): DesiredRule[] {
  const rules = new Map<string, DesiredRule>();
  for (const { config, state } of links) {
    const named = config.server === null || parseAddress(config.server) === null;
    const to = named ? state.peer?.replace(/:\d+$/, '') : config.server;
    if (to === undefined || to === null || rules.has(to)) continue;
    rules.set(to, rule(SERVER_RULE + config.index, { to, table: 'main' }));
  }
  return [...rules.values()];
}

/**
 * The way into the bond. A router sends everything there that `main` has no specific route for,
 * without touching main's default route; a server sends the networks behind the router.
 */
export function planBondRoute(own: Own, role: Role, bond: BondConfig): Routing {
  const targets = role === 'server' ? bond.lan : bond.defaultRoute ? ['default'] : [];
  const table = String(own.bondTable);
  return {
    rules: targets.length === 0 ? [] : [rule(own.bondRule, { table })],
    routes: targets.map((dst) => route(dst, table, bond.ifname, bond.peer)),
  };
}

/** The rule that keeps everything but main's default route ahead of all the others. */
export function planMainRule(own: Own): DesiredRule {
  return rule(own.mainRule, { table: 'main', suppressPrefixLength: 0 });
}

/** A rule that asks for nothing but what is given. */
export function rule(
  priority: number,
  given: Partial<DesiredRule> & Pick<DesiredRule, 'table'>,
): DesiredRule {
  return { priority, from: 'all', to: null, fwmark: null, suppressPrefixLength: null, ...given };
}

/** An ordinary route. */
export function route(
  dst: string,
  table: string,
  device: string,
  gateway: string | null,
): DesiredRoute {
  return { type: 'unicast', dst, table, device, gateway, metric: 0 };
}
