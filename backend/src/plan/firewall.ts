import { formatNetwork, networkOf, parseAddress } from '../config/ip.ts';
import { LINK_LIMIT } from '../config/numbers.ts';
import type { BondConfig, Role } from '../config/types.ts';
import type { DesiredNft } from './desired.ts';
import { ALIAS, NFT_TABLE, TEST_PORT } from './numbers.ts';

/**
 * Our nft table: TCP's segment size is clamped to what fits the bond, a server translates what comes
 * out of the bond to its own address, and nobody reaches the peer's speed test through us: a router
 * that translates its LAN would lend it our address. `marks` are the rules of a speed test that runs.
 * The text replaces the whole table in one transaction.
 */
export function planFirewall(
  role: Role,
  bond: BondConfig,
  marks: readonly string[] = [],
): DesiredNft {
  const into = `oifname "${bond.ifname}"`;
  const clamp = `${into} tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`;
  const guard = `${into} ip daddr ${bond.peer} tcp dport ${TEST_PORT}-${TEST_PORT + LINK_LIMIT} drop`;
  const network = networkText(bond);
  const sources = [network, ...bond.lan].join(', ');
  // What goes to the peer itself may leave over a slave: a speed test does.
  const masquerade = `ip saddr { ${sources} } ip daddr != ${network} oifname != "${bond.ifname}" masquerade`;
  const nat = role === 'server' && bond.nat ? [masquerade] : [];
  const digest = `${ALIAS} ${fnv1a([clamp, guard, ...nat, ...marks].join('\n'))}`;
  const chains = [
    chain('forward', 'type filter hook forward priority mangle', [
      `${clamp} comment "${digest}"`,
      guard,
    ]),
    chain('postrouting', 'type nat hook postrouting priority srcnat', nat),
    // After mwan3, which marks at `mangle`.
    chain('output', 'type route hook output priority mangle + 1', marks),
  ];
  const text = [
    `table inet ${NFT_TABLE}`,
    `delete table inet ${NFT_TABLE}`,
    `table inet ${NFT_TABLE} {`,
    ...chains.flat(),
    '}',
    '',
  ].join('\n');
  return { text, digest, rules: 2 + nat.length + marks.length };
}

/** The bond's network in CIDR form. */
function networkText({ address, prefix }: BondConfig): string {
  return formatNetwork(networkOf(parseAddress(address) ?? 0, prefix));
}

/** The lines of a chain; none when it has no rules. */
function chain(name: string, hook: string, rules: readonly string[]): string[] {
  if (rules.length === 0) return [];
  return [
    `  chain ${name} {`,
    `    ${hook}; policy accept;`,
    ...rules.map((rule) => `    ${rule}`),
    '  }',
  ];
}

/** 32-bit FNV-1a of a text, as 8 hex digits: tells two texts apart, nothing more. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
