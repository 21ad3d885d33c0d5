import type { Actual, Route, Rule } from '../facts/actual.ts';
import type { Desired, DesiredRoute, DesiredRule } from '../plan/desired.ts';
import type { Own } from '../plan/numbers.ts';
import type { Command } from './commands.ts';
import { ip } from './commands.ts';

/**
 * Removes our rules and routes that should not be: rules first, so that nothing points at a void, and
 * of these the last one first, since the first keeps main's own routes ahead of the others.
 */
export function staleRouting(desired: Desired, actual: Actual): Command[] {
  const rules = ownRules(actual)
    .filter((rule) => !desired.rules.some((want) => sameRule(want, rule)))
    .sort((a, b) => b.priority - a.priority);
  const routes = ownRoutes(actual).filter(
    (route) => !desired.routes.some((want) => samePlace(want, route)),
  );
  return [
    ...rules.map((rule) => ip('rule', 'del', ...ruleWords(rule, actual.own))),
    ...routes.map((route) => ip('route', 'del', ...routeWords(route, actual.own))),
  ];
}

/**
 * Adds the rules and routes that are missing, or lead elsewhere: routes first. Routes over a device in
 * `remade` are added again: they go with the device.
 */
export function diffRouting(
  desired: Desired,
  actual: Actual,
  remade: ReadonlySet<string>,
): Command[] {
  const have = ownRoutes(actual).filter(
    (route) => route.device === null || !remade.has(route.device),
  );
  const routes = desired.routes.filter((want) => !have.some((route) => sameRoute(want, route)));
  const rules = desired.rules.filter(
    (want) => !ownRules(actual).some((rule) => sameRule(want, rule)),
  );
  return [
    ...routes.map((route) => ip('route', 'replace', ...routeWords(route, actual.own))),
    ...rules.map((rule) => ip('rule', 'add', ...ruleWords(rule, actual.own))),
  ];
}

function ownRules({ rules, own }: Actual): Rule[] {
  return rules.filter((rule) => rule.protocol === own.protocol);
}

function ownRoutes({ routes, own }: Actual): Route[] {
  return routes.filter((route) => route.protocol === own.protocol);
}

/** The kernel keeps one route for each of these; another one there is replaced. */
function samePlace(want: DesiredRoute, have: Route): boolean {
  return want.table === have.table && want.dst === have.dst && want.metric === have.metric;
}

function sameRule(a: DesiredRule, b: DesiredRule): boolean {
  return (
    a.priority === b.priority &&
    a.from === b.from &&
    a.to === b.to &&
    a.fwmark === b.fwmark &&
    a.table === b.table &&
    a.suppressPrefixLength === b.suppressPrefixLength
  );
}

function sameRoute(want: DesiredRoute, have: Route): boolean {
  return (
    samePlace(want, have) &&
    want.type === have.type &&
    want.device === have.device &&
    want.gateway === have.gateway
  );
}

function ruleWords(rule: DesiredRule, { protocol }: Own): string[] {
  const words = ['priority', String(rule.priority), 'from', rule.from];
  if (rule.to !== null) words.push('to', rule.to);
  if (rule.fwmark !== null) words.push('fwmark', rule.fwmark);
  words.push('lookup', rule.table);
  if (rule.suppressPrefixLength !== null)
    words.push('suppress_prefixlength', String(rule.suppressPrefixLength));
  return [...words, 'protocol', protocol];
}

function routeWords(route: Omit<Route, 'protocol'>, { protocol }: Own): string[] {
  const words = route.type === 'unicast' ? [route.dst] : [route.type, route.dst];
  // `onlink`: a provider's gateway may lie outside the address's own network (a /32 over Ethernet).
  if (route.gateway !== null) words.push('via', route.gateway);
  if (route.device !== null) words.push('dev', route.device);
  if (route.gateway !== null) words.push('onlink');
  if (route.metric !== 0) words.push('metric', String(route.metric));
  return [...words, 'table', route.table, 'protocol', protocol];
}
