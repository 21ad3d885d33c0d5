import { readFileSync } from 'node:fs';
import { readCounts } from '../sysfs.ts';
import type { Line } from './wire.ts';

/** Counters of one tunnel at one end: packets that came and went, bytes that came. */
export interface TunnelCount {
  rx: number;
  tx: number;
  bytes: number;
}

/** What one end sees between two measurements. */
export interface Look {
  /** How busy it was during the last one, 0 to 1; null: there was none. */
  busy: number | null;
  /** In the order of the test's ports; null: no such tunnel. */
  tunnels: (TunnelCount | null)[];
  /** Most bytes that its TCP buffers for what it receives, and for what it sends; null: not known. */
  buffers: { rx: number | null; tx: number | null };
}

/** A look at these tunnels now; null in place of one that is not tested. */
export function lookAt(tunnels: readonly (string | null)[], busy: number | null): Look {
  return {
    busy,
    tunnels: tunnels.map((device) => (device === null ? null : count(device))),
    buffers: { rx: largest('tcp_rmem'), tx: largest('tcp_wmem') },
  };
}

/** The look in a line of the other end; null when it is none of so many tunnels. */
export function readLook({ look }: Line, tunnels: number): Look | null {
  if (typeof look !== 'object' || look === null) return null;
  const { busy, tunnels: list, buffers } = look as Partial<Record<keyof Look, unknown>>;
  if (!Array.isArray(list) || list.length !== tunnels) return null;
  const { rx, tx } = (typeof buffers === 'object' ? (buffers ?? {}) : {}) as Line;
  return {
    busy: number(busy),
    tunnels: list.map(readCount),
    buffers: { rx: number(rx), tx: number(tx) },
  };
}

function readCount(value: unknown): TunnelCount | null {
  if (typeof value !== 'object' || value === null) return null;
  const { rx, tx, bytes } = value as Line;
  const [a, b, c] = [number(rx), number(tx), number(bytes)];
  return a === null || b === null || c === null ? null : { rx: a, tx: b, bytes: c };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function count(device: string): TunnelCount | null {
  const found = readCounts(device);
  return found && { rx: found.more.rx[0], tx: found.more.tx[0], bytes: found.rx };
}

/** The third of the three numbers of a setting of TCP's buffers. */
function largest(name: string): number | null {
  try {
    const text = readFileSync(`/proc/sys/net/ipv4/${name}`, 'latin1');
    return number(Number(text.trim().split(/\s+/)[2]));
  } catch {
    return null;
  }
}
