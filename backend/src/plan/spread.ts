import type { DesiredDevice, DesiredSpread } from './desired.ts';
import { fnv1a } from './digest.ts';
import type { DriverChoice, DriverLink } from './driver.ts';
import { MARK_MASK, type Own, TURN_MARK } from './numbers.ts';
import { slotsOf } from './shares.ts';

/** Everything that decides who gets the next packet. */
export interface SpreadInput {
  own: Own;
  choice: Pick<DriverChoice, 'driver' | 'mode'>;
  links: readonly DriverLink[];
  devices: readonly DesiredDevice[];
  /** By link (plan/shares.ts). */
  shares: ReadonlyMap<string, number>;
  /** The bonding driver asks by ARP through each slave whether it lives. */
  arp: boolean;
}

/**
 * The chain at the slaves' egress. Whatever slave the bonding driver has chosen, the packet meets this
 * chain there, after segmentation (the bond has BOND_GSO_SEGMENTS), is marked and sent on to the
 * device whose turn it is; at that one's egress it passes by its mark. What a speed test keeps to one
 * tunnel passes too. Null where the bonding driver alone does what is wanted, and while no link is up.
 */
export function planSpread(input: SpreadInput): DesiredSpread | null {
  const { own, choice, links, devices, shares } = input;
  const slaves = devices.filter(({ master }) => master !== null).map(({ ifname }) => ifname);
  const weights = links
    .filter(({ config, state }) => state.phase === 'up' && slaves.includes(config.tunnel))
    .map(({ config: { name, tunnel } }) => ({ device: tunnel, weight: shares.get(name) ?? 1 }));
  const slots = slotsOf(weights);
  const even = slots.length === slaves.length && new Set(slots).size === slaves.length;
  if (slots.length === 0 || !canDivide(choice) || (even && choice.driver !== 'spread')) return null;
  const paths = links.map(({ config }) => own.pathMark + config.index);
  const rules = [
    // ARP that asks through one slave after the other must not be sent through another one.
    ...(input.arp ? ['meta protocol arp accept'] : []),
    turnRule(slots, paths),
  ];
  const digest = `${own.alias} ${fnv1a([...rules, ...slaves].join('\n'))}`;
  return { text: spreadTable(own.nftTable, slaves, rules, digest), digest, devices: slaves };
}

/** Other modes of the bonding driver have their own idea of who gets what. */
export function canDivide({ driver, mode }: Pick<DriverChoice, 'driver' | 'mode'>): boolean {
  return driver === 'spread' || (driver !== null && mode === 'balance-rr');
}

/** The text for `nft -f` that replaces the table; `digest` is read back from the last rule. */
export function spreadTable(
  table: string,
  devices: readonly string[],
  rules: readonly string[],
  digest: string,
): string {
  const names = devices.map((name) => `"${name}"`).join(', ');
  return [
    `table netdev ${table}`,
    `delete table netdev ${table}`,
    `table netdev ${table} {`,
    '  chain spread {',
    `    type filter hook egress devices = { ${names} } priority 0; policy accept;`,
    ...rules.map((rule, at) => {
      const last = at === rules.length - 1;
      return last ? `    ${rule} comment "${digest}"` : `    ${rule}`;
    }),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** The rule that gives each packet the device of the next slot. `paths`: top bytes that pass. */
export function turnRule(slots: readonly string[], paths: readonly number[]): string {
  const mark = (top: number): string => `0x${top.toString(16)}000000`;
  const passed = [TURN_MARK, ...paths].map(mark).join(', ');
  const rest = `0x${(~Number(MARK_MASK) >>> 0).toString(16).padStart(8, '0')}`;
  const map = slots.map((device, slot) => `${slot} : "${device}"`).join(', ');
  return [
    `meta mark & ${MARK_MASK} != { ${passed} }`,
    `meta mark set meta mark & ${rest} | ${mark(TURN_MARK)}`,
    `fwd to numgen inc mod ${slots.length} map { ${map} }`,
  ].join(' ');
}
