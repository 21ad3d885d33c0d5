import type { Disturbance } from './flow-gaps.ts';
import type { PingResult } from './ping.ts';

export type Congestion = 'cubic' | 'bbr';
export type FlowDirection = 'down' | 'up';

/** One way to use the lines, to be measured in a machine whose lines stand. */
export type Job =
  /** The best line by itself, without a tunnel. */
  | { way: 'line'; column: string; congestions: readonly Congestion[] }
  /** One MPTCP connection over all lines, without tunnels. */
  | { way: 'mptcp'; column: string; congestions: readonly Congestion[] }
  | BondJob;

/** Our daemon at both ends. */
export interface BondJob {
  way: 'bond';
  column: string;
  congestions: readonly Congestion[];
  deviceType: 'tap' | 'tun';
  /** Options of `interface 'bond'` at both ends. */
  options: Readonly<Record<string, string>>;
  /** The lines' rates stand in the links' sections. */
  rates: boolean;
  /** Seconds of traffic each way before anything is measured, for what is learned. */
  learn: number;
}

/** What the guest program `bench-rates` is asked for; seconds of guest time. */
export interface BenchOrder {
  lines: string;
  jobs: readonly Job[];
  seconds: number;
  /** Not counted at the start of each flow. */
  omit: number;
}

/** One flow that was measured; rates in bit/s, times in ms. */
export interface BenchFlow {
  column: string;
  congestion: Congestion;
  direction: FlowDirection;
  bitsPerSecond: number;
  retransmits: number;
  ping: PingResult;
  /** What the daemon uses and the bond's MTU; null without a bond. */
  bond: { driver: string | null; mtu: number; problems: string[] } | null;
}

/** What a job brought: flows, and the error that ended it early. */
export interface JobResult {
  column: string;
  flows: BenchFlow[];
  error: string | null;
}

/** What is broken, and mended again. */
export const DEATHS = [
  'line silent',
  'line silent, down only',
  'line silent, up only',
  'interface down',
  'tunnel killed',
  'server daemon killed',
] as const;

export type Death = (typeof DEATHS)[number];

/** What one death did to one flow; rates in bit/s of whole Ethernet frames at the receiver. */
export interface FailoverRun {
  kind: Death;
  direction: 'down' | 'up';
  /** Before. */
  rate: number;
  /** What the lines that are left carry of it. */
  remaining: number;
  dead: Disturbance;
  /** ms from the return until 85 % of `rate`; null: not within what was watched. */
  again: number | null;
  /** Segments that the sender sent again from the death until the return. */
  retransmits: number;
  /** The connection still carried data at its end. */
  alive: boolean;
}
