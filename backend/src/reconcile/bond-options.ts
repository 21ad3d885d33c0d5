import type { BondOptions } from '../facts/actual.ts';
import type { DesiredBond } from '../plan/desired.ts';

/**
 * Options of a bond that can change while it carries traffic, as words for `ip link … type bond`: all
 * of them for a new bond (`have` null), else what differs. The mode is none of them: the driver
 * changes it only on a bond that is down and has no slaves.
 */
export function bondOptions(want: DesiredBond, have: BondOptions | null): string[] {
  const { xmitHashPolicy: policy, allSlavesActive } = want;
  const words = have !== null && isWatchedAs(want, have) ? [] : watching(want);
  if (policy !== null && have?.xmitHashPolicy !== policy) words.push('xmit_hash_policy', policy);
  if (allSlavesActive !== (have?.allSlavesActive ?? false))
    words.push('all_slaves_active', allSlavesActive ? '1' : '0');
  return words;
}

/** Setting one of the two ways switches the other off (kernel: bond_option_miimon_set and beside). */
function watching({ miimon, arpInterval, arpTargets }: DesiredBond): string[] {
  return arpInterval === 0
    ? ['miimon', String(miimon)]
    : ['arp_interval', String(arpInterval), 'arp_ip_target', arpTargets.join()];
}

function isWatchedAs(want: DesiredBond, have: BondOptions): boolean {
  if (want.arpInterval !== have.arpInterval) return false;
  return want.arpInterval === 0
    ? want.miimon === have.miimon
    : want.arpTargets.join() === have.arpTargets.join();
}
