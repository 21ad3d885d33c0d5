import type { BondConfig, LinkConfig, Role } from '../config/types.ts';
import type { Wan } from '../facts/wans.ts';
import type { DesiredRoute, DesiredRule } from './desired.ts';
import { BOND_RULE, BOND_TABLE, MAIN_RULE, SOURCE_RULE } from './numbers.ts';

/** Rules and routes of one part of the plan. */
export interface Routing {
  rules: DesiredRule[];
  routes: DesiredRoute[];
}

/**
 * The source route of one link: what carries the WAN's own address leaves by the WAN, so the tunnel
 * stays on its line whatever the default route is (features.md rows 83-87).
 */
export function planSourceRoute(link: LinkConfig, wan: Wan): Routing {
  if (wan.address === null || wan.device === null) return { rules: [], routes: [] };
  const table = String(link.routingTable);
  return {
    rules: [rule(SOURCE_RULE + link.index, { from: wan.address, table })],
    routes: [route('default', table, wan.device, wan.gateway)],
  };
}

/**
 * The way into the bond. A router sends everything there that `main` has no specific route for,
 * without touching main's default route; a server sends the networks behind the router.
 */
export function planBondRoute(role: Role, bond: BondConfig): Routing {
  const targets = role === 'server' ? bond.lan : bond.defaultRoute ? ['default'] : [];
  const table = String(BOND_TABLE);
  return {
    rules: targets.length === 0 ? [] : [rule(BOND_RULE, { table })],
    routes: targets.map((dst) => route(dst, table, bond.ifname, bond.peer)),
  };
}

/** The rule that keeps everything but main's default route ahead of all the others. */
export function planMainRule(): DesiredRule {
  return rule(MAIN_RULE, { table: 'main', suppressPrefixLength: 0 });
}

/** A rule that asks for nothing but what is given. */
export function rule(
  priority: number,
  given: Partial<DesiredRule> & Pick<DesiredRule, 'table'>,
): DesiredRule {
  return { priority, from: 'all', fwmark: null, suppressPrefixLength: null, ...given };
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
