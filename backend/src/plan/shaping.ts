import { beatInterval } from '../config/heartbeats.ts';
import { FRAMING, OVERHEAD } from '../config/numbers.ts';
import type { Config, DeviceType, LinkConfig } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';
import type { Abilities, Actual } from '../facts/actual.ts';
import { CAKE_TARGETS, isShaper, type Qdisc, type Shaper } from '../facts/qdiscs.ts';
import { PACKET_HEADERS, PACKET_SIZE } from '../monitor/heartbeat-packet.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import { TARGET_MS } from '../monitor/queue-target.ts';
import type { DesiredDevice } from './desired.ts';
import { fnv1a } from './digest.ts';
import { SHAPER_HANDLES } from './numbers.ts';
import { sendingRate, sendingWay } from './shares.ts';

/** A device that sends no faster than its line, or later than it could. */
export interface DesiredQdisc extends Qdisc {
  /** What follows `tc qdisc replace dev DEVICE`, one entry per qdisc, the outer one first. */
  words: readonly (readonly string[])[];
}

/** What the shaping is made from. */
export interface ShapingInput {
  config: Config;
  abilities: Pick<Abilities, 'shaper'>;
  actual: Pick<Actual, 'qdiscs'>;
  peer: ReadonlyMap<number, PeerLink>;
  /** How long a flow's packets may wait, ms (monitor/queue-target.ts); null or missing: what stands stays. */
  target?: number | null;
  /** Links whose packets were found to be better sent twice. */
  twice?: ReadonlyMap<string, Problem>;
}

/** On a slow line the target is at least one packet and a half. */
const TARGET_PACKETS = 1.5;

/** Over how much longer than the target codel watches: its authors' 5 and 100 ms. */
const INTERVAL_TARGETS = 10;

/** What a shaper may send at once, ms of the line's rate: fewer timers on fast lines. */
const BURST_MS = 1;

/** tbf asks how long a packet may wait in a queue of its own, which fq_codel replaces. */
const TBF_LATENCY_MS = 400;

/** A heartbeat on the line, bytes. */
const HEARTBEAT_FRAME = PACKET_SIZE + PACKET_HEADERS + FRAMING.ethernet;

/** Slowest line that is shaped, bit/s: a packet takes a tenth of a second. */
const LEAST_RATE = 100_000;

/**
 * The qdisc of each tunnel device whose line's rate in our direction is known, and what is to be said
 * of those that get none. The rate is what the line carries of its own frames, so each packet counts as
 * long as it is on the line.
 */
export function planShaping(
  { config, abilities, actual, peer, target, twice }: ShapingInput,
  devices: readonly DesiredDevice[],
): { qdiscs: DesiredQdisc[]; problems: Problem[] } {
  const { shaping, ifname, mtu, deviceType } = config.bond;
  if (shaping === 0 || devices.length === 0) return { qdiscs: [], problems: [] };
  const shaper = abilities.shaper === undefined ? untried(devices, actual) : abilities.shaper;
  if (shaper === null)
    return { qdiscs: [], problems: [problem('shaping-missing', `bond '${ifname}'`, {})] };
  const qdiscs: DesiredQdisc[] = [];
  const problems: Problem[] = [];
  const tunnel = { mtu, deviceType, target: target ?? standingTarget(devices, actual) };
  for (const link of config.links) {
    if (!devices.some((device) => device.ifname === link.tunnel)) continue;
    const rate = sendingRate(config, link, peer, twice?.has(link.name));
    if (rate === null) problems.push(withoutRate(config, link));
    else {
      const limit = (rate * shaping) / 100 - besides(config, link);
      const whole = Math.max(LEAST_RATE, Math.floor(limit / 8) * 8);
      qdiscs.push(qdiscOf(shaper, link.tunnel, whole, tunnel));
    }
  }
  return { qdiscs, problems };
}

/** Where nobody has tried: what is there, else the best one. */
function untried(devices: readonly DesiredDevice[], { qdiscs }: Pick<Actual, 'qdiscs'>): Shaper {
  const standing = devices.map(({ ifname }) => qdiscs.get(ifname)?.kind ?? null);
  return standing.find(isShaper) ?? 'tbf';
}

/** The least of all devices: on slow lines it is longer. */
function standingTarget(
  devices: readonly DesiredDevice[],
  { qdiscs }: Pick<Actual, 'qdiscs'>,
): number {
  const standing = devices.flatMap(({ ifname }) => qdiscs.get(ifname)?.target || []);
  if (standing.length === 0) return TARGET_MS.least;
  return Math.max(TARGET_MS.least, Math.min(TARGET_MS.most, ...standing));
}

/** What the heartbeats take of the line, bit/s: they go beside the tunnel. */
function besides({ bond }: Config, link: LinkConfig): number {
  const interval = beatInterval(bond, link);
  return interval === 0 ? 0 : (HEARTBEAT_FRAME * 8000) / interval;
}

function withoutRate(config: Config, { name }: LinkConfig): Problem {
  return problem('shaping-rate', `link '${name}'`, { option: sendingWay(config) });
}

/** What is alike for all devices; the target in ms. */
interface TunnelKind {
  mtu: number;
  deviceType: DeviceType;
  target: number;
}

/** What `tc` is told, the outer qdisc first; what of it the handle stands for; the target in ms. */
interface QdiscWords {
  words: string[][];
  fixed: string[];
  target: number;
}

function qdiscOf(kind: Shaper, device: string, rate: number, tunnel: TunnelKind): DesiredQdisc {
  const { words, fixed, target } = kind === 'cake' ? cake(rate, tunnel) : tbf(rate, tunnel);
  const handle = handleOf(fixed.join(' '));
  const [root = [], ...inner] = words;
  return {
    device,
    kind,
    handle,
    rate,
    delay: 0,
    leaf: inner.length === 0 ? null : 'fq_codel',
    target,
    words: [
      ['root', 'handle', `${handle}:`, ...root],
      ...inner.map((leaf) => ['parent', `${handle}:1`, ...leaf]),
    ],
  };
}

/**
 * cake takes its overhead on top of the IP packet, whatever the device puts before it (sch_cake.c:
 * cake_overhead). On slow lines it raises its target by itself.
 */
function cake(rate: number, { deviceType, target }: TunnelKind): QdiscWords {
  const overhead = OVERHEAD[deviceType] + FRAMING.ethernet;
  const fixed = ['cake', 'bandwidth', `${rate}bit`, 'besteffort', 'overhead', String(overhead)];
  return { words: [[...fixed, 'rtt', `${target * CAKE_TARGETS}ms`]], fixed, target };
}

/** `stab` counts on top of what the device sends: with tap the inner Ethernet header is in that. */
function tbf(rate: number, tunnel: TunnelKind): QdiscWords {
  const overhead = OVERHEAD.tun + FRAMING.ethernet;
  const largest = tunnel.mtu + OVERHEAD.tap + FRAMING.ethernet;
  const burst = Math.max(largest, Math.ceil((rate * BURST_MS) / 8000));
  const target = Math.max(tunnel.target, Math.ceil((TARGET_PACKETS * largest * 8000) / rate));
  const root = [
    ...['stab', 'overhead', String(overhead), 'linklayer', 'ethernet'],
    ...['tbf', 'rate', `${rate}bit`, 'burst', String(burst), 'latency', `${TBF_LATENCY_MS}ms`],
  ];
  const times = ['target', `${target}ms`, 'interval', `${target * INTERVAL_TARGETS}ms`];
  const rest = ['quantum', String(largest), 'noecn'];
  const words = [root, ['fq_codel', ...times, ...rest]];
  return { words, fixed: [...root, 'fq_codel', ...rest], target };
}

/**
 * A handle that says what is in the qdisc: not all of it can be read back (tc prints no `stab`). The target
 * can, and is not in it: with the same handle a new one leaves what is waiting where it is. It says whose it
 * is, too: the kernel's own begin at 8001, and people count from 1.
 */
function handleOf(text: string): string {
  const number = Number.parseInt(fnv1a(text), 16) % SHAPER_HANDLES.count;
  return (SHAPER_HANDLES.first + number).toString(16);
}
