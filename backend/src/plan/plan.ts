import type { Config } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import { problem } from '../errors.ts';
import type { Abilities, Actual, Device } from '../facts/actual.ts';
import type { Wans } from '../facts/wans.ts';
import { wanOf } from '../facts/wans.ts';
import type { LinkState, Links } from '../monitor/links.ts';
import { wantsTunnel } from '../monitor/links.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import { lacksGuard, refusalProblems } from '../openvpn/probe.ts';
import { planMtu } from './bond-mtu.ts';
import { planCopies } from './copies.ts';
import { planDelays } from './delays.ts';
import type { Desired, DesiredTunnel } from './desired.ts';
import { NOTHING } from './desired.ts';
import type { DriverLink } from './driver.ts';
import { chooseDriver, planDriver } from './driver.ts';
import { planFirewall } from './firewall.ts';
import { linkAlias, type Own } from './numbers.ts';
import type { Routing } from './routing.ts';
import { planBondRoute, planMainRule, planServerRules, planSourceRoute } from './routing.ts';
import { planShaping } from './shaping.ts';
import { sendingShares } from './shares.ts';
import { canDivide, planSpread } from './spread.ts';
import { planTestPaths, type TestPaths } from './test-paths.ts';
import type { TunnelFiles } from './tunnels.ts';
import { planTunnel } from './tunnels.ts';
import type { Line, Twins } from './twins.ts';
import { planTwins } from './twins.ts';

/** Everything that decides what should be. */
export interface PlanInput {
  config: Config;
  wans: Wans;
  abilities: Abilities;
  /** To see whether a device we want belongs to somebody else, and which tunnels have a mark. */
  actual: Actual;
  links: Links;
  /** Traffic may go through the bond: a link is up, or one was a moment ago. */
  carrying: boolean;
  files: TunnelFiles;
  /** What the peer last told of its links, by the port of the link's tunnel at the server. */
  peer?: ReadonlyMap<number, PeerLink>;
  /** What is learned of the lines: bit/s that this end can send, by link. */
  learned?: ReadonlyMap<string, number>;
  /** How long what is sent is held back, ms by link; null or missing: not decided, what stands stays. */
  delays?: ReadonlyMap<string, number> | null;
  /** How long a flow's packets may wait in front of a shaped line, ms; null or missing: as `delays`. */
  target?: number | null;
  /** Links whose packets were found to be better sent twice, and why. */
  twice?: ReadonlyMap<string, Problem>;
  /** Bytes of the largest packet that comes through, by link, where a tunnel's full one does not. */
  narrow?: ReadonlyMap<string, number>;
  /** The speed test that runs now. */
  testing?: TestPaths | null;
  /** The daemon's clock, ms. */
  now: number;
}

/** What should be, and what stands in the way. */
export interface Plan {
  desired: Desired;
  problems: Problem[];
}

/** The whole plan, from scratch, every time. */
export function plan(input: PlanInput): Plan {
  const { config, abilities } = input;
  const obstacle = config.enabled ? obstacleTo(config, input.actual) : null;
  if (obstacle !== null) return { desired: NOTHING, problems: [obstacle] };
  if (!config.enabled) return { desired: NOTHING, problems: [] };

  const choice = chooseDriver(config.bond, abilities);
  if (choice.driver === null) return { desired: NOTHING, problems: choice.problems };
  const problems = [...choice.problems];
  const usable = usableLinks(input, problems);
  if (config.role === 'server' && !abilities.forwarding) {
    problems.push(problem('forwarding-off', `bond '${config.bond.ifname}'`, {}));
  }
  if (usable.length === 0) return { desired: NOTHING, problems };

  const { own } = input.actual;
  const divided = canDivide(choice) && abilities.nft && abilities.egress !== false;
  const lines = linesOf(input, usable);
  const twins = planTwins(lines, input.actual.tunnels);
  const tunnels = planTunnels(input, usable, twins);
  const { mtu, problems: narrow } = planMtu(config, input.narrow ?? new Map());
  problems.push(...narrow);
  const running = stayingOf(tunnels.tunnels, input.actual);
  const place = { own, choice, divided, running, mtu };
  const driver = planDriver(config.bond, usable, place);
  const routing = planRouting(input, usable, lines, twins);
  const test = planTestPaths(own, input.testing, config.bond, usable, driver.devices);
  const { peer = new Map(), learned = new Map() } = input;
  const shares = sendingShares(config, peer, learned);
  const apart = new Set(usable.map((link) => shares.get(link.config.name))).size > 1;
  if (apart && abilities.nft && canDivide(choice) && !divided)
    problems.push(problem('egress-missing', `bond '${config.bond.ifname}'`, { effect: ALL_ALIKE }));
  const { devices } = driver;
  const arp = config.bond.arpInterval > 0;
  const turns = { own, choice, links: usable, devices, shares, arp };
  const shaped = planShaping({ ...input, peer }, driver.devices);
  const waits = { ...input, delays: input.delays ?? null, divides: canDivide(choice) };
  const delayed = planDelays(waits, driver.devices);
  problems.push(...shaped.problems, ...delayed.problems);
  const twice = planCopies({
    ...{ own, role: config.role, abilities, found: new Set(input.twice?.keys()) },
    links: usable.map((link) => ({ config: link.config, wan: wanOf(link.config, input.wans) })),
  });
  problems.push(...twice.problems);
  if (!abilities.nft) problems.push(problem('nft-missing', `bond '${config.bond.ifname}'`, {}));
  problems.push(...tunnels.problems);
  return {
    desired: {
      bond: driver.bond,
      devices: driver.devices,
      rules: [...test.rules, ...routing.rules],
      routes: [...test.routes, ...routing.routes],
      neighbours: test.neighbours,
      nft: abilities.nft ? planFirewall(config, input.actual, test.marks) : null,
      copies: twice.copies,
      spread: divided ? planSpread(turns) : null,
      qdiscs: [...shaped.qdiscs, ...delayed.qdiscs],
      tunnels: tunnels.tunnels,
      sysctls: twins.sysctls,
    },
    problems,
  };
}

const ALL_ALIKE =
  'all tunnels get the same number of packets, so the slowest line slows the others';

/** What makes the whole bond impossible, or null. */
function obstacleTo(config: Config, actual: Actual): Problem | null {
  const { ifname } = config.bond;
  const device = actual.devices.get(ifname);
  if (device !== undefined && !mayTake(device, actual.own)) {
    return problem('device-taken', `bond '${ifname}'`, { device: ifname, option: 'ifname' });
  }
  return null;
}

/**
 * Ours, or the bond0 that the module makes by itself when it is loaded without max_bonds=0: nobody has
 * touched it. Another instance's bond looks like that while it is being made, but for its alias.
 */
function mayTake({ alias, kind, up, addresses }: Device, own: Own): boolean {
  const untouched = kind === 'bond' && !up && addresses.length === 0 && alias === null;
  return alias === own.alias || untouched;
}

function usableLinks(input: PlanInput, problems: Problem[]): DriverLink[] {
  const usable: DriverLink[] = [];
  for (const config of input.config.links) {
    const state = input.links.get(config.name);
    if (!config.enabled || state === undefined) continue;
    const subject = `link '${config.name}'`;
    const device = input.actual.devices.get(config.tunnel);
    if (device !== undefined && device.alias !== linkAlias(input.actual.own, config.name)) {
      problems.push(problem('device-taken', subject, { device: config.tunnel, option: 'tunnel' }));
      continue;
    }
    problems.push(...problemsOf({ config, state }));
    const copied = input.twice?.get(config.name);
    if (copied !== undefined) problems.push(copied);
    usable.push({ config, state });
  }
  return usable;
}

/** What is to be said of a link itself. */
function problemsOf({ config, state }: DriverLink): Problem[] {
  const { wanReason, complaint, parkedFor } = state;
  const found = [complaint, parkedFor].flatMap((one) => one ?? []);
  if (wanReason === null || config.interface === null) return found;
  const args = { wan: config.interface, reason: wanReason };
  return [problem('wan-down', `link '${config.name}'`, args), ...found];
}

/** The lines of a router that can be used now. */
function linesOf({ config, wans }: PlanInput, usable: DriverLink[]): Line[] {
  if (config.role !== 'router') return [];
  return usable.flatMap((link) => {
    const wan = wanOf(link.config, wans);
    return wan?.up ? [{ config: link.config, wan }] : [];
  });
}

function planRouting(
  { config, carrying, actual: { own } }: PlanInput,
  usable: DriverLink[],
  lines: Line[],
  { marks }: Twins,
): Routing {
  const parts = lines.map((line) =>
    planSourceRoute(line.config, line.wan, marks.has(line.config.name)),
  );
  if (carrying && config.role === 'router' && config.bond.defaultRoute)
    parts.push({ rules: planServerRules(usable), routes: [] });
  if (carrying || config.role === 'server')
    parts.push(planBondRoute(own, config.role, config.bond));
  const rules = parts.flatMap((part) => part.rules);
  return {
    rules: rules.length === 0 ? [] : [planMainRule(own), ...rules],
    routes: parts.flatMap((part) => part.routes),
  };
}

function planTunnels(
  input: PlanInput,
  usable: DriverLink[],
  { marks }: Twins,
): { tunnels: DesiredTunnel[]; problems: Problem[] } {
  const { openvpn, optionTrial } = input.abilities;
  if (openvpn === null) {
    const missing = problem('openvpn-missing', `bond '${input.config.bond.ifname}'`, {});
    return { tunnels: [], problems: [missing] };
  }
  // load() has said so already; OpenVPN would refuse to start without anybody to trust.
  if (!knowsPeer(input.config)) return { tunnels: [], problems: [] };
  const refused = optionTrial?.refused ?? [];
  const problems = refusalProblems(input.config, openvpn, refused);
  if (lacksGuard(refused)) return { tunnels: [], problems };
  const tunnels = usable
    .filter(({ state }) => wantsTunnel(state, input.now))
    .map(({ config }) => {
      const address = wanOf(config, input.wans)?.address ?? null;
      const outer = { address, mark: marks.get(config.name) ?? null };
      return planTunnel(input.config, config, outer, input.files, input.abilities);
    });
  return { tunnels, problems };
}

/** Links whose tunnel runs as it should, and so goes on. */
function stayingOf(tunnels: readonly DesiredTunnel[], actual: Actual): ReadonlySet<string> {
  const goesOn = ({ link, config }: DesiredTunnel): boolean =>
    actual.tunnels.get(link)?.config === config;
  return new Set(tunnels.filter(goesOn).map(({ link }) => link));
}

/** Whether there is anything to tell the other end by. */
function knowsPeer({ bond, openvpn }: Config): boolean {
  return (
    bond.peerFingerprint.length > 0 ||
    openvpn.options.some(({ name }) => ['ca', 'pkcs12'].includes(name))
  );
}

/** How long after the last link was lost the traffic is still held for the bond, ms. */
export const FALLBACK_AFTER = 10_000;

/**
 * Whether traffic may go through the bond: some link is up, or was less than FALLBACK_AFTER ago.
 * After that main's own default route serves again.
 */
export function isCarrying(links: Links, now: number): boolean {
  const held = (link: LinkState): boolean =>
    link.phase === 'up' ||
    (link.phase === 'down' && link.wasUp && now - link.since < FALLBACK_AFTER);
  return [...links.values()].some(held);
}
