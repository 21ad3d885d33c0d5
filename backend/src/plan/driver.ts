import type { BondConfig, LinkConfig } from '../config/types.ts';
import type { LinkState } from '../monitor/links.ts';
import type { DesiredBond, DesiredDevice } from './desired.ts';
import { ALIAS, BOND_GSO_SEGMENTS, RELEASE_FROM_LINKS } from './numbers.ts';

/** How packets are divided over the tunnels. `spread` has no bonding driver and comes beside these. */
export type DriverName = 'bond-tun' | 'bond-tap' | 'active-backup';

/** What a driver asks of the kernel. */
export interface DriverPlan {
  bond: DesiredBond;
  devices: DesiredDevice[];
}

/** One link as the driver sees it. */
export interface DriverLink {
  config: LinkConfig;
  state: LinkState;
}

/** Which driver the configuration leads to. */
export function driverOf(bond: BondConfig): DriverName {
  if (bond.mode === 'active-backup') return 'active-backup';
  return bond.deviceType === 'tun' ? 'bond-tun' : 'bond-tap';
}

/**
 * The driver seam: links become a bond with slaves. Nothing above or beside this knows how packets
 * are divided. The tunnel devices are persistent and enslaved before OpenVPN opens them; their
 * carrier, which OpenVPN and the kernel switch, says whether they are given packets.
 */
export function planDriver(bond: BondConfig, links: DriverLink[]): DriverPlan {
  return {
    bond: {
      ifname: bond.ifname,
      alias: ALIAS,
      mode: bond.mode,
      miimon: bond.miimon,
      mtu: bond.mtu,
      gsoMaxSegs: BOND_GSO_SEGMENTS,
      address: `${bond.address}/${bond.prefix}`,
    },
    devices: links.map(({ config, state }) => ({
      ifname: config.tunnel,
      alias: `${ALIAS} ${config.name}`,
      kind: bond.deviceType,
      mtu: bond.mtu,
      master: isSlave(state, links.length) ? bond.ifname : null,
    })),
  };
}

/**
 * A dead slave without carrier is skipped by the driver, but its turns all go to the next slave in
 * the list (measured 75/0/151/75 of 300): with two links that is right, with more it must leave.
 */
function isSlave(state: LinkState, links: number): boolean {
  return links < RELEASE_FROM_LINKS || state.phase === 'up';
}
