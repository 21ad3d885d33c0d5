import { readFileSync } from 'node:fs';
import type { End } from './ends.ts';
import type { Network } from './network.ts';
import { run } from './run.ts';
import { now, sleep } from './wait.ts';

/** Whole Ethernet frames. */
export interface Count {
  packets: number;
  bytes: number;
}

/** What both daemons and all tunnels did in a while in which nobody used the bond. */
export interface Idle {
  /** Guest s. */
  seconds: number;
  /** CPU of each end's daemon and the programs it ran, guest ms. */
  cpu: Record<End['ns'], number>;
  lines: { up: Count; down: Count }[];
}

/** One tick of /proc/PID/stat: USER_HZ is 100 on Linux. */
const TICK_MS = 10;

/** Watches for `seconds`. */
export async function watchIdle(
  network: Network,
  ends: Record<End['ns'], End>,
  seconds: number,
): Promise<Idle> {
  const look = () => ({
    at: now(),
    router: cpuTime(ends.router.daemon().pid),
    server: cpuTime(ends.server.daemon().pid),
    lines: network.lines.map((_, index) => ({
      up: received(`line${index}`, 'home'),
      down: received(`line${index}`, 'net'),
    })),
  });
  const before = look();
  await sleep(seconds * 1_000);
  const after = look();
  return {
    seconds: (after.at - before.at) / 1_000,
    cpu: { router: after.router - before.router, server: after.server - before.server },
    lines: after.lines.map(({ up, down }, index) => ({
      up: difference(up, before.lines[index]?.up),
      down: difference(down, before.lines[index]?.down),
    })),
  };
}

/** CPU time of a process and its children that have ended, ms (proc(5): fields 14 to 17 of stat). */
export function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in field 2 may hold anything but its closing bracket, which is the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
  return ticks * TICK_MS;
}

function received(ns: string, device: string): Count {
  const files = ['rx_packets', 'rx_bytes'].map(
    (name) => `/sys/class/net/${device}/statistics/${name}`,
  );
  const [packets = 0, bytes = 0] = run(['cat', ...files], { ns })
    .trim()
    .split('\n')
    .map(Number);
  return { packets, bytes };
}

function difference(after: Count, before: Count = { packets: 0, bytes: 0 }): Count {
  return { packets: after.packets - before.packets, bytes: after.bytes - before.bytes };
}
