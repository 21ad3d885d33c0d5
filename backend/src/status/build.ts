import { portsOf } from '../config/load-forwards.ts';
import type { Config, ForwardConfig, LinkConfig, WatchdogConfig } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import { problem } from '../errors.ts';
import type { Abilities, Actual } from '../facts/actual.ts';
import type { Wans } from '../facts/wans.ts';
import { wanOf } from '../facts/wans.ts';
import type { HeartbeatState } from '../monitor/heartbeats.ts';
import type { LineFigures } from '../monitor/latency.ts';
import type { LinkState, Links } from '../monitor/links.ts';
import type { WatchdogState } from '../monitor/watchdog.ts';
import { isDelay } from '../plan/delays.ts';
import { chooseDriver } from '../plan/driver.ts';
import { connectionsOf } from '../plan/forwards.ts';
import { canDivide } from '../plan/spread.ts';
import { beatFigures, heartbeatView, type Told, weightsOf } from './line-view.ts';
import type { Sample, Traffic } from './rates.ts';
import { NO_TRAFFIC, trafficOf } from './rates.ts';
import type {
  BondState,
  ForwardSnapshot,
  LinkSnapshot,
  OpenvpnSnapshot,
  Snapshot,
} from './snapshot.ts';

/** All that a snapshot is made of. Times are the daemon's monotonic clock, ms. */
export interface SnapshotInput {
  version: string;
  /** Unix seconds now. */
  time: number;
  config: Config;
  running: boolean;
  links: Links;
  wans: Wans;
  actual: Actual | null;
  abilities: Abilities;
  /** Devices that have carrier now; read apart from `actual`, since it changes without us. */
  carrier: ReadonlySet<string>;
  before: Sample | null;
  after: Sample | null;
  problems: Problem[];
  /** Since when the bond is in its state. */
  stateSince: number;
  /** Traffic is led into the bond. */
  carrying: boolean;
  /** What the log of a link's tunnel says. */
  traceOf: (link: string) => OpenvpnSnapshot | null;
  /** Round trip, jitter and loss of a link's line, where its heartbeats do not tell. */
  figuresOf: (link: string) => LineFigures;
  /** Null: the link has none. */
  heartbeatOf?: (link: string) => HeartbeatState | null;
  /** What is known of rates and weights. */
  told?: Told;
  watchdog: Pick<WatchdogState, 'lastReply' | 'fired'>;
  /** Since when it has carried traffic without a break; null while it carries none. */
  upSince: number | null;
  /** Where pages on the LAN are served. */
  socket?: Snapshot['socket'];
  now: number;
}

/** The snapshot: what the user sees, from what is known. */
export function buildSnapshot(input: SnapshotInput): Snapshot {
  const { config, actual, before, after, now } = input;
  const bond = actual?.devices.get(config.bond.ifname);
  const state = bondState(input);
  return {
    version: input.version,
    time: input.time,
    role: config.role,
    state,
    since: seconds(now - input.stateSince),
    driver: bond === undefined ? null : chooseDriver(config.bond, input.abilities).driver,
    bond: {
      ifname: config.bond.ifname,
      up: bond !== undefined && input.carrier.has(config.bond.ifname),
      mode: bond?.bond?.mode ?? config.bond.mode,
      mtu: bond?.mtu ?? config.bond.mtu,
      address: `${config.bond.address}/${config.bond.prefix}`,
      peer: config.bond.peer,
      uptime: input.upSince === null ? null : seconds(now - input.upSince),
      miimon: bond?.bond?.miimon ?? config.bond.miimon,
      slaves: slavesOf(input),
      ...trafficOf(config.bond.ifname, before, after),
    },
    links: buildLinks(input),
    forwards: config.forwards.map((forward) => buildForward(forward, actual)),
    watchdog: watchdogOf(config.bond.watchdog, input),
    problems: input.problems,
    socket: input.socket ?? null,
  };
}

function buildForward(forward: ForwardConfig, actual: Actual | null): ForwardSnapshot {
  const { name, proto, address, port, enabled } = forward;
  const connections = connectionsOf(forward, actual?.nft?.counters);
  return {
    name,
    proto,
    port: portsOf(forward),
    dest_ip: address,
    dest_port: port === null ? portsOf(forward) : String(port),
    enabled,
    active: enabled && connections !== null,
    connections: connections ?? 0,
  };
}

/** The user's command line is left out: whoever may read the status need not see it. */
function watchdogOf(
  { enabled, targets, period, timeout }: WatchdogConfig,
  { watchdog: { lastReply, fired }, now }: SnapshotInput,
): Snapshot['watchdog'] {
  const last_reply = lastReply === null ? null : seconds(now - lastReply);
  return { enabled, targets, period, timeout, last_reply, fired };
}

function slavesOf({ config, actual, carrier }: SnapshotInput): Snapshot['bond']['slaves'] {
  return [...(actual?.devices.values() ?? [])]
    .filter(({ master }) => master === config.bond.ifname)
    .map(({ ifname }) => ({ ifname, carrier: carrier.has(ifname) }));
}

/** The state of the whole, from the phases of its links. */
export function bondState(
  input: Pick<SnapshotInput, 'running' | 'config' | 'links' | 'carrying' | 'abilities'>,
): BondState {
  if (!input.running || !input.config.enabled) return 'stopped';
  const wanted = [...input.links.values()].filter((link) => link.phase !== 'disabled');
  const up = wanted.filter((link) => link.phase === 'up').length;
  // Tunnels alone carry nothing: where the driver cannot be loaded there is no bond around them.
  if (up > 0 && input.abilities.bonding) return up === wanted.length ? 'up' : 'degraded';
  const fresh = wanted.some((link) => link.phase === 'connecting' || link.phase === 'waiting');
  const lost = wanted.some((link) => link.phase === 'down');
  if (fresh && !lost && up === 0) return 'starting';
  return input.config.role === 'router' && !input.carrying ? 'fallback' : 'down';
}

function buildLinks(input: SnapshotInput): LinkSnapshot[] {
  const traffic = new Map(
    input.config.links.map((link) => [
      link.name,
      trafficOf(link.tunnel, input.before, input.after),
    ]),
  );
  const total = { rx: 0, tx: 0 };
  for (const entry of traffic.values()) {
    total.rx += entry.rx_rate;
    total.tx += entry.tx_rate;
  }
  const weights = weightsNow(input);
  return input.config.links.map((link) => {
    const weight = weights.get(link.name) ?? NO_WEIGHT;
    return buildLink(input, link, traffic.get(link.name) ?? NO_TRAFFIC, total, weight);
  });
}

const NO_WEIGHT: LinkSnapshot['weight'] = { rx: null, tx: null };

/** Nothing is known of what the driver does in a mode that does not take turns. */
function weightsNow({ config, links, actual, told, ...input }: SnapshotInput) {
  const { driver, mode } = chooseDriver(config.bond, input.abilities);
  if (driver === null || !canDivide({ driver, mode }) || !input.running) return new Map();
  const even = driver !== 'spread' && actual?.spread === null;
  return weightsOf(config, links, told ?? { peer: new Map(), learned: new Map() }, even);
}

function buildLink(
  input: SnapshotInput,
  link: LinkConfig,
  traffic: Traffic,
  total: { rx: number; tx: number },
  weight: LinkSnapshot['weight'],
): LinkSnapshot {
  const state = input.links.get(link.name);
  const wan = wanOf(link, input.wans);
  const device = input.actual?.devices.get(link.tunnel);
  const beat = input.heartbeatOf?.(link.name) ?? null;
  const part = (rate: number, sum: number): number =>
    sum === 0 ? 0 : Math.round((rate / sum) * 1000) / 1000;
  return {
    name: link.name,
    interface: link.interface,
    l3_device: wan?.device ?? null,
    tunnel: link.tunnel,
    enabled: link.enabled,
    up: state?.phase === 'up',
    state: state?.phase ?? 'disabled',
    since: seconds(input.now - (state?.since ?? input.now)),
    server: link.server ?? state?.peer ?? null,
    local_address: wan?.address ?? null,
    gateway: wan?.gateway ?? null,
    routing_table: link.routingTable,
    slave: device?.master === input.config.bond.ifname && input.carrier.has(link.tunnel),
    share: { rx: part(traffic.rx_rate, total.rx), tx: part(traffic.tx_rate, total.tx) },
    weight,
    delay: delayOf(input.actual, link.tunnel),
    ...(beatFigures(beat) ?? input.figuresOf(link.name)),
    heartbeat: heartbeatView(beat),
    openvpn: input.actual?.tunnels.has(link.name) ? input.traceOf(link.name) : null,
    ...traffic,
    problem: linkProblem(link, state, input.now),
  };
}

/** As it stands in the kernel; a shaper's packets wait for another reason. */
function delayOf(actual: Actual | null, tunnel: string): number {
  const qdisc = actual?.qdiscs.get(tunnel);
  return qdisc !== undefined && isDelay(qdisc) ? qdisc.delay / 1000 : 0;
}

/** What keeps a link from being up, in words with a fix; null while there is nothing to say. */
export function linkProblem(
  link: LinkConfig,
  state: LinkState | undefined,
  now: number,
): Problem | null {
  if (state === undefined) return null;
  if (state.complaint !== null) return state.complaint;
  const subject = `link '${link.name}'`;
  if (state.wanReason !== null && link.interface !== null) {
    return problem('wan-down', subject, { wan: link.interface, reason: state.wanReason });
  }
  if (state.phase === 'parked') return state.parkedFor;
  if (state.phase !== 'down') return null;
  if (state.silent) return problem('link-silent', subject, {});
  return problem('link-not-connecting', subject, {
    server: link.server ?? 'the router',
    seconds: seconds(now - (state.connectingSince ?? state.since)),
    port: link.server === null ? link.localPort : link.remotePort,
  });
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
