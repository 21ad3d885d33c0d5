import type { Actual, Device } from '../facts/actual.ts';
import type { Desired, DesiredDevice, DesiredSpread } from '../plan/desired.ts';
import type { Command } from './commands.ts';

/** Whether devices and slaves stand as they should, so that this can be done before all else. */
export function isQuick(
  { devices }: Desired,
  actual: Actual,
  remade: ReadonlySet<string>,
): boolean {
  return devices.every((want) => {
    const have = actual.devices.get(want.ifname);
    return have !== undefined && !remade.has(want.ifname) && have.master === want.master;
  });
}

/**
 * What changes who gets the next packet, in an order in which none gets lost: a tunnel that is back has
 * its carrier before it is given packets, and one that is out is given none before it loses it.
 * `made`: devices that are made anew by the commands before these.
 */
export function diffTurns(desired: Desired, actual: Actual, made: ReadonlySet<string>): Command[] {
  return [
    ...carriers(desired, actual, made, 'on'),
    ...diffSpread(desired.spread, actual, made),
    ...carriers(desired, actual, made, 'off'),
  ];
}

/**
 * The chain goes before its devices in `gone` do: what it sends on to a device that is gone is lost.
 * The bonding driver decides until it is loaded again.
 */
export function staleSpread(
  { spread }: Desired,
  { spread: have, own }: Actual,
  gone: ReadonlySet<string>,
): Command[] {
  if (have === null) return [];
  if (spread !== null && !(have.devices ?? []).some((name) => gone.has(name))) return [];
  return [{ kind: 'run', argv: ['nft', 'delete', 'table', 'netdev', own.nftTable], stdin: null }];
}

/** A device that was made anew has another number, by which the kernel's chain knows it. */
function diffSpread(
  want: DesiredSpread | null,
  { spread: have }: Actual,
  made: ReadonlySet<string>,
): Command[] {
  if (want === null) return [];
  const same = have?.digest === want.digest && hasAll(have.devices, want.devices);
  if (same && !want.devices.some((name) => made.has(name))) return [];
  return [{ kind: 'run', argv: ['nft', '-f', '-'], stdin: want.text }];
}

function hasAll(have: readonly string[] | null, want: readonly string[]): boolean {
  return have === null || want.every((name) => have.includes(name));
}

function carriers(
  { devices }: Desired,
  actual: Actual,
  made: ReadonlySet<string>,
  way: 'on' | 'off',
): Command[] {
  return devices
    .filter((want) => want.carrier === way && !made.has(want.ifname))
    .filter((want) => isToBeSet(want, actual.devices.get(want.ifname)))
    .map(({ ifname }) => ({
      kind: 'write',
      path: `${NET}/${ifname}/carrier`,
      text: way === 'on' ? '1' : '0',
    }));
}

/** Where the kernel shows network devices. */
const NET = '/sys/class/net';

/** The kernel refuses a device that is down; a slave is up, a device outside may not be. */
function isToBeSet(want: DesiredDevice, have: Device | undefined): boolean {
  if (have === undefined || want.master === null) return false;
  const joins = want.master !== have.master;
  return joins || (have.up && have.carrier !== (want.carrier === 'on'));
}
