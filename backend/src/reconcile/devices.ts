import type { Actual, Device } from '../facts/actual.ts';
import type { Desired, DesiredBond, DesiredDevice } from '../plan/desired.ts';
import type { Own } from '../plan/numbers.ts';
import { bondOptions } from './bond-options.ts';
import type { Command } from './commands.ts';
import { ip } from './commands.ts';

/** Devices of ours that go, by name; a name that is wanted again is then made anew. */
export interface Stale {
  commands: Command[];
  names: ReadonlySet<string>;
}

/**
 * Deletes our devices that should not be, or cannot be changed into what should be (a bond of another
 * mode, a tun that should be a tap). Only a device with this instance's alias is
 * ever deleted.
 */
export function staleDevices(desired: Desired, actual: Actual): Stale {
  const names = new Set<string>();
  for (const device of actual.devices.values()) {
    if (isOurs(device, actual.own) && !isKept(device, desired)) names.add(device.ifname);
  }
  const devices = [...names].map((name) => actual.devices.get(name)).filter((d) => d !== undefined);
  const commands = devices.map((device) =>
    device.kind === 'bond'
      ? ip('link', 'delete', device.ifname)
      : ip('tuntap', 'del', 'dev', device.ifname, 'mode', device.kind ?? 'tap'),
  );
  return { commands, names };
}

/** The whole word: `bonding1 link0` is instance 1's, whatever it begins with. */
function isOurs({ alias }: Device, own: Own): boolean {
  return alias?.split(' ', 1)[0] === own.alias;
}

function isKept(device: Device, desired: Desired): boolean {
  const { bond } = desired;
  if (device.kind === 'bond') {
    return device.ifname === bond?.ifname && device.bond?.mode === bond.mode;
  }
  const want = desired.devices.find((entry) => entry.ifname === device.ifname);
  return want !== undefined && want.kind === device.kind && want.alias === device.alias;
}

/** Makes the bonding master, or mends what differs. */
export function diffBond(desired: Desired, actual: Actual, remade: ReadonlySet<string>): Command[] {
  const { bond } = desired;
  if (bond === null) return [];
  const found = remade.has(bond.ifname) ? undefined : actual.devices.get(bond.ifname);
  const have = found !== undefined && isUsable(found, bond) ? found : undefined;
  return [
    ...(found !== undefined && have === undefined ? [ip('link', 'delete', bond.ifname)] : []),
    ...(have === undefined ? createBond(bond) : []),
    ...(have?.alias === bond.alias ? [] : [setLink(bond.ifname, 'alias', bond.alias)]),
    ...changeBond(bond, have?.bond ?? null),
    ...(have?.mtu === bond.mtu ? [] : [setLink(bond.ifname, 'mtu', String(bond.mtu))]),
    ...(have?.gsoMaxSegs === bond.gsoMaxSegs
      ? []
      : [setLink(bond.ifname, 'gso_max_segs', String(bond.gsoMaxSegs))]),
  ];
}

/** A bond of the same mode can be taken as it is; the module's own bond0 of another mode cannot. */
function isUsable(device: Device, bond: DesiredBond): boolean {
  return device.bond?.mode === bond.mode;
}

function createBond(bond: DesiredBond): Command[] {
  const { ifname, mode } = bond;
  return [ip('link', 'add', ifname, 'type', 'bond', 'mode', mode, ...bondOptions(bond, null))];
}

function changeBond(bond: DesiredBond, have: Device['bond']): Command[] {
  const words = have === null ? [] : bondOptions(bond, have);
  return words.length === 0 ? [] : [setLink(bond.ifname, 'type', 'bond', ...words)];
}

/**
 * Makes the tunnel devices and puts them into the bond, or takes them out; then the bond gets its
 * address and goes up. The first slave may change the bond's type, which drops what was set before
 * (kernel: bond_setup_by_slave), so addresses come last.
 */
export function diffDevices(
  desired: Desired,
  actual: Actual,
  remade: ReadonlySet<string>,
): Command[] {
  const { bond } = desired;
  const standing = bond === null ? undefined : actual.devices.get(bond.ifname);
  const bondMtuChanges = standing?.mtu !== bond?.mtu;
  const commands = desired.devices.flatMap((want) => {
    const have = remade.has(want.ifname) ? undefined : actual.devices.get(want.ifname);
    const freed = have?.master !== undefined && have.master !== null && remade.has(have.master);
    return diffDevice(want, have, freed ? null : (have?.master ?? null), bondMtuChanges);
  });
  if (bond === null) return commands;
  const have = remade.has(bond.ifname) ? undefined : actual.devices.get(bond.ifname);
  return [...commands, ...diffAddresses(bond, have)];
}

function diffDevice(
  want: DesiredDevice,
  have: Device | undefined,
  master: string | null,
  bondMtuChanges: boolean,
): Command[] {
  const name = want.ifname;
  const commands: Command[] = [];
  if (have === undefined) {
    commands.push(ip('tuntap', 'add', 'dev', name, 'mode', want.kind));
    commands.push(setLink(name, 'alias', want.alias));
  }
  if (want.master !== master) {
    if (master !== null) commands.push(setLink(name, 'nomaster'));
    if (want.master !== null) {
      // The driver takes no slave that is up; OpenVPN may have opened it already.
      if (have?.up) commands.push(setLink(name, 'down'));
      commands.push(setLink(name, 'master', want.master));
    }
  }
  // A slave gets its MTU from the bond, then and later; one that stands outside keeps its own.
  const mtuFollows = want.master !== null && (want.master !== master || bondMtuChanges);
  if (!mtuFollows && have?.mtu !== want.mtu) commands.push(setLink(name, 'mtu', String(want.mtu)));
  return commands;
}

function diffAddresses(bond: DesiredBond, have: Device | undefined): Command[] {
  const { ifname, address } = bond;
  const stale = (have?.addresses ?? []).filter((entry) => entry !== address);
  return [
    ...stale.map((entry) => ip('addr', 'del', entry, 'dev', ifname)),
    ...(have?.addresses.includes(address) ? [] : [ip('addr', 'add', address, 'dev', ifname)]),
    ...(have?.up ? [] : [setLink(ifname, 'up')]),
  ];
}

function setLink(ifname: string, ...words: string[]): Command {
  return ip('link', 'set', 'dev', ifname, ...words);
}
