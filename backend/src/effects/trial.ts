import { existsSync } from 'node:fs';
import type { BondMode, DeviceType } from '../config/types.ts';
import { copiesTable } from '../plan/copies.ts';
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
  await removeLeftOver(bond);
  return withTunnel(slave, type, async () => {
    let tried = false;
    for (const mode of modes) {
      if (!(await works(['ip', 'link', 'add', bond, 'type', 'bond', 'mode', mode]))) continue;
      tried = true;
      const taken = await works(['ip', 'link', 'set', 'dev', slave, 'master', bond]);
      await remove(bond);
      if (taken) return mode;
    }
    return tried ? null : undefined;
  });
}

/**
 * Finds out by trial whether the kernel takes a chain at a device's egress that sends packets on.
 * `null`: it cannot be tried, because there is no tun module or we may not. Leaves nothing behind but
 * the loaded modules.
 */
export async function tryEgress(instance = 0): Promise<boolean | null> {
  for (const module of ['tun', 'nft_fwd_netdev']) await works(['modprobe', module]);
  const { slave } = trialNames(instance);
  const taken = await withTunnel(slave, 'tun', async () => {
    const text = spreadTable(slave, [slave], [turnRule([slave], [])], slave);
    const loads = await works(['nft', '-f', '-'], text);
    await works(['nft', 'delete', 'table', 'netdev', slave]);
    return loads;
  });
  return taken ?? null;
}

/** Finds out by trial whether the kernel can send a packet twice. Leaves nothing behind but the loaded modules. */
export async function tryCopies(instance = 0): Promise<boolean> {
  await works(['modprobe', 'nft_dup_ipv4']);
  const { slave } = trialNames(instance);
  // Nobody sends from port 0.
  const text = copiesTable(slave, ['udp sport 0 dup to ip daddr device "lo"'], slave);
  const loads = await works(['nft', '-f', '-'], text);
  await works(['nft', 'delete', 'table', 'ip', slave]);
  return loads;
}

/** Does something with a tunnel device of its own that is there meanwhile; `undefined`: none can be made. */
export async function withTunnel<T>(
  name: string,
  type: DeviceType,
  use: () => Promise<T>,
): Promise<T | undefined> {
  await removeLeftOver(name);
  if (!(await works(['ip', 'tuntap', 'add', 'dev', name, 'mode', type]))) return undefined;
  try {
    return await use();
  } finally {
    await remove(name);
  }
}

/** A trial that was killed in the middle would spoil the next one. */
async function removeLeftOver(name: string): Promise<void> {
  if (existsSync(`/sys/class/net/${name}`)) await remove(name);
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
