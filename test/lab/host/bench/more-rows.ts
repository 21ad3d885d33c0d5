import type { FailoverRun } from '../../guest/bench-order.ts';
import type { Costs, Idle } from '../../guest/programs/bench-costs.ts';

/** One death of a line, as `--json` tells it; times in ms, null: not within what was watched. */
export interface FailoverRow {
  name: 'failover';
  setting: string;
  kind: string;
  direction: 'down' | 'up';
  /** Until 80 % of what remains. */
  recovered: number | null;
  silence: number;
  /** Mean while the line was dead, % of what remains. */
  percent_while_dead: number;
  bytes_lost: number;
  alive: boolean;
  /** From the line's return until 85 % of the rate before. */
  again: number | null;
}

/** What the bond costs with nothing going on. */
export interface CostRow {
  name: 'idle';
  setting: string;
  /** ms of CPU per second, on a CPU of about 1 GIPS. */
  cpu_router: number;
  cpu_server: number;
  /** Both ways together, mean of the lines. */
  packets_per_second: number;
  bytes_per_day_up: number;
  bytes_per_day_down: number;
}

/** Bytes of TCP payload in a segment that fills the bond. */
const SEGMENT = 1382;

const SECONDS_PER_DAY = 86_400;

/** The row of one death. */
export function failoverRow(setting: string, run: FailoverRun): FailoverRow {
  const { kind, direction, dead, again, retransmits, alive, remaining } = run;
  return {
    ...{ name: 'failover', setting, kind, direction },
    recovered: dead.recovered === null ? null : Math.round(dead.recovered),
    silence: Math.round(dead.silence),
    percent_while_dead: Math.round((dead.rate / remaining) * 100),
    bytes_lost: retransmits * SEGMENT,
    alive,
    again: again === null ? null : Math.round(again),
  };
}

/** The row of one quiet stretch. */
export function costRow(setting: string, idle: Idle): CostRow {
  const { seconds, cpu, lines } = idle;
  const mean = (value: (line: Idle['lines'][number]) => number): number =>
    lines.reduce((sum, line) => sum + value(line), 0) / Math.max(1, lines.length) / seconds;
  return {
    ...{ name: 'idle', setting },
    cpu_router: cpu.router / seconds,
    cpu_server: cpu.server / seconds,
    packets_per_second: mean(({ up, down }) => up.packets + down.packets),
    bytes_per_day_up: Math.round(mean(({ up }) => up.bytes) * SECONDS_PER_DAY),
    bytes_per_day_down: Math.round(mean(({ down }) => down.bytes) * SECONDS_PER_DAY),
  };
}

/** Bytes; `most_percent`: of a line's rate, what one TCP flow can carry at best. */
export function packetRow({ device, packet }: Costs, most: number): Record<string, unknown> {
  return {
    name: 'packet',
    device,
    packet_bytes: packet.packet,
    frame_bytes: packet.frame,
    overhead_bytes: packet.frame - packet.packet,
    most_percent: Math.round(most * 1000) / 10,
  };
}
