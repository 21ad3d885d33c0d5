import type { BondConfig, BondMode, LinkConfig } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';
import type { Abilities, Actual, Trial } from '../facts/actual.ts';
import type { LinkState } from '../monitor/links.ts';
import type { DesiredBond, DesiredDevice } from './desired.ts';
import { BOND_GSO_SEGMENTS, linkAlias, type Own, RELEASE_FROM_LINKS } from './numbers.ts';

/** How packets are divided over the tunnels. `spread` has no bonding driver and comes beside these. */
export type DriverName = 'bond-tun' | 'bond-tap' | 'active-backup';

/** The driver that is used, and what is to be said about it. */
export interface DriverChoice {
  /** null: the bonding driver takes such devices in no mode at all. */
  driver: DriverName | null;
  mode: BondMode;
  problems: Problem[];
}

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

/** They write Ethernet addresses into packets (kernel: bond_enslave refuses devices without one). */
const ETHERNET_MODES: readonly BondMode[] = ['802.3ad', 'balance-tlb', 'balance-alb'];

/** They choose the slave by a hash of the packet. */
const HASHING_MODES: readonly BondMode[] = ['balance-xor', '802.3ad', 'balance-tlb'];

/**
 * The modes to try on the driver, the best first: what is wanted, or round robin where that can never
 * be; then active-backup, in which a stock driver takes a tun, too.
 */
export function modesToTry({ deviceType, mode }: BondConfig): BondMode[] {
  const never = deviceType === 'tun' && ETHERNET_MODES.includes(mode);
  const best = never ? 'balance-rr' : mode;
  return best === 'active-backup' ? [best] : [best, 'active-backup'];
}

/**
 * Which driver and mode carry the packets: what the trial found, or what is configured where nobody
 * has tried. Nothing else decides about modes.
 */
export function chooseDriver(bond: BondConfig, { trial }: Pick<Abilities, 'trial'>): DriverChoice {
  const { deviceType: type, mode: wanted } = bond;
  const subject = `bond '${bond.ifname}'`;
  const best = modesToTry(bond)[0] ?? wanted;
  const asked = trial?.type === type && trial.mode === wanted;
  const mode = asked ? trial.takes : best;
  if (mode === null) {
    const problems = [problem('driver-refused', subject, { type, mode: best })];
    return { driver: null, mode: best, problems };
  }
  const problems: Problem[] = [];
  if (best !== wanted)
    problems.push(problem('mode-ethernet', subject, { mode: wanted, used: mode }));
  if (mode !== best) problems.push(problem('driver-fallback', subject, { type, mode: best }));
  const driver = mode === 'active-backup' ? mode : (`bond-${type}` as const);
  return { driver, mode, problems };
}

/**
 * What a bond of ours that stands tells about the driver, without a trial; null: nothing. One in
 * active-backup may have fallen back to it, or the configuration has changed since.
 */
export function standingTrial(
  bond: BondConfig,
  { devices, own }: Pick<Actual, 'devices' | 'own'>,
): Trial | null {
  const { ifname, deviceType: type, mode } = bond;
  const standing = devices.get(ifname);
  const slaves = [...devices.values()].filter(({ master }) => master === ifname);
  if (standing?.alias !== own.alias || !slaves.some(({ kind }) => kind === type)) return null;
  const [best = mode, fallback] = modesToTry(bond);
  const takes = standing.bond?.mode === best ? best : fallback;
  if (standing.bond?.mode !== takes) return null;
  // A stock driver takes a tap in every mode.
  return takes === undefined || (takes !== best && type === 'tap') ? null : { type, mode, takes };
}

/**
 * The driver seam: links become a bond with slaves. Nothing above or beside this knows how packets
 * are divided. The tunnel devices are persistent and enslaved before OpenVPN opens them; their
 * carrier, which OpenVPN and the kernel switch, says whether they are given packets.
 */
export function planDriver(
  own: Own,
  bond: BondConfig,
  mode: BondMode,
  links: DriverLink[],
): DriverPlan {
  return {
    bond: {
      ifname: bond.ifname,
      alias: own.alias,
      mode,
      miimon: bond.miimon,
      arpInterval: ETHERNET_MODES.includes(mode) ? 0 : bond.arpInterval,
      arpTargets: bond.arpTargets,
      xmitHashPolicy: HASHING_MODES.includes(mode) ? bond.xmitHashPolicy : null,
      // The other end may send through any tunnel: it has chosen another one, or takes turns.
      allSlavesActive: mode === 'active-backup',
      mtu: bond.mtu,
      gsoMaxSegs: BOND_GSO_SEGMENTS,
      address: `${bond.address}/${bond.prefix}`,
    },
    devices: links.map(({ config, state }) => ({
      ifname: config.tunnel,
      alias: linkAlias(own, config.name),
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
