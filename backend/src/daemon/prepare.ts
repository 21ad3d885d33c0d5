import type { Config, LinkConfig } from '../config/types.ts';
import { cipherSpeed } from '../effects/ciphers.ts';
import { ensureIdentity } from '../effects/identity.ts';
import { loadedDrivers, probeAbilities, readAddr } from '../effects/read.ts';
import { tryCopies, tryEgress, tryModes } from '../effects/trial.ts';
import { tryOptions } from '../effects/try-options.ts';
import { tryNetem, tryShaper } from '../effects/try-shaper.ts';
import { type Problem, problem, reason } from '../errors.ts';
import type { Abilities, Trial } from '../facts/actual.ts';
import { readDevices } from '../facts/actual.ts';
import { modesToTry, standingTrial, wantedMode } from '../plan/driver.ts';
import { ownOf } from '../plan/numbers.ts';

/** What {@link prepare} needs of the world. */
export interface Surroundings {
  /** Where our own key is kept. */
  keyFolder: string;
  /** What is measured once between two boots is kept here. */
  runFolder: string;
  /** Which of the machine's daemons we are. */
  instance: number;
  /** Says what is wrong with our key, or that nothing is. */
  tell: (found: Problem | null) => void;
}

/** What a configuration needs before it is planned: a trial of the driver, and a key of our own. */
export async function prepare(
  config: Config,
  abilities: Abilities,
  { keyFolder, runFolder, instance, tell }: Surroundings,
): Promise<Abilities> {
  const ownCert = config.openvpn.options.some(({ name }) => name === 'cert' || name === 'pkcs12');
  tell(ownCert ? null : keyProblem(keyFolder));
  // The first time they are new. Later a program may have been installed or replaced since.
  const able = abilities.optionTrial === undefined ? abilities : await probeAbilities();
  const { openvpn } = able;
  const optionTrial =
    openvpn === null ? null : await tryOptions(config, openvpn, abilities.optionTrial);
  const trial = config.enabled ? await findOut(config, instance) : null;
  const egress = config.enabled ? await findEgress(able.nft, abilities.egress, instance) : null;
  const shaper = config.enabled ? await findShaper(config, abilities.shaper, instance) : {};
  const netem = config.enabled ? await findNetem(config, abilities, instance) : {};
  const copies = config.enabled
    ? await findCopies(config, able.nft, abilities.copies, instance)
    : {};
  const ciphers = abilities.ciphers ?? cipherSpeed(runFolder, true);
  const found = { ciphers, optionTrial, trial, egress, ...shaper, ...netem, ...copies };
  return { ...able, ...found, ...loadedDrivers() };
}

/**
 * What the bonding driver takes. No trial where our bond stands as it is wanted; one that stands
 * otherwise is tried beside: the configuration may have changed, or the driver.
 */
async function findOut({ bond }: Config, instance: number): Promise<Trial | null> {
  const modes = modesToTry(bond);
  const devices = await readAddr().then(readDevices, () => null);
  const standing = devices && standingTrial(bond, { devices, own: ownOf(instance) });
  if (standing !== null && standing.takes === modes[0]) return standing;
  const takes = await tryModes(bond.deviceType, modes, instance);
  return takes === undefined ? null : { type: bond.deviceType, mode: wantedMode(bond), takes };
}

/** A kernel that could once can still; one that could not may have got the module since. */
async function findEgress(
  nft: boolean,
  before: boolean | null | undefined,
  instance: number,
): Promise<boolean | null> {
  return nft && (before || tryEgress(instance));
}

/** As `findEgress`; nothing is tried, and nothing read later, while no line is to be shaped. */
async function findShaper(
  { bond }: Config,
  before: Abilities['shaper'],
  instance: number,
): Promise<Pick<Abilities, 'shaper'>> {
  if (bond.shaping === 0) return {};
  const shaper = before ?? (await tryShaper(instance));
  return shaper === undefined ? {} : { shaper };
}

/** As `findShaper`; only where something may be held back. */
async function findNetem(
  { bond }: Config,
  { netem: before }: Abilities,
  instance: number,
): Promise<Pick<Abilities, 'netem'>> {
  if (bond.equalise === 'off' || bond.shaping > 0) return {};
  const netem = before || (await tryNetem(instance));
  return netem === undefined ? {} : { netem };
}

/** As `findShaper`; only where something may be sent twice. */
async function findCopies(
  { bond, links }: Config,
  nft: boolean,
  before: boolean | undefined,
  instance: number,
): Promise<Pick<Abilities, 'copies'>> {
  // Found to be better it can only be where a link can be parked.
  const isLeftToUs = bond.parking && links.length > 1;
  const isWanted = ({ sendTwice }: LinkConfig): boolean =>
    sendTwice === 'always' || (sendTwice === 'auto' && isLeftToUs);
  if (!nft || !links.some(isWanted)) return {};
  return { copies: before || (await tryCopies(instance)) };
}

function keyProblem(folder: string): Problem | null {
  try {
    ensureIdentity(folder);
    return null;
  } catch (error) {
    return problem('key-folder', 'keys', { folder, reason: reason(error) });
  }
}
