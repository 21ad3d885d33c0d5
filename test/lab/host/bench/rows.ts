import type { BenchFlow, FlowDirection } from '../../guest/bench-order.ts';
import { parseLines } from '../../lines.ts';
import type { Column, Scenario } from './scenarios.ts';

/** One flow in the table; the names are those of `--json`. Rates in bit/s, times in ms. */
export interface RateRow {
  name: string;
  lines: string;
  column: string;
  /** The daemon's own word; null without a bond. */
  driver: string | null;
  congestion: string;
  direction: FlowDirection;
  goodput: number;
  percent_of_sum: number;
  /** Of what one flow can get through such tunnels over all lines. */
  percent_of_max: number;
  retransmits: number;
  ping_p50: number | null;
  ping_p95: number | null;
  problems: readonly string[];
}

/** What could not be measured: a scenario or a death, and the column or the setting. */
export interface FailedRow {
  name: string;
  column: string;
  error: string;
}

/** Of each full packet: IP 20, TCP with timestamps 32. */
const TCP_HEADERS = 52;

/**
 * What a tunnel with AES-256-GCM adds to a packet on the line, bytes, up to a whole Ethernet frame;
 * the part `costs` of the bench measures it.
 */
export const OVERHEAD = { tap: 80, tun: 66 } as const;

/** The tap with a packet that fills 1500 bytes on the line: what rows without a bond are held against. */
const PLAIN = { mtu: 1434, overhead: OVERHEAD.tap };

/** `part` of `whole` in %, to a tenth; 0 where there is no whole. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 1000) / 10 : 0;
}

/** The part (0 to 1) of the lines' rates that one TCP flow can carry at best. */
export function mostOf(mtu: number, overhead: number): number {
  return (mtu - TCP_HEADERS) / (mtu + overhead);
}

/** All lines together, bit/s. */
export function sumOf(lines: string, direction: FlowDirection): number {
  return parseLines(lines).reduce((sum, line) => sum + line[direction], 0) * 1e6;
}

/** The row of one flow. */
export function rateRow({ name, lines }: Scenario, column: Column, flow: BenchFlow): RateRow {
  const { bond, direction } = flow;
  const sum = sumOf(lines, direction);
  const overhead = OVERHEAD[column.device ?? 'tap'];
  const most = bond === null ? mostOf(PLAIN.mtu, PLAIN.overhead) : mostOf(bond.mtu, overhead);
  return {
    name,
    lines,
    column: column.name,
    driver: bond?.driver ?? null,
    congestion: flow.congestion,
    direction,
    goodput: flow.bitsPerSecond,
    percent_of_sum: percent(flow.bitsPerSecond, sum),
    percent_of_max: percent(flow.bitsPerSecond, sum * most),
    retransmits: flow.retransmits,
    ping_p50: flow.ping.p50,
    ping_p95: flow.ping.p95,
    problems: bond?.problems ?? [],
  };
}
