import type { BondMode, CipherSpeed, DeviceType, Refusal } from '../config/types.ts';
import { asNumber, asRecord, asRecords, asText, asTexts } from './json.ts';
import { ALIAS, isInstanceNumber, type Own, ownOf } from './own.ts';
import type { Qdisc, Shaper } from './qdiscs.ts';
import { readQdiscs } from './qdiscs.ts';
import type { Sysctls } from './sysctls.ts';
import { readSysctls } from './sysctls.ts';

/** What the kernel and our run folder say now. */
export interface Actual {
  /** What is this instance's among all this; the rest is nobody's business of ours. */
  own: Own;
  devices: ReadonlyMap<string, Device>;
  rules: Rule[];
  routes: Route[];
  neighbours: Neighbour[];
  /** Our nft table, or null when there is none. */
  nft: NftTable | null;
  /** Our nft table of family ip, or null when there is none. */
  copies: NftTable | null;
  /** Our nft table of family netdev, or null when there is none. */
  spread: SpreadTable | null;
  /** Devices that hold back what they send, by name; empty while there is no reason to look. */
  qdiscs: ReadonlyMap<string, Qdisc>;
  tunnels: ReadonlyMap<string, TunnelProcess>;
  sysctls: Sysctls;
}

/** A network device as `ip -j -d addr` shows it. */
export interface Device {
  ifname: string;
  /** `bond`, `tun`, `tap`, or whatever else rtnetlink calls it; null for hardware. */
  kind: string | null;
  up: boolean;
  /** False while the kernel says NO-CARRIER or the device is down. */
  carrier: boolean;
  mtu: number;
  master: string | null;
  /** `ifalias`: how we know our own devices again. */
  alias: string | null;
  /** IPv4 addresses in CIDR form. */
  addresses: string[];
  gsoMaxSegs: number;
  /** Only for bonds. */
  bond: BondOptions | null;
}

/** The options of a bond that we set, as the driver has them. */
export interface BondOptions {
  mode: string;
  /** ms; 0 while ARP is used instead */
  miimon: number;
  /** ms; 0: no ARP */
  arpInterval: number;
  arpTargets: string[];
  xmitHashPolicy: string;
  /** A slave that is not the active one receives, too. */
  allSlavesActive: boolean;
}

/** A policy rule, as far as we use them. */
export interface Rule {
  priority: number;
  /** `all` or an address. */
  from: string;
  /** Address it goes to; null: anywhere. */
  to: string | null;
  /** Mark and mask as `0x1/0xff`; null: whatever the mark. */
  fwmark: string | null;
  table: string;
  suppressPrefixLength: number | null;
  /** rt_protos number; `Own.protocol` marks ours. */
  protocol: string | null;
}

/** An IPv4 route of any table. */
export interface Route {
  /** `unicast`, `prohibit`, or another name of rt_types. */
  type: string;
  /** `default` or a prefix. */
  dst: string;
  table: string;
  device: string | null;
  gateway: string | null;
  /** 0 where the kernel shows none; the lowest wins. */
  metric: number;
  protocol: string | null;
}

/** A neighbour entry that stays until somebody takes it away (`nud permanent`). */
export interface Neighbour {
  address: string;
  device: string;
  /** Hardware address, in lower case. */
  mac: string;
  protocol: string | null;
}

/** Our nft table: the digest we left in a comment, and how many rules are in it now. */
export interface NftTable {
  digest: string | null;
  rules: number;
  /** Packets that its rules have counted, by the rules' comments. */
  counters: ReadonlyMap<string, number>;
}

/** The chain at the slaves' egress, as it is now. */
export interface SpreadTable {
  digest: string | null;
  /** Devices that it watches: one that was deleted is none any more. Null: cannot be told. */
  devices: string[] | null;
}

/** One OpenVPN process of ours, found by its pid file. */
export interface TunnelProcess {
  link: string;
  pid: number;
  /** The configuration text it was started with. */
  config: string;
}

/** The raw outputs from which `Actual` is read; `bonding facts` prints them, `plan --facts` reads them. */
export interface RawFacts {
  /** Whose eyes these are: 0 to 7; missing in facts of older versions, which had 0 alone */
  instance?: number;
  /** `ip -j -d addr` */
  addr: unknown;
  /** `ip -j -d rule` */
  rule: unknown;
  /** `ip -j -d route show table all` */
  route: unknown;
  /** `ip -j -4 neigh show nud permanent`; missing in facts of older versions */
  neigh?: unknown;
  /** `nft -j list table inet bonding` (the instance's own), null when there is no such table */
  nft: unknown;
  /** `nft -j list table ip bonding` (the instance's own), as `nft`; missing in facts of older versions */
  copies?: unknown;
  /**
   * `nft list table netdev bonding` (the instance's own) as text, since nft 1.0.6 leaves a chain's
   * devices out of its JSON; null when there is no such table, missing in facts of older versions
   */
  spread?: unknown;
  /** `tc -j qdisc show`; null or missing while there is no reason to look */
  qdiscs?: unknown;
  /** `ubus call network.interface dump`, null where there is no netifd */
  interfaces: unknown;
  tunnels: TunnelProcess[];
  /** Kernel settings of devices, and what they were before us; see facts/sysctls.ts */
  sysctls: unknown;
  abilities: Abilities;
}

/** What this machine can do: probed, never assumed. */
export interface Abilities {
  /** Version of the openvpn binary, e.g. `2.6.14`; null when it is missing. */
  openvpn: string | null;
  /** Which of the configuration's options it refuses; null or missing: nobody has asked. */
  optionTrial?: OptionTrial | null;
  /** How fast the processor encrypts; null or missing: not known. */
  ciphers?: CipherSpeed | null;
  /** The bonding driver is loaded. */
  bonding: boolean;
  /** /dev/net/tun is there. */
  tun: boolean;
  /** What the bonding driver takes; null when nobody has tried. */
  trial: Trial | null;
  /** Another number each time the bonding driver is loaded; null: it is not. */
  driverLoad: number | null;
  /** net.ipv4.ip_forward is on. */
  forwarding: boolean;
  /** The nft binary is there. */
  nft: boolean;
  /**
   * The kernel takes an nft chain at a device's egress that sends packets on to another device; null
   * or missing: nobody has tried.
   */
  egress?: boolean | null;
  /** What can keep a tunnel to a rate; null: nothing, missing: nobody has tried. */
  shaper?: Shaper | null;
  /** A tunnel's packets can be held back for a time; missing: nobody has tried. */
  netem?: boolean;
  /** The kernel can send a packet twice; missing: nobody has tried. */
  copies?: boolean;
}

/** A trial of OpenVPN's options. */
export interface OptionTrial {
  /** The version that was asked. */
  version: string;
  /** What it was asked about, as lines of its configuration. */
  lines: string[];
  refused: Refusal[];
}

/** A trial of the bonding driver: what it made of a device when a mode was wanted. */
export interface Trial {
  type: DeviceType;
  /** The mode that was wanted. */
  mode: BondMode;
  /** The mode in which it took the device; null: in none that was tried. */
  takes: BondMode | null;
}

/** Reads all raw outputs; what cannot be understood is left out. */
export function readActual(raw: RawFacts): Actual {
  return {
    own: ownOf(isInstanceNumber(raw.instance) ? raw.instance : 0),
    devices: readDevices(raw.addr),
    rules: readRules(raw.rule),
    routes: readRoutes(raw.route),
    neighbours: readNeighbours(raw.neigh),
    nft: readNft(raw.nft),
    copies: readNft(raw.copies),
    spread: readSpread(raw.spread),
    qdiscs: readQdiscs(raw.qdiscs),
    tunnels: new Map(raw.tunnels.map((tunnel) => [tunnel.link, tunnel])),
    sysctls: readSysctls(raw.sysctls),
  };
}

/** Reads the devices of `ip -j -d addr`, by name. */
export function readDevices(addr: unknown): Actual['devices'] {
  const devices = new Map<string, Device>();
  for (const entry of asRecords(addr)) {
    const ifname = asText(entry.ifname);
    if (ifname === null) continue;
    const flags = asTexts(entry.flags);
    const info = asRecord(entry.linkinfo);
    const data = asRecord(info?.info_data);
    const kind = asText(info?.info_kind);
    devices.set(ifname, {
      ifname,
      kind: kind === 'tun' ? (asText(data?.type) ?? 'tun') : kind,
      up: flags.includes('UP'),
      carrier: flags.includes('UP') && !flags.includes('NO-CARRIER'),
      mtu: asNumber(entry.mtu) ?? 0,
      master: asText(entry.master),
      alias: asText(entry.ifalias),
      addresses: readAddresses(entry),
      gsoMaxSegs: asNumber(entry.gso_max_segs) ?? 0,
      bond: kind === 'bond' ? readBond(data ?? {}) : null,
    });
  }
  return devices;
}

/** A bond without targets has no `arp_ip_target` at all. */
function readBond(data: Record<string, unknown>): BondOptions {
  return {
    mode: asText(data.mode) ?? '',
    miimon: asNumber(data.miimon) ?? 0,
    arpInterval: asNumber(data.arp_interval) ?? 0,
    arpTargets: asTexts(data.arp_ip_target),
    xmitHashPolicy: asText(data.xmit_hash_policy) ?? '',
    allSlavesActive: asNumber(data.all_slaves_active) === 1,
  };
}

function readAddresses(entry: Record<string, unknown>): string[] {
  return asRecords(entry.addr_info)
    .filter((info) => info.family === 'inet')
    .map((info) => `${String(info.local)}/${String(info.prefixlen)}`);
}

function readRules(rule: unknown): Rule[] {
  return asRecords(rule).map((entry) => ({
    priority: asNumber(entry.priority) ?? 0,
    from: asText(entry.src) ?? 'all',
    to: asText(entry.dst),
    fwmark: readMark(entry),
    table: String(entry.table ?? ''),
    suppressPrefixLength: asNumber(entry.suppress_prefixlen),
    protocol: entry.protocol === undefined ? null : String(entry.protocol),
  }));
}

/** `ip` leaves the mask out when it is all ones. */
function readMark(entry: Record<string, unknown>): string | null {
  const mark = asText(entry.fwmark);
  return mark === null ? null : `${mark}/${asText(entry.fwmask) ?? '0xffffffff'}`;
}

function readRoutes(route: unknown): Route[] {
  const routes: Route[] = [];
  for (const entry of asRecords(route)) {
    const dst = asText(entry.dst);
    if (dst === null || dst.includes(':')) continue;
    routes.push({
      type: asText(entry.type) ?? 'unicast',
      dst,
      table: String(entry.table ?? 'main'),
      device: asText(entry.dev),
      gateway: asText(entry.gateway),
      metric: asNumber(entry.metric) ?? 0,
      protocol: entry.protocol === undefined ? null : String(entry.protocol),
    });
  }
  return routes;
}

function readNeighbours(neigh: unknown): Neighbour[] {
  return asRecords(neigh).map((entry) => ({
    address: asText(entry.dst) ?? '',
    device: asText(entry.dev) ?? '',
    mac: asText(entry.lladdr) ?? '',
    protocol: entry.protocol === undefined ? null : String(entry.protocol),
  }));
}

/**
 * `nft -j list table`: an array of `{ table }`, `{ chain }`, `{ rule }` objects (libnftables-json).
 * The digest stands in a rule's comment: nft 1.0.6 leaves the comment of a table out of its JSON.
 */
export function readNft(nft: unknown): NftTable | null {
  const items = asRecords(asRecord(nft)?.nftables);
  if (!items.some((item) => 'table' in item)) return null;
  const rules = items.map((item) => asRecord(item.rule)).filter((rule) => rule !== null);
  const comments = rules.map((rule) => asText(rule.comment));
  const digest = comments.find((comment) => comment?.startsWith(ALIAS)) ?? null;
  return { digest, rules: rules.length, counters: readCounters(rules) };
}

/** `nft list table`: the comment with our digest, and `devices = { tun0, tun1 }` of the hook. */
export function readSpread(text: unknown): SpreadTable | null {
  if (typeof text !== 'string' || text === '') return null;
  const digest = /comment "([^"]+)"/.exec(text)?.[1] ?? null;
  const hook = /hook egress devices? =? ?(?:\{([^}]*)\}|"([^"]+)")/.exec(text);
  const names = hook?.[1] ?? hook?.[2];
  return { digest, devices: names?.match(/[^\s",]+/g) ?? null };
}

function readCounters(rules: readonly Record<string, unknown>[]): Map<string, number> {
  const counters = new Map<string, number>();
  for (const { comment, expr } of rules) {
    const counter = asRecords(expr).find((part) => 'counter' in part)?.counter;
    const packets = asNumber(asRecord(counter)?.packets);
    const name = asText(comment);
    if (name !== null && packets !== null) counters.set(name, packets);
  }
  return counters;
}
