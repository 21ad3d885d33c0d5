import { networkOf, parseAddress, parsePrefix } from '../config/ip.ts';
import { asNumber, asRecords, asText } from '../facts/json.ts';
import type { KnownNetwork } from './server-init.ts';

/** Devices with their IPv4 addresses: what `ip -j -4 addr` prints, without the loopback device. */
export function readAddresses(raw: unknown): { addresses: string[]; networks: KnownNetwork[] } {
  const found = asRecords(raw).flatMap((entry) => {
    const device = asText(entry.ifname);
    if (device === null || device === 'lo') return [];
    return asRecords(entry.addr_info).flatMap((info) => {
      const text = asText(info.local);
      const [address, prefix] = [parseAddress(text ?? ''), asNumber(info.prefixlen)];
      if (text === null || address === null || prefix === null) return [];
      return [{ text, network: { ...networkOf(address, prefix), device } }];
    });
  });
  return {
    addresses: found.map(({ text }) => text),
    networks: found.map(({ network }) => network),
  };
}

/** Networks that routes lead to, by what `ip -j -4 route` prints; not the default route. */
export function readRoutes(raw: unknown): KnownNetwork[] {
  return asRecords(raw).flatMap((entry) => {
    const [base = '', length = '32'] = (asText(entry.dst) ?? '').split('/');
    const [address, prefix] = [parseAddress(base), parsePrefix(length)];
    if (address === null || prefix === null || prefix === 0) return [];
    return [{ ...networkOf(address, prefix), device: asText(entry.dev) ?? 'no device' }];
  });
}
