import type { DeviceType, Role } from '../config/types.ts';
import { wirePort } from '../config/wire-port.ts';
import { readMac } from '../effects/speed/wire.ts';
import type { LineFigures } from '../monitor/latency.ts';
import type { LinkPhase } from '../monitor/links.ts';
import type { DaemonState } from './state.ts';

/** What a speed test needs to know of the bond. */
export interface Subject {
  role: Role;
  ifname: string;
  deviceType: DeviceType;
  /** Of the bond, bytes. */
  mtu: number;
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
  /** Its device, and the OpenVPN behind it; null: none runs. */
  tunnel: string;
  pid: number | null;
  /** Part of the pings over its line that are lost, 0 to 1; null: not known. */
  loss: number | null;
}

/**
 * The bond as it can be tested; null while it has no address. `mac` reads a device's hardware address,
 * `figuresOf` has the figures of a link's line.
 */
export function subjectOf(
  { config, running, actual, links }: Readonly<DaemonState>,
  mac: (ifname: string) => string | null,
  figuresOf: (link: string) => LineFigures,
): Subject | null {
  if (config === null || !running) return null;
  const { ifname, address, prefix, peer, deviceType } = config.bond;
  const device = actual?.devices.get(ifname);
  if (!device?.up || !device.addresses.includes(`${address}/${prefix}`)) return null;
  return {
    role: config.role,
    ifname,
    deviceType,
    mtu: device.mtu,
    address,
    peer,
    mac: readMac(mac(ifname)),
    links: config.links.map((link) => {
      const { name, tunnel } = link;
      const lost = figuresOf(name).packetloss;
      return {
        name,
        port: wirePort(config, link),
        phase: links.get(name)?.phase ?? 'disabled',
        tunnel,
        pid: actual?.tunnels.get(name)?.pid ?? null,
        loss: lost === null ? null : lost / 100,
      };
    }),
  };
}

/** The OpenVPN processes of the bond. */
export function pidsOf({ links }: Subject): number[] {
  return links.flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

/** Why a link cannot be measured alone, or null. */
export function obstacleTo(link: SubjectLink, { links }: Subject): string | null {
  if (link.phase !== 'up') return `it is ${link.phase}`;
  const twin = links.find(({ name, port }) => port === link.port && name !== link.name);
  return twin === undefined ? null : `it has the same port as ${twin.name}`;
}
