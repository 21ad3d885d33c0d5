import type { DeviceType } from '../config/types.ts';
import type { Neighbour, Rule } from '../facts/actual.ts';
import type { SysctlName } from '../facts/sysctls.ts';
import type { DesiredQdisc } from './shaping.ts';

/** What should be: the whole of it, every time. An empty one is what `stop` asks for. */
export interface Desired {
  bond: DesiredBond | null;
  devices: DesiredDevice[];
  rules: DesiredRule[];
  routes: DesiredRoute[];
  neighbours: DesiredNeighbour[];
  nft: DesiredNft | null;
  /** Our nft table of family ip; null: nothing is sent twice. */
  copies: DesiredNft | null;
  /** Who gets the next packet, whatever slave the bonding driver chose; null: it decides. */
  spread: DesiredSpread | null;
  qdiscs: DesiredQdisc[];
  tunnels: DesiredTunnel[];
  sysctls: DesiredSysctl[];
}

/** The bonding master. */
export interface DesiredBond {
  ifname: string;
  alias: string;
  mode: string;
  /** ms; means nothing while `arpInterval` is set */
  miimon: number;
  /** ms; 0: the driver watches carriers, not ARP */
  arpInterval: number;
  arpTargets: string[];
  /** null: the mode asks for none */
  xmitHashPolicy: string | null;
  allSlavesActive: boolean;
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
  carrier: DesiredCarrier;
}

/**
 * What is done about a tunnel device's carrier. `free`: nothing, OpenVPN gives it while it has the
 * device open. `off`: its line is out while its tunnel stands, so the bonding driver must not use it.
 * `on`: as it should be with this tunnel; an `off` from before is taken back.
 */
export type DesiredCarrier = 'free' | 'off' | 'on';

/** A policy rule of ours (`Own.protocol`). */
export type DesiredRule = Omit<Rule, 'protocol'>;

/** A route of ours (`Own.protocol`), never in table main. */
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

/** A neighbour entry of ours (`Own.protocol`). */
export type DesiredNeighbour = Omit<Neighbour, 'protocol'>;

/** Our nft table: text for `nft -f`, with the digest that is read back. */
export interface DesiredNft {
  text: string;
  digest: string;
  rules: number;
}

/** Our chain at the slaves' egress, in the nft table of family netdev (plan/spread.ts). */
export interface DesiredSpread {
  /** Text for `nft -f`, which replaces the table in one transaction. */
  text: string;
  /** Read back from a rule's comment. */
  digest: string;
  /** The slaves whose egress it watches. */
  devices: string[];
}

/** A setting of a device that must have the effect of our value (facts/sysctls.ts). */
export interface DesiredSysctl {
  device: string;
  name: SysctlName;
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
  neighbours: [],
  nft: null,
  copies: null,
  spread: null,
  qdiscs: [],
  tunnels: [],
  sysctls: [],
};

/** Whether nothing is to run: no bond, no devices, no tunnels. */
export function isNothing({ bond, devices, tunnels }: Desired): boolean {
  return bond === null && devices.length === 0 && tunnels.length === 0;
}
