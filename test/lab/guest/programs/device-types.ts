/**
 * What a stock bonding driver makes of tun devices and of the bond's options: it takes them in
 * active-backup, with traffic also when the ends have chosen different slaves; what an idle daemon
 * costs; what becomes of it when the patched driver is loaded instead; then, on the stock one
 * again, a tap whose options change while it stands. Arguments: lines, the patched bonding.ko.
 */
import { readFileSync } from 'node:fs';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { activate, bondOptions } from '../bond-sysfs.ts';
import { bringUp, createEnds, type End, reconfigure } from '../ends.ts';
import { ADDRESS, buildLines, type Network, settled } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { run } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface DeviceTypes {
  onStock: {
    status: Snapshot;
    options: Record<string, string>;
    /** As chosen by the driver, and with a different active slave at each end. */
    ping: PingResult[];
    /** What differs on the router after a stop. */
    changed: string[];
  };
  /** Processes started on the whole machine during so many idle seconds with both daemons. */
  idle: { seconds: number; started: number };
  /** Stopped, the patched driver loaded, started: without a reload or a new daemon. */
  swapped: { status: Snapshot; lost: number };
  tap: OptionsSeen[];
}

/** The bond's options in the kernel after a reload with `set`. */
export interface OptionsSeen {
  set: Record<string, string>;
  options: Record<string, string>;
  driver: Snapshot['driver'];
  problems: string[];
  lost: number;
}

/** How long nothing happens, s. */
const IDLE = 20;

program(async ([text = '', patched = '']) => {
  const network = buildLines(parseLines(text));
  const ends = createEnds(network, { deviceType: 'tun' });
  await settled();
  const before = snapshotNetwork('router');
  await bringUp(ends);
  const pings = [await pingInet()];
  activate('router', 'tun0');
  activate('server', 'tun1');
  pings.push(await pingInet());
  const status = await ends.router.status();
  const options = bondOptions('router');
  progress(`tun in balance-rr: ${status.driver}, ${pings.map(({ lost }) => lost).join('+')} lost`);

  await sleep(5_000);
  const started = processesStarted();
  await sleep(IDLE * 1_000);
  const idle = { seconds: IDLE, started: processesStarted() - started };

  await Promise.all([ends.router.call('stop'), ends.server.call('stop')]);
  run(['busybox', 'rmmod', 'bonding']);
  run(['busybox', 'insmod', patched, 'max_bonds=0']);
  await Promise.all([ends.router.call('start'), ends.server.call('start')]);
  const both = [ends.router, ends.server];
  await until('both ends to use the patched driver', () => inRoundRobin(both), { timeout: 60_000 });
  const swapped = { lost: (await pingInet()).lost, status: await ends.router.status() };
  progress(`patched driver: ${swapped.status.driver}, ${swapped.lost} lost`);

  await Promise.all([ends.router.daemon().stop(), ends.server.daemon().stop()]);
  const changed = compareSnapshots(before, snapshotNetwork('router'));
  run(['busybox', 'rmmod', 'bonding']);
  const tap = await changeOptions(network);
  return {
    onStock: { status, options, ping: pings, changed },
    idle,
    swapped,
    tap,
  } satisfies DeviceTypes;
});

const pingInet = (): Promise<PingResult> => ping({ from: 'lan', to: ADDRESS.inet, count: 20 });

/** What is set, one after the other; each replaces the last. */
const STEPS: readonly Record<string, string>[] = [
  { mode: 'balance-xor', xmit_hash_policy: 'layer2+3', miimon: '50' },
  { mode: '2', arp_interval: '500', arp_ip_target: '10.0.0.1 10.0.0.2', mtu: '1380' },
  { mode: '2', arp_interval: '400', mtu: '1380' },
  { mode: '2', miimon: '200', mtu: '1380' },
  { mode: '4', mtu: '1380' },
];

/** Changes the options of both ends of a tap bond, and looks what the router's kernel has. */
async function changeOptions(network: Network): Promise<OptionsSeen[]> {
  const ends = createEnds(network);
  await bringUp(ends);
  const seen: OptionsSeen[] = [];
  for (const set of STEPS) {
    await Promise.all([reconfigure(ends.server, set), reconfigure(ends.router, set)]);
    await until('all links to be up', () => allUp([ends.router, ends.server]), { timeout: 30_000 });
    // The partners of 802.3ad need a moment to find each other.
    await sleep(set.mode === '4' ? 5_000 : 1_000);
    const { lost } = await pingInet();
    const status = await ends.router.status();
    seen.push({
      set,
      options: bondOptions('router'),
      driver: status.driver,
      problems: status.problems.map(({ code }) => code),
      lost,
    });
    progress(`${JSON.stringify(set)}: ${lost} lost`);
  }
  return seen;
}

async function inRoundRobin(ends: readonly End[]): Promise<boolean> {
  const states = await Promise.all(ends.map((end) => end.status()));
  return states.every(({ bond }) => bond.mode === 'balance-rr') && (await allUp(ends));
}

async function allUp(ends: readonly End[]): Promise<boolean> {
  const states = await Promise.all(ends.map((end) => end.status()));
  return states.every(({ links }) => links.every((link) => link.up && link.slave));
}

/** Processes and threads made since boot: the line `processes` of /proc/stat. */
function processesStarted(): number {
  return Number(/^processes (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
}
