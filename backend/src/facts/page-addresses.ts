import { asRecord, asRecords, asText } from './json.ts';

/** More than a router's LANs have; each costs a socket. */
const MOST = 32;

/**
 * The addresses, IPv4 and IPv6, that the named interfaces have by netifd's `network.interface dump`
 * (netifd/ubus.c), each once. Of an IPv6 prefix that an upstream line gave, the interface has the
 * `local-address`. Interfaces that are not up have none.
 */
export function pageAddresses(dump: unknown, interfaces: readonly string[]): string[] {
  const found = asRecords(asRecord(dump)?.interface)
    .filter(({ interface: name, up }) => up === true && interfaces.includes(asText(name) ?? ''))
    .flatMap((entry) => [
      ...asRecords(entry['ipv4-address']),
      ...asRecords(entry['ipv6-address']),
      ...asRecords(entry['ipv6-prefix-assignment']).map((one) => asRecord(one['local-address'])),
    ])
    .map((one) => asText(one?.address))
    .filter((address) => address !== null);
  return [...new Set(found)].slice(0, MOST);
}
