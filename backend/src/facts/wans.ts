import type { LinkConfig } from '../config/types.ts';
import { asNumber, asRecord, asRecords, asText } from './json.ts';
import { isAnyInstances } from './own.ts';

/** What is known of one WAN: where its packets leave, from which address, to which gateway. */
export interface Wan {
  /** netifd's name; where there is no netifd, the device. */
  interface: string;
  /** Usable: up, with a device and an IPv4 address. */
  up: boolean;
  /** Device that carries IP packets (netifd's `l3_device`), e.g. `pppoe-wan`. */
  device: string | null;
  /** IPv4 address on that device. */
  address: string | null;
  /** Prefix length of the address's network; 32 where there is only one neighbour (PPP). */
  prefix: number;
  /** Next hop of its default route; null on a point-to-point device without one. */
  gateway: string | null;
  /** Why it is not usable, for people; null when it is. */
  reason: string | null;
}

/** All WANs by name. */
export type Wans = ReadonlyMap<string, Wan>;

/** The WAN of a link, with the link's own word on the gateway; null when there is none of its name. */
export function wanOf(link: Pick<LinkConfig, 'interface' | 'gateway'>, wans: Wans): Wan | null {
  const wan = link.interface === null ? undefined : wans.get(link.interface);
  if (wan === undefined) return null;
  return link.gateway === null ? wan : { ...wan, gateway: link.gateway };
}

/**
 * Reads the answer of `ubus call network.interface dump` (netifd/ubus.c). A modem's parent interface
 * (qmi, ncm) has no address of its own: the address is on a dynamic child such as `lte_4` with the
 * same device. A default route that netifd holds back (`defaultroute '0'`) stands under `inactive`.
 */
export function wansFromNetifd(dump: unknown): Wans {
  const entries = asRecords(asRecord(dump)?.interface);
  const wans = new Map<string, Wan>();
  for (const entry of entries) {
    const name = asText(entry.interface);
    if (name === null) continue;
    wans.set(name, wanFromNetifd(name, entry, entries));
  }
  return wans;
}

function wanFromNetifd(
  name: string,
  entry: Record<string, unknown>,
  all: Record<string, unknown>[],
): Wan {
  const device = asText(entry.l3_device);
  const source = addressOf(entry) === null && device !== null ? childOf(name, device, all) : entry;
  const { address, prefix } = addressOf(source) ?? NO_ADDRESS;
  const gateway = gatewayOf(source);
  const reason = netifdReason(entry, device, address);
  return { interface: name, up: reason === null, device, address, prefix, gateway, reason };
}

/** The dynamic child that carries the address of `name`; the interface itself when there is none. */
function childOf(
  name: string,
  device: string,
  all: Record<string, unknown>[],
): Record<string, unknown> {
  const sharing = all.filter((other) => other.l3_device === device && addressOf(other) !== null);
  return sharing.find((other) => other.interface === `${name}_4`) ?? sharing[0] ?? {};
}

const NO_ADDRESS = { address: null, prefix: 32 } as const;

function addressOf(entry: Record<string, unknown>): { address: string; prefix: number } | null {
  for (const found of asRecords(entry['ipv4-address'])) {
    const address = asText(found.address);
    if (address === null) continue;
    return { address, prefix: 'ptpaddress' in found ? 32 : (asNumber(found.mask) ?? 32) };
  }
  return null;
}

function gatewayOf(entry: Record<string, unknown>): string | null {
  const inactive = asRecord(entry.inactive)?.route;
  for (const route of [...asRecords(entry.route), ...asRecords(inactive)]) {
    if (route.target !== '0.0.0.0' || route.mask !== 0) continue;
    const nexthop = asText(route.nexthop);
    if (nexthop !== null && nexthop !== '0.0.0.0') return nexthop;
  }
  return null;
}

function netifdReason(
  entry: Record<string, unknown>,
  device: string | null,
  address: string | null,
): string | null {
  if (entry.up !== true) {
    const code = asText(asRecords(entry.errors)[0]?.code);
    if (code !== null) return `it is down (${code})`;
    return entry.pending === true ? 'it is being set up' : 'it is down';
  }
  if (device === null) return 'it has no device';
  return address === null ? 'it has no IPv4 address' : null;
}

/**
 * Reads `ip -j -d addr` and `ip -j -d route show table all` where there is no netifd: every device
 * is a WAN of its own name. The gateway is that of the default route with the lowest metric, whatever
 * table it is in, unless the route is one of ours or of another instance.
 */
export function wansFromIp(addr: unknown, route: unknown): Wans {
  const routes = asRecords(route).filter((entry) => !isAnyInstances(entry.protocol));
  const wans = new Map<string, Wan>();
  for (const entry of asRecords(addr)) {
    const device = asText(entry.ifname);
    if (device === null) continue;
    const flags = Array.isArray(entry.flags) ? entry.flags : [];
    const { address, prefix } = globalAddress(entry);
    const reason = ipReason(flags, address);
    const gateway = defaultGateway(device, routes);
    const up = reason === null;
    wans.set(device, { interface: device, up, device, address, prefix, gateway, reason });
  }
  return wans;
}

/** A peer's address (`address` beside `local`) is the only neighbour there is. */
function globalAddress(entry: Record<string, unknown>): { address: string | null; prefix: number } {
  const found = asRecords(entry.addr_info).find(
    (info) => info.family === 'inet' && info.scope === 'global',
  );
  const prefix = found?.address === undefined ? asNumber(found?.prefixlen) : null;
  return { address: asText(found?.local), prefix: prefix ?? 32 };
}

function defaultGateway(device: string, routes: Record<string, unknown>[]): string | null {
  const metric = (entry: Record<string, unknown>): number => asNumber(entry.metric) ?? 0;
  const candidates = routes
    .filter((entry) => entry.dst === 'default' && entry.dev === device)
    .sort((a, b) => metric(a) - metric(b));
  return asText(candidates[0]?.gateway);
}

function ipReason(flags: unknown[], address: string | null): string | null {
  if (!flags.includes('UP')) return 'its device is down';
  if (!flags.includes('LOWER_UP')) return 'its device has no carrier';
  return address === null ? 'it has no IPv4 address' : null;
}
