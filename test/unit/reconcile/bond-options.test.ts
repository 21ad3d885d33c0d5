import { describe, expect, it } from 'vitest';
import type { BondConfig, BondMode } from '../../../backend/src/config/types.ts';
import type { DesiredBond } from '../../../backend/src/plan/desired.ts';
import { planDriver } from '../../../backend/src/plan/driver.ts';
import { ownOf } from '../../../backend/src/plan/numbers.ts';
import { bondOptions } from '../../../backend/src/reconcile/bond-options.ts';
import { changeBond, newBond } from '../../fakes/bond.ts';
import { configOf } from '../../fakes/config.ts';

function planned(bond: BondConfig, mode: BondMode): DesiredBond {
  const choice = { driver: 'bond-tap', mode } as const;
  const place = { own: ownOf(0), choice, divided: true, running: new Set<string>(), mtu: 1426 };
  return planDriver(bond, [], place).bond;
}

function bondOf(changes: Partial<DesiredBond> = {}): DesiredBond {
  return { ...planned(configOf(2).bond, 'balance-rr'), ...changes };
}

const BY_ARP = { arpInterval: 500, arpTargets: ['10.0.0.1', '10.0.0.9'] };

/** The words that lead from one bond to another, carried out, and what is left to do then. */
function change(from: Partial<DesiredBond>, to: Partial<DesiredBond>): string {
  const bond = newBond(bondOptions(bondOf(from), null));
  const words = bondOptions(bondOf(to), bond);
  changeBond(bond, words);
  expect(bondOptions(bondOf(to), bond)).toEqual([]);
  return words.join(' ');
}

describe('options of a bond', () => {
  it.each<[string, Partial<DesiredBond>, Partial<DesiredBond>, string]>([
    ['nothing', BY_ARP, BY_ARP, ''],
    ['another interval', {}, { miimon: 200 }, 'miimon 200'],
    ['ARP instead', {}, BY_ARP, 'arp_interval 500 arp_ip_target 10.0.0.1,10.0.0.9'],
    ['carrier again', BY_ARP, {}, 'miimon 100'],
    [
      'other targets',
      BY_ARP,
      { ...BY_ARP, arpTargets: ['10.0.0.9'] },
      'arp_interval 500 arp_ip_target 10.0.0.9',
    ],
    ['a policy', {}, { xmitHashPolicy: 'layer2+3' }, 'xmit_hash_policy layer2+3'],
    ['all receive', {}, { allSlavesActive: true }, 'all_slaves_active 1'],
    ['one receives', { allSlavesActive: true }, {}, 'all_slaves_active 0'],
  ])('change on a bond that stands: %s', (_what, from, to, words) => {
    expect(change(from, to)).toBe(words);
  });

  it('are all given to a new bond; a policy where the mode asks for one', () => {
    const words = (mode: 'balance-xor' | 'active-backup' | 'balance-rr'): string => {
      const bond = { ...configOf(2).bond, ...BY_ARP };
      return bondOptions(planned(bond, mode), null).join(' ');
    };
    const arp = 'arp_interval 500 arp_ip_target 10.0.0.1,10.0.0.9';
    expect(words('balance-rr')).toBe(arp);
    expect(words('balance-xor')).toBe(`${arp} xmit_hash_policy layer3+4`);
    expect(words('active-backup')).toBe(`${arp} all_slaves_active 1`);
  });
});
