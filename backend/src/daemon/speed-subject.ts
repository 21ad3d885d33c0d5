import { readMac } from '../effects/speed/wire.ts';
import type { LinkPhase } from '../monitor/links.ts';
import type { DaemonState } from './state.ts';

/** What a speed test needs to know of the bond. */
export interface Subject {
  ifname: string;
  /** Our address inside the bond, and the other end's. */
  address: string;
  peer: string;
  /** Hardware address of our bond; null on tun. */
  mac: string | null;
  links: SubjectLink[];
}

/** One link; `port` is its tunnel's UDP port at the server, by which both ends know it. */
export interface SubjectLink {
  name: string;
  port: number;
  phase: LinkPhase;
}

/** The bond as it can be tested; null while it has no address. `mac` reads a device's hardware address. */
export function subjectOf(
  { config, running, actual, links }: Readonly<DaemonState>,
  mac: (ifname: string) => string | null,
): Subject | null {
  if (config === null || !running) return null;
  const { ifname, address, prefix, peer } = config.bond;
  const device = actual?.devices.get(ifname);
  if (!device?.up || !device.addresses.includes(`${address}/${prefix}`)) return null;
  return {
    ifname,
    address,
    peer,
    mac: readMac(mac(ifname)),
    links: config.links.map(({ name, localPort, remotePort }) => ({
      name,
      port: config.role === 'server' ? localPort : remotePort,
      phase: links.get(name)?.phase ?? 'disabled',
    })),
  };
}

/** Why a link cannot be measured alone, or null. */
export function obstacleTo(link: SubjectLink, { links }: Subject): string | null {
  if (link.phase !== 'up') return `it is ${link.phase}`;
  const twin = links.find(({ name, port }) => port === link.port && name !== link.name);
  return twin === undefined ? null : `it has the same port as ${twin.name}`;
}
