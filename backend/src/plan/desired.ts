import type { DeviceType } from '../config/types.ts';
import type { Rule } from '../facts/actual.ts';

/** What should be: the whole of it, every time. An empty one is what `stop` asks for. */
export interface Desired {
  bond: DesiredBond | null;
  devices: DesiredDevice[];
  rules: DesiredRule[];
  routes: DesiredRoute[];
  nft: DesiredNft | null;
  tunnels: DesiredTunnel[];
}

/** The bonding master. */
export interface DesiredBond {
  ifname: string;
  alias: string;
  mode: string;
  /** ms */
  miimon: number;
  /** bytes */
  mtu: number;
  gsoMaxSegs: number;
  /** CIDR form */
  address: string;
}

/** A persistent tunnel device. */
export interface DesiredDevice {
  ifname: string;
  alias: string;
  kind: DeviceType;
  /** bytes */
  mtu: number;
  /** The bond it is a slave of, or null while it is kept out. */
  master: string | null;
}

/** A policy rule of ours (protocol PROTOCOL). */
export type DesiredRule = Omit<Rule, 'protocol'>;

/** A route of ours (protocol PROTOCOL), never in table main. */
export interface DesiredRoute {
  /** `prohibit` needs no device: what comes there is refused. */
  type: 'unicast' | 'prohibit';
  /** `default` or a prefix */
  dst: string;
  table: string;
  /** null: for `prohibit` */
  device: string | null;
  /** null: on a point-to-point device */
  gateway: string | null;
  metric: number;
}

/** Our nft table: text for `nft -f`, with the digest that is read back. */
export interface DesiredNft {
  text: string;
  digest: string;
  rules: number;
}

/** One OpenVPN process. */
export interface DesiredTunnel {
  link: string;
  /** Text of its configuration file. */
  config: string;
}

/** Nothing at all: the state before the first start and after `stop`. */
export const NOTHING: Desired = {
  bond: null,
  devices: [],
  rules: [],
  routes: [],
  nft: null,
  tunnels: [],
};
