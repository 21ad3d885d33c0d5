import type { Problem } from '../errors.ts';

/**
 * What the user sees: the answer of `ubus call bonding status`, the WebSocket's message and
 * `bonding status --json`, all the same. Rates in bit/s, times in seconds, latency in ms, loss in %.
 */
export interface Snapshot {
  version: string;
  /** When this was so, Unix seconds by the daemon's clock; that of events and of the history. */
  time: number;
  role: 'router' | 'server';
  state: BondState;
  /** Seconds since `state` last changed. */
  since: number;
  /** How packets are divided over the tunnels; null while nothing runs. */
  driver: 'bond-tun' | 'bond-tap' | 'spread' | 'active-backup' | null;
  bond: BondSnapshot;
  links: LinkSnapshot[];
  /** On a server the port forwards in the file's order; on a router none. */
  forwards: ForwardSnapshot[];
  watchdog: WatchdogSnapshot;
  problems: Problem[];
  /** Where a page on the LAN gets this live; null: nowhere, it asks by ubus. */
  socket: SocketSnapshot | null;
}

/** The WebSocket for pages on the LAN. */
export interface SocketSnapshot {
  port: number;
  /** It also takes wss, with uhttpd's certificate. */
  tls: boolean;
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
  /** Seconds that it has carried traffic without a break; null while it carries none. */
  uptime: number | null;
  /** How often the driver looks at the carrier of its slaves, ms. */
  miimon: number;
  /** Devices that are slaves now, and whether each has carrier. */
  slaves: { ifname: string; carrier: boolean }[];
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
  /**
   * Part of the packets that is to go over this link, 0 to 1: `tx` of what we send, `rx` of what the
   * other end sends, null where that cannot be told.
   */
  weight: { rx: number | null; tx: number | null };
  /** How long our packets wait for those that go by slower lines, ms; 0: they do not. */
  delay: number;
  /** Round trip, ms; null until measured. */
  latency: number | null;
  jitter: number | null;
  packetloss: number | null;
  /** Null: it has none. */
  heartbeat: HeartbeatSnapshot | null;
  /** What OpenVPN's own log says; null while it says nothing. */
  openvpn: OpenvpnSnapshot | null;
  problem: Problem | null;
}

/** Packets beside the tunnel by which both ends know that the line lives. */
export interface HeartbeatSnapshot {
  /** `unknown`: none was heard yet; `silent`: they were heard, and are no more. */
  state: 'unknown' | 'alive' | 'silent';
  /** Between two of them, ms. */
  interval: number;
  /** Round trip, ms. */
  rtt: number | null;
  /** The other end does not send over this link. */
  peer_out: boolean;
  /** How much longer our way there is than by the quickest line, as the other end measures it, ms. */
  behind: number | null;
  /** The largest packet that comes through the line from here, bytes with all headers; null: not known. */
  path_mtu: number | null;
}

/** A tunnel in OpenVPN's own words (those of its command `state`). */
export interface OpenvpnSnapshot {
  state: 'connecting' | 'wait' | 'auth' | 'connected' | 'reconnecting' | 'exiting';
  /** Since when, Unix seconds. */
  time: number;
  /** Address and port the other end speaks from. */
  peer: string | null;
  /** Of the data channel; null where the log does not tell (it does from `verb 2`). */
  cipher: string | null;
}

/** 64-bit counters since the device was made, and rates in bit/s over the last second. */
export interface Counters {
  rx_bytes: number;
  tx_bytes: number;
  rx_rate: number;
  tx_rate: number;
  rx_packets: number;
  tx_packets: number;
  rx_errors: number;
  tx_errors: number;
  rx_dropped: number;
  tx_dropped: number;
}

/** One port forward of a server (`config forward`). */
export interface ForwardSnapshot {
  name: string;
  proto: 'tcp' | 'udp' | 'tcpudp';
  /** On the server: `80`, or a range `8000-8010`. */
  port: string;
  /** Host of the LAN, or the router's address in the bond. */
  dest_ip: string;
  /** There: always filled in; that of a range is the same range. */
  dest_port: string;
  enabled: boolean;
  /** Its rules are in the kernel now. */
  active: boolean;
  /** New ones since the rules were made: at the start, or when the configuration changed. */
  connections: number;
}

/** The watchdog of `config interface 'bond'`. */
export interface WatchdogSnapshot {
  enabled: boolean;
  targets: string[];
  period: number;
  timeout: number;
  /** Seconds since the last reply; null before the first. */
  last_reply: number | null;
  /** How many steps it has taken since the daemon started. */
  fired: number;
}

/** An entry of the event list: what changed, when (Unix seconds), in plain words. */
export interface BondEvent {
  id: number;
  time: number;
  subject: string;
  text: string;
}
