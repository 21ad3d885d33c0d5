import { OVERHEAD, outerSize } from '../config/numbers.ts';
import type { Config } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';

/** No device gets less: it is the least that `option mtu` takes. */
const LEAST = 576;

/** The MTU that the bond and its tunnels get here, bytes, and what is to be said about it. */
export interface BondMtu {
  mtu: number;
  problems: Problem[];
}

/**
 * The configured MTU, or what comes through the narrowest line: any packet may be given to any tunnel.
 * `narrow` has the bytes of the largest packet that comes through, with its outer headers, of links
 * where a full one does not. OpenVPN is not told: it takes a device with a smaller MTU as it is, and
 * would have to be started anew. The peer's may differ, each end decides for what it sends.
 */
export function planMtu(
  { bond, links }: Pick<Config, 'bond' | 'links'>,
  narrow: ReadonlyMap<string, number>,
): BondMtu {
  const size = outerSize(bond.deviceType, bond.mtu);
  const found = links.flatMap(({ name, enabled }) => {
    const most = narrow.get(name);
    return enabled && most !== undefined && most < size ? [{ name, most }] : [];
  });
  const least = Math.min(size, ...found.map(({ most }) => most)) - OVERHEAD[bond.deviceType];
  const mtu = Math.min(bond.mtu, Math.max(LEAST, least));
  const problems = found.map(({ name, most }) =>
    problem('path-narrow', `link '${name}'`, { size, most, mtu: bond.mtu, lower: mtu }),
  );
  return { mtu, problems };
}
