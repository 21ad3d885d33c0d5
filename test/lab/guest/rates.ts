import { existsSync, readFileSync } from 'node:fs';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { bringUp, createEnds, type End, NODE_OPTIONS } from './ends.ts';
import { measureTcp, startTcp } from './iperf.ts';
import type { TcpResult } from './iperf-json.ts';
import { ADDRESS, type Network } from './network.ts';
import { type PingResult, ping } from './ping.ts';
import { start } from './process.ts';
import { progress } from './program.ts';
import { run } from './run.ts';
import { now, sleep } from './wait.ts';

/** One line by itself, without a tunnel: what one TCP flow brings, bit/s. */
export interface LineRates {
  down: number;
  up: number;
}

/** One TCP flow over the bond, and pings beside it. */
export interface BondFlow extends TcpResult {
  ping: PingResult;
}

/** What the daemon costs; see docs of `npm run bench`. */
export interface Budgets {
  /** Resident memory of the router's daemon, bytes, and of a Node that does nothing. */
  rss: number;
  bareRss: number;
  /** From the start of the process to its first answer on ubus, guest ms. */
  startToReply: number;
  /** Programs run for the first start of the router's end. */
  commands: number;
}

/** What the guest program bond-rates hands to the host; rates in bit/s, times in ms. */
export interface BondRates {
  upAfter: number;
  /** Empty when they were left out. */
  alone: LineRates[];
  down: BondFlow;
  up: BondFlow;
  router: Snapshot;
  server: Snapshot;
  packet: PacketCost;
  budgets: Budgets;
}

/** What a full packet of the bond costs, bytes. */
export interface PacketCost {
  /** The packet itself: the bond's MTU. */
  packet: number;
  /** What it is on the line, by the lines' counters: a whole Ethernet frame, as `tc` counts. */
  frame: number;
}

/** The ends with the bond up between them, and how long that took (guest ms). */
export interface Raised {
  ends: Record<End['ns'], End>;
  upAfter: number;
}

/** Measures each line alone, from the router to the server, `seconds` each way. */
export async function measureAlone(network: Network, seconds: number): Promise<LineRates[]> {
  const rates: LineRates[] = [];
  for (const index of network.lines.keys()) {
    const test = {
      from: 'router',
      to: { ns: 'server', address: ADDRESS.server },
      device: `wan${index}`,
      seconds,
    };
    const down = (await measureTcp({ ...test, reverse: true })).bitsPerSecond;
    const up = (await measureTcp(test)).bitsPerSecond;
    progress(`line ${index} alone: ${mbit(down)} down, ${mbit(up)} up`);
    rates.push({ down, up });
  }
  return rates;
}

/** Starts our daemon at both ends and waits until all links are up. */
export async function raiseBond(network: Network, deviceType: 'tap' | 'tun'): Promise<Raised> {
  const ends = createEnds(network, { deviceType });
  const upAfter = await bringUp(ends);
  progress(`bond up, ${network.lines.length} links, after ${(upAfter / 1000).toFixed(1)} s`);
  return { ends, upAfter };
}

/**
 * Seconds at the start of a flow that are not counted, s: cubic may leave slow start early where
 * packets overtake each other, and then needs a while to find the rate (83.9 % after 2 s, once).
 */
const SETTLING = 4;

/** One flow from a LAN host to a host on the Internet or back, with pings beside it. */
export async function measureBond(reverse: boolean, seconds: number): Promise<BondFlow> {
  const flow = await startTcp({
    from: 'lan',
    to: { ns: 'inet', address: ADDRESS.inet },
    seconds,
    reverse,
    omit: SETTLING,
  });
  await sleep(SETTLING * 1_000);
  const count = Math.max(5, Math.floor(seconds / 0.2) - 5);
  const pings = await ping({ from: 'lan', to: ADDRESS.inet, count, interval: 0.2 });
  const result = await flow.result();
  const way = reverse ? 'down' : 'up';
  progress(`bond: ${mbit(result.bitsPerSecond)} ${way}, ${result.retransmits} sent again`);
  return { ...result, ping: pings };
}

/** Full packets that are counted: enough that what else passes the lines in their time is no byte. */
const PACKETS = 1_000;

/**
 * Sends full packets over the bond and reads the counters of all lines' ends at home. What the tunnels
 * and the heartbeats say meanwhile is measured first, and taken off.
 */
export async function measurePacket(network: Network, mtu: number): Promise<PacketCost> {
  const quiet = { at: now(), bytes: bytesOnLines(network) };
  await sleep(QUIET_MS);
  const before = { at: now(), bytes: bytesOnLines(network) };
  const background = (before.bytes - quiet.bytes) / (before.at - quiet.at);
  const size = String(mtu - ICMP_HEADERS);
  const options = ['-q', '-n', '-M', 'do', '-s', size, '-i', '0.002', '-c', String(PACKETS)];
  await (await start(['ping', ...options, ADDRESS.inet], { ns: 'lan', name: 'full-packets' }))
    .ended;
  const after = { at: now(), bytes: bytesOnLines(network) };
  const bytes = after.bytes - before.bytes - background * (after.at - before.at);
  // The tunnels' own words beside it are less than half a byte per packet.
  const frame = Math.round(bytes / PACKETS);
  progress(`packet: ${mtu} bytes in the bond, ${frame} on the line`);
  return { packet: mtu, frame };
}

/** How long the lines are watched before that, guest ms. */
const QUIET_MS = 3_000;

/** IPv4 20, ICMP 8. */
const ICMP_HEADERS = 28;

/** Bytes that the router has put on all lines. */
function bytesOnLines({ lines }: Network): number {
  const file = '/sys/class/net/home/statistics/rx_bytes';
  const counts = lines.map((_, index) => Number(run(['cat', file], { ns: `line${index}` })));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Reads what the router's daemon costs now. `startToReply` is measured on a further, short start. */
export async function measureBudgets(ends: Raised['ends']): Promise<Budgets> {
  const bare = await start(
    [process.execPath, ...NODE_OPTIONS, '-e', 'setInterval(() => {}, 1e6)'],
    {
      name: 'bare',
    },
  );
  await sleep(2_000);
  const bareRss = residentBytes(bare.pid);
  await bare.stop('SIGKILL');
  const daemon = ends.router.daemon();
  const rss = residentBytes(daemon.pid);
  const commands = daemon.log().split('\n').filter(isCommand).length;
  await daemon.stop('SIGKILL');
  const before = now();
  await ends.router.startDaemon();
  return { rss, bareRss, startToReply: now() - before, commands };
}

function isCommand(line: string): boolean {
  return /^(ip|nft|modprobe|openvpn) /.test(line);
}

function residentBytes(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) throw new Error(`no process ${pid}`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Both ends' snapshots. */
export async function snapshots(ends: Raised['ends']): Promise<Record<End['ns'], Snapshot>> {
  return { router: await ends.router.status(), server: await ends.server.status() };
}

/** `12.34 Mbit/s` */
export function mbit(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s`;
}
