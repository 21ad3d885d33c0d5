import type { BondOptions } from '../../backend/src/facts/actual.ts';

/** Which drivers there are: a stock one takes a tun in mode active-backup only. */
export type FakeDriver = 'stock' | 'patched';

/** In these modes the driver refuses ARP and does not go without MII (bond_options.c). */
const ETHERNET_MODES = ['802.3ad', 'balance-tlb', 'balance-alb'];

/** A bond as `ip link add … type bond WORDS` makes it. */
export function newBond(words: readonly string[]): BondOptions {
  const bond: BondOptions = {
    mode: words[words.indexOf('mode') + 1] ?? 'balance-rr',
    miimon: 0,
    arpInterval: 0,
    arpTargets: [],
    xmitHashPolicy: 'layer2',
    allSlavesActive: false,
  };
  if (ETHERNET_MODES.includes(bond.mode)) bond.miimon = 100;
  const rest = words.filter((word, at) => word !== 'mode' && words[at - 1] !== 'mode');
  changeBond(bond, rest);
  return bond;
}

/** `ip link set … type bond WORDS`, in the order of bond_changelink(), whatever that of the words. */
export function changeBond(bond: BondOptions, words: readonly string[]): void {
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) given.set(words[at] ?? '', words[at + 1] ?? '');
  for (const [name, change] of Object.entries(CHANGES)) {
    const value = given.get(name);
    if (value !== undefined) change(bond, value, given);
    given.delete(name);
  }
  // The mode cannot be changed while the bond is up or has slaves.
  if (given.size > 0) throw new Error(`fake kernel: type bond ${words.join(' ')}`);
}

type Change = (bond: BondOptions, value: string, given: ReadonlyMap<string, string>) => void;

const CHANGES: Readonly<Record<string, Change>> = {
  miimon: (bond, value) => {
    bond.miimon = Number(value);
    if (bond.miimon > 0) bond.arpInterval = 0;
  },
  arp_interval: (bond, value, given) => {
    const interval = Number(value);
    if (ETHERNET_MODES.includes(bond.mode)) throw new Error('option not supported in mode');
    if (interval > 0 && Number(given.get('miimon') ?? 0) > 0)
      throw new Error('ARP monitoring cannot be used with MII monitoring');
    bond.arpInterval = interval;
    if (interval > 0) bond.miimon = 0;
  },
  arp_ip_target: (bond, value) => {
    const targets = value.split(',');
    if (new Set(targets).size !== targets.length || targets.length > 16)
      throw new Error('Invalid argument');
    bond.arpTargets = targets;
  },
  xmit_hash_policy: (bond, value) => {
    bond.xmitHashPolicy = value;
  },
  all_slaves_active: (bond, value) => {
    bond.allSlavesActive = value === '1';
  },
};
