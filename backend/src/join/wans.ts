import { asNumber, asRecord, asRecords, asText } from '../facts/json.ts';
import { isAnyInstances } from '../facts/own.ts';

/** Interfaces that lead somewhere else than to the Internet's own lines. */
const NO_LINES = ['wireguard', 'openvpn', 'gre', 'gretap', 'vxlan', 'none'];

/** netifd gives an interface without a metric 0; the kernel treats a missing one alike. */
interface Found {
  name: string;
  metric: number;
}

/**
 * The WANs that are up and have a default route (also one that netifd holds back), by metric, from
 * `ubus call network.interface dump`. A modem's dynamic child (`lte_4`) is named by its parent.
 * `devices` are left out: the bond and what is in it.
 */
export function wansOfDump(dump: unknown, devices: ReadonlySet<string>): string[] {
  const entries = asRecords(asRecord(dump)?.interface);
  const found = entries.flatMap((entry): Found[] => {
    const name = asText(entry.interface);
    const device = asText(entry.l3_device);
    const metric = defaultMetric(entry);
    if (name === null || device === null || entry.up !== true || metric === null) return [];
    if (devices.has(device) || NO_LINES.includes(asText(entry.proto) ?? '')) return [];
    return [{ name: parentOf(name, entry, entries), metric }];
  });
  return inOrder(found);
}

function defaultMetric(entry: Record<string, unknown>): number | null {
  const inactive = asRecord(entry.inactive)?.route;
  const route = [...asRecords(entry.route), ...asRecords(inactive)].find(
    ({ target, mask }) => target === '0.0.0.0' && mask === 0,
  );
  if (route === undefined) return null;
  return asNumber(route.metric) ?? asNumber(entry.metric) ?? 0;
}

function parentOf(
  name: string,
  entry: Record<string, unknown>,
  all: readonly Record<string, unknown>[],
): string {
  if (entry.dynamic !== true) return name;
  const parent = all.find(
    (other) => other.l3_device === entry.l3_device && `${asText(other.interface)}_4` === name,
  );
  return asText(parent?.interface) ?? name;
}

/** The devices with a default route, by metric, from `ip -j -d route show table all`. */
export function wansOfRoutes(route: unknown, devices: ReadonlySet<string>): string[] {
  const found = asRecords(route).flatMap((entry): Found[] => {
    const name = asText(entry.dev);
    if (entry.dst !== 'default' || name === null || name === 'lo' || devices.has(name)) return [];
    if (isAnyInstances(entry.protocol) || isUnreachable(entry)) return [];
    return [{ name, metric: asNumber(entry.metric) ?? 0 }];
  });
  return inOrder(found);
}

/** `ip -6` routes do not come with this command; `unreachable default` does. */
function isUnreachable({ type }: Record<string, unknown>): boolean {
  return type !== undefined && type !== 'unicast';
}

function inOrder(found: readonly Found[]): string[] {
  const sorted = [...found].sort((a, b) => a.metric - b.metric).map(({ name }) => name);
  return [...new Set(sorted)];
}
