/**
 * A line whose middle carries less than the others: what both ends make of it and how a download fares,
 * where it drops what is too long without a word; then what happens when the line carries full packets
 * again; then when it carries less once more, and says so by ICMP. No arguments.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End, tunnelPid } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { mbit } from '../rates.ts';
import { ipBatch, run } from '../run.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host. MTUs in bytes, times in guest ms. */
export interface PathMtuRun {
  /** Of the bond and of both tunnels, at both ends, before anything could be known. */
  before: number[];
  /** While the middle drops without a word, and while it tells by ICMP. */
  hole: Lowered;
  told: Lowered;
  /** Between the two, while the line was whole; `problems`: what was left then. */
  whole: { mtus: number[]; took: number; problems: string[] };
  /** No tunnel was started anew all along. */
  sameTunnels: boolean;
}

/** What became of it. */
export interface Lowered {
  /** As `before`. */
  mtus: number[];
  /** Until that was so at both ends, from when the line carried less and its heartbeats were heard. */
  took: number;
  /** `path_mtu` of each link, by end. */
  paths: (number | null)[][];
  /** A download through the bond. */
  download: { bitsPerSecond: number; retransmits: number };
  /** Packets that the server's and the router's kernel cut in pieces meanwhile. */
  cut: number[];
  /** What both ends say. */
  problems: string[];
}

type Ends = Record<End['ns'], End>;

interface Device {
  ifname: string;
  mtu: number;
}

const NARROW = 1400;

program(async () => {
  const network = buildLines(parseLines('3/3/20,3/3/20'));
  carry(0, NARROW);
  silence(0);
  const ends = createEnds(network, { deviceType: 'tun' });
  await bringUp(ends);
  const before = mtusOf(ends);
  const pids = pidsOf(ends);
  await until('heartbeats to be heard', async () => (await beats(ends)).every(isAlive), {
    timeout: 30_000,
    every: 100,
  });
  const hole = await watch(ends);

  carry(0, 1500);
  const took = await untilMtu(ends, 1440);
  const whole = { mtus: mtusOf(ends), took, problems: await problemsOf(ends) };

  run(['nft', 'delete table ip hole'], { ns: 'line0' });
  carry(0, NARROW);
  const told = await watch(ends);
  const sameTunnels = pidsOf(ends).join() === pids.join();
  return { before, hole, whole, told, sameTunnels } satisfies PathMtuRun;
});

/** Waits until the MTU is lowered, and looks how things are then. */
async function watch(ends: Ends): Promise<Lowered> {
  const took = await untilMtu(ends, NARROW - 52);
  const mtus = mtusOf(ends);
  const paths = [await pathsOf(ends.router), await pathsOf(ends.server)];
  const counted = [cutBy('server'), cutBy('router')];
  const to = { ns: 'inet', address: ADDRESS.inet };
  const { bitsPerSecond, retransmits } = await measureTcp({ from: 'lan', to, reverse: true });
  const cut = [cutBy('server'), cutBy('router')].map((count, i) => count - (counted[i] ?? 0));
  progress(`${mbit(bitsPerSecond)}, ${retransmits} retransmits, cut ${cut.join(' ')}`);
  const download = { bitsPerSecond, retransmits };
  return { mtus, took, paths, download, cut, problems: await problemsOf(ends) };
}

/** What the middle of a line lets pass, both ways. */
function carry(index: number, mtu: number): void {
  const ns = `line${index}`;
  for (const device of ['home', 'net']) {
    const [route] = run(['ip', 'route', 'show', 'dev', device, 'scope', 'link'], { ns }).split(
      '\n',
    );
    const words = (route ?? '').replace(/ mtu \d+/, '').trim();
    ipBatch(ns, [`route replace ${words} dev ${device} mtu ${mtu}`]);
  }
}

/** It drops what is too long without a word. */
function silence(index: number): void {
  const rule = 'type filter hook output priority 0; icmp type destination-unreachable drop;';
  run(['nft', `table ip hole { chain out { ${rule} }; }`], { ns: `line${index}` });
}

/** Of each end the bond's, and those of its tunnels. One program for each: they are asked often. */
function mtusOf(ends: Ends): number[] {
  return [ends.router, ends.server].flatMap(({ ns }) => {
    const found = JSON.parse(run(['ip', '-j', 'link'], { ns })) as Device[];
    const mtuOf = (name: string): number => found.find(({ ifname }) => ifname === name)?.mtu ?? 0;
    return ['bond0', 'tun0', 'tun1'].map(mtuOf);
  });
}

/** How long it takes until bonds and tunnels have this MTU, ms. */
async function untilMtu(ends: Ends, mtu: number): Promise<number> {
  const all = () => mtusOf(ends).every((found) => found === mtu);
  const { after } = await until(`an MTU of ${mtu} at both ends`, all, {
    timeout: 200_000,
    every: 500,
  });
  progress(`${mtu} after ${after} ms`);
  return after;
}

async function beats(ends: Ends): Promise<Snapshot['links']> {
  return [await ends.router.status(), await ends.server.status()].flatMap(({ links }) => links);
}

function isAlive({ heartbeat }: Snapshot['links'][number]): boolean {
  return heartbeat?.state === 'alive';
}

async function pathsOf(end: End): Promise<(number | null)[]> {
  const { links } = await end.status();
  return links.map(({ heartbeat }) => heartbeat?.path_mtu ?? null);
}

async function problemsOf(ends: Ends): Promise<string[]> {
  const both = [await ends.router.status(), await ends.server.status()];
  return both.flatMap(({ problems }) => problems.map(({ subject, text }) => `${subject}: ${text}`));
}

function pidsOf(ends: Ends): number[] {
  return [ends.router, ends.server].flatMap((end) =>
    ['link0', 'link1'].map((link) => tunnelPid(end, link)),
  );
}

/** How many packets this namespace's kernel has cut, by its own count. */
function cutBy(ns: string): number {
  const [names = '', values = ''] = run(['cat', '/proc/net/snmp'], { ns })
    .split('\n')
    .filter((line) => line.startsWith('Ip:'));
  return Number(values.split(' ')[names.split(' ').indexOf('FragOKs')] ?? 0);
}
