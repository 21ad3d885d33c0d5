import type { Problem } from '../errors.ts';

/**
 * What the user sees: the answer of `ubus call bonding status`, the WebSocket's message and
 * `bonding status --json`, all the same. Rates in bit/s, times in seconds, latency in ms, loss in %.
 */
export interface Snapshot {
  version: string;
  role: 'router' | 'server';
  state: BondState;
  /** Seconds since `state` last changed. */
  since: number;
  /** How packets are divided over the tunnels; null while nothing runs. */
  driver: 'bond-tun' | 'bond-tap' | 'spread' | 'active-backup' | null;
  bond: BondSnapshot;
  links: LinkSnapshot[];
  watchdog: WatchdogSnapshot;
  problems: Problem[];
}

/** `degraded`: some links carry traffic; `fallback`: none does, traffic goes out without the bond. */
export type BondState = 'stopped' | 'starting' | 'up' | 'degraded' | 'fallback' | 'down';

/** The bonding master. */
export interface BondSnapshot extends Counters {
  ifname: string;
  up: boolean;
  mode: string;
  mtu: number;
  address: string;
  peer: string;
}

/** `waiting`: its WAN is not up; `parked`: taken out on purpose, by the user or by a rule. */
export type LinkPhase = 'disabled' | 'waiting' | 'connecting' | 'up' | 'parked' | 'down';

/** One line with its tunnel. */
export interface LinkSnapshot extends Counters {
  name: string;
  /** Logical WAN; null on a server that listens everywhere. */
  interface: string | null;
  /** The WAN's device, while it is known. */
  l3_device: string | null;
  tunnel: string;
  enabled: boolean;
  up: boolean;
  state: LinkPhase;
  /** Seconds since `state` last changed. */
  since: number;
  /** Address of the other end: configured on a router, seen on a server. */
  server: string | null;
  local_address: string | null;
  gateway: string | null;
  routing_table: number;
  /** True while the tunnel is a slave of the bond and has carrier: it is given packets. */
  slave: boolean;
  /** Part of the bond's traffic over this link in the last second, 0 to 1. */
  share: { rx: number; tx: number };
  /** Round trip, ms; null until measured. */
  latency: number | null;
  jitter: number | null;
  packetloss: number | null;
  problem: Problem | null;
}

/** 64-bit byte counters since the device was made, and rates in bit/s over the last second. */
export interface Counters {
  rx_bytes: number;
  tx_bytes: number;
  rx_rate: number;
  tx_rate: number;
}

/** The watchdog of `config interface 'bond'`. */
export interface WatchdogSnapshot {
  enabled: boolean;
  targets: string[];
  period: number;
  timeout: number;
  /** Seconds since the last reply; null before the first. */
  last_reply: number | null;
  /** How often the action ran since start. */
  fired: number;
}

/** An entry of the event list: what changed, when (Unix seconds), in plain words. */
export interface BondEvent {
  id: number;
  time: number;
  subject: string;
  text: string;
}
