import { existsSync } from 'node:fs';
import type { BondMode, DeviceType } from '../config/types.ts';
import { spreadTable, turnRule } from '../plan/spread.ts';
import { run } from './run.ts';

/** Names of the devices of the trial, by instance: several may try at once, as after a boot. */
function trialNames(instance: number): { bond: string; slave: string } {
  return { bond: `bndtrial${2 * instance}`, slave: `bndtrial${2 * instance + 1}` };
}

/**
 * Finds out by trial which of `modes`, in that order, the bonding driver takes a tunnel device of this
 * type in; `null`: none of them. `undefined`: it cannot be tried, because there is no driver, no tun
 * module, or we may not. Leaves nothing behind but the loaded modules.
 */
export async function tryModes(
  type: DeviceType,
  modes: readonly BondMode[],
  instance = 0,
): Promise<BondMode | null | undefined> {
  // Without max_bonds=0 the module makes a bond0 of its own.
  for (const words of [['tun'], ['bonding', 'max_bonds=0']]) await works(['modprobe', ...words]);
  const { bond, slave } = trialNames(instance);
  // A trial that was killed in the middle would spoil this one.
  for (const name of [bond, slave]) if (existsSync(`/sys/class/net/${name}`)) await remove(name);
  if (!(await works(['ip', 'tuntap', 'add', 'dev', slave, 'mode', type]))) return undefined;
  let tried = false;
  try {
    for (const mode of modes) {
      if (!(await works(['ip', 'link', 'add', bond, 'type', 'bond', 'mode', mode]))) continue;
      tried = true;
      const taken = await works(['ip', 'link', 'set', 'dev', slave, 'master', bond]);
      await remove(bond);
      if (taken) return mode;
    }
    return tried ? null : undefined;
  } finally {
    await remove(slave);
  }
}

/**
 * Finds out by trial whether the kernel takes a chain at a device's egress that sends packets on.
 * `null`: it cannot be tried, because there is no tun module or we may not. Leaves nothing behind but
 * the loaded modules.
 */
export async function tryEgress(instance = 0): Promise<boolean | null> {
  for (const module of ['tun', 'nft_fwd_netdev']) await works(['modprobe', module]);
  const { slave } = trialNames(instance);
  if (existsSync(`/sys/class/net/${slave}`)) await remove(slave);
  if (!(await works(['ip', 'tuntap', 'add', 'dev', slave, 'mode', 'tun']))) return null;
  try {
    const text = spreadTable(slave, [slave], [turnRule([slave], [])], slave);
    return await works(['nft', '-f', '-'], text);
  } finally {
    await works(['nft', 'delete', 'table', 'netdev', slave]);
    await remove(slave);
  }
}

const remove = (device: string): Promise<boolean> => works(['ip', 'link', 'delete', device]);

/** Whether a program runs and ends well. */
export async function works(
  argv: readonly string[],
  stdin: string | null = null,
): Promise<boolean> {
  try {
    await run(argv, stdin);
    return true;
  } catch {
    return false;
  }
}
