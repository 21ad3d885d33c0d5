import { formatNetwork, networkOf, parseAddress } from '../config/ip.ts';
import type { BondConfig, Role } from '../config/types.ts';
import type { DesiredNft } from './desired.ts';
import { ALIAS, NFT_TABLE } from './numbers.ts';

/**
 * Our nft table: TCP's segment size is clamped to what fits the bond, and a server translates what
 * comes out of the bond to its own address. The text replaces the whole table in one transaction.
 */
export function planFirewall(role: Role, bond: BondConfig): DesiredNft {
  const clamp = `oifname "${bond.ifname}" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`;
  const sources = [networkText(bond), ...bond.lan].join(', ');
  const masquerade = `ip saddr { ${sources} } oifname != "${bond.ifname}" masquerade`;
  const nat = role === 'server' && bond.nat;
  const digest = `${ALIAS} ${fnv1a([clamp, nat ? masquerade : ''].join('\n'))}`;
  const chains = [
    chain('forward', 'type filter hook forward priority mangle', `${clamp} comment "${digest}"`),
    ...(nat ? [chain('postrouting', 'type nat hook postrouting priority srcnat', masquerade)] : []),
  ];
  const text = [
    `table inet ${NFT_TABLE}`,
    `delete table inet ${NFT_TABLE}`,
    `table inet ${NFT_TABLE} {`,
    ...chains,
    '}',
    '',
  ].join('\n');
  return { text, digest, rules: chains.length };
}

/** The bond's network in CIDR form. */
function networkText({ address, prefix }: BondConfig): string {
  return formatNetwork(networkOf(parseAddress(address) ?? 0, prefix));
}

function chain(name: string, hook: string, rule: string): string {
  return [`  chain ${name} {`, `    ${hook}; policy accept;`, `    ${rule}`, '  }'].join('\n');
}

/** 32-bit FNV-1a of a text, as 8 hex digits: tells two texts apart, nothing more. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
