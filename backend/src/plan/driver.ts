import type { BondConfig, BondMode, LinkConfig } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';
import type { Abilities, Actual, Trial } from '../facts/actual.ts';
import type { LinkState } from '../monitor/links.ts';
import type { DesiredBond, DesiredCarrier, DesiredDevice } from './desired.ts';
import { BOND_GSO_SEGMENTS, linkAlias, type Own, RELEASE_FROM_LINKS } from './numbers.ts';

/**
 * How packets are divided over the tunnels. `spread`: the bond stands in active-backup, which a stock
 * driver takes a tun in, and a chain at the slaves' egress (spread.ts) gives each packet its device.
 */
export type DriverName = 'bond-tun' | 'bond-tap' | 'spread' | 'active-backup';

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

/** What decides about the driver. */
export type DriverOptions = Pick<BondConfig, 'ifname' | 'deviceType' | 'mode' | 'driver'>;

/** The mode of the bonding driver that the options ask for. */
export function wantedMode(bond: Omit<DriverOptions, 'ifname'>): BondMode {
  return bond.driver === 'active-backup' || isSpreadWanted(bond) ? 'active-backup' : bond.mode;
}

/** On tap there is nothing that it could do better. */
function isSpreadWanted({ driver, deviceType }: Omit<DriverOptions, 'ifname'>): boolean {
  return driver === 'spread' && deviceType === 'tun';
}

/**
 * The modes to try on the driver, the best first: what is wanted, or round robin where that can never
 * be; then active-backup, in which a stock driver takes a tun, too.
 */
export function modesToTry(bond: Omit<DriverOptions, 'ifname'>): BondMode[] {
  const mode = wantedMode(bond);
  const never = bond.deviceType === 'tun' && ETHERNET_MODES.includes(mode);
  const best = never ? 'balance-rr' : mode;
  return best === 'active-backup' ? [best] : [best, 'active-backup'];
}

/** What has been tried. */
export type Tried = Pick<Abilities, 'trial' | 'egress'>;

/**
 * Which driver and mode carry the packets: what the trials found, or what is configured where nobody
 * has tried. Nothing else decides about drivers and modes.
 */
export function chooseDriver(bond: DriverOptions, { trial, egress }: Tried): DriverChoice {
  const type = bond.deviceType;
  const wanted = wantedMode(bond);
  const subject = `bond '${bond.ifname}'`;
  const best = modesToTry(bond)[0] ?? wanted;
  const asked = trial?.type === type && trial.mode === wanted;
  const mode = asked ? trial.takes : best;
  if (mode === null) {
    const problems = [problem('driver-refused', subject, { type, mode: best })];
    return { driver: null, mode: best, problems };
  }
  const driver = driverIn(bond, mode, best, egress !== false);
  const found: (Problem | false)[] = [
    isConflict(bond) && problem('driver-conflict', subject, { ...conflictOf(bond), driver }),
    best !== wanted &&
      problem('mode-ethernet', subject, {
        mode: wanted,
        used: driver === 'spread' ? `driver ${driver}` : `mode ${mode}`,
      }),
    mode !== best &&
      driver === 'active-backup' &&
      problem('driver-fallback', subject, { type, mode: best }),
    bond.driver === 'bond-tun' && driver === 'spread' && problem('driver-unpatched', subject, {}),
    isSpreadWanted(bond) &&
      driver !== 'spread' &&
      problem('egress-missing', subject, { effect: ONE_TUNNEL }),
  ];
  return { driver, mode, problems: found.filter((entry) => entry !== false) };
}

const ONE_TUNNEL = 'what this end sends goes through one tunnel at a time, the others stand by';

/** The driver of a bond in `mode`, where `best` was to be. */
function driverIn(
  bond: DriverOptions,
  mode: BondMode,
  best: BondMode,
  egress: boolean,
): DriverName {
  if (mode !== 'active-backup') return `bond-${bond.deviceType}`;
  const divided = isSpreadWanted(bond) || (bond.deviceType === 'tun' && best === 'balance-rr');
  return divided && egress ? 'spread' : mode;
}

/** A driver that goes with the other kind of device alone. */
function isConflict({ driver, deviceType }: DriverOptions): boolean {
  return deviceType === 'tun' ? driver === 'bond-tap' : ['bond-tun', 'spread'].includes(driver);
}

function conflictOf({
  driver,
  deviceType: type,
}: DriverOptions): Record<'wanted' | 'type' | 'other', string> {
  return { wanted: driver, type, other: type === 'tun' ? 'tap' : 'tun' };
}

/**
 * What a bond of ours that stands tells about the driver, without a trial; null: nothing. One in
 * active-backup may have fallen back to it, or the configuration has changed since.
 */
export function standingTrial(
  bond: BondConfig,
  { devices, own }: Pick<Actual, 'devices' | 'own'>,
): Trial | null {
  const { ifname, deviceType: type } = bond;
  const mode = wantedMode(bond);
  const standing = devices.get(ifname);
  const slaves = [...devices.values()].filter(({ master }) => master === ifname);
  if (standing?.alias !== own.alias || !slaves.some(({ kind }) => kind === type)) return null;
  const [best = mode, fallback] = modesToTry(bond);
  const takes = standing.bond?.mode === best ? best : fallback;
  if (standing.bond?.mode !== takes) return null;
  // A stock driver takes a tap in every mode.
  return takes === undefined || (takes !== best && type === 'tap') ? null : { type, mode, takes };
}

/** What of the machine decides how the slaves are held. */
export interface DriverPlace {
  own: Own;
  choice: Pick<DriverChoice, 'driver' | 'mode'>;
  /** There is a chain at the slaves' egress while the driver's own way would not be right. */
  divided: boolean;
  /** Links whose tunnel runs, and goes on. */
  running: ReadonlySet<string>;
  /** Of the bond and all tunnels, bytes. */
  mtu: number;
}

/**
 * The driver seam: links become a bond with slaves. Nothing above or beside this knows how packets
 * are divided. The tunnel devices are persistent and enslaved before OpenVPN opens them; their
 * carrier, which OpenVPN and the kernel switch, and we for a line that is out while its tunnel
 * stands, says whether they are given packets.
 */
export function planDriver(bond: BondConfig, links: DriverLink[], place: DriverPlace): DriverPlan {
  const { own, choice, mtu } = place;
  const { mode } = choice;
  const few = links.length < RELEASE_FROM_LINKS;
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
      mtu,
      gsoMaxSegs: BOND_GSO_SEGMENTS,
      address: `${bond.address}/${bond.prefix}`,
    },
    devices: links.map(({ config, state }) => ({
      ifname: config.tunnel,
      alias: linkAlias(own, config.name),
      kind: bond.deviceType,
      mtu,
      // A dead slave without carrier is skipped by the driver, but its turns all go to the next slave
      // in the list (measured 75/0/151/75 of 300): with two links that is right, with more it must
      // leave, unless a chain gives the turns.
      master: few || place.divided || state.phase === 'up' ? bond.ifname : null,
      carrier: carrierOf(state, place),
    })),
  };
}

/**
 * Only a tunnel that runs and is connected has a carrier of its own, and that stays on where the
 * driver does not go by it: its slave still receives either way.
 */
function carrierOf(
  { name, connected, phase }: LinkState,
  { choice, running }: DriverPlace,
): DesiredCarrier {
  if (!connected || !running.has(name)) return 'free';
  return phase === 'up' || choice.driver === 'spread' ? 'on' : 'off';
}
