import {
  contains,
  formatNetwork,
  type Network,
  networkOf,
  parseAddress,
  parseCidr,
} from '../config/ip.ts';
import { LINK_LIMIT } from '../config/numbers.ts';
import type { BondConfig, Config } from '../config/types.ts';
import type { Actual, Route } from '../facts/actual.ts';
import type { DesiredNft } from './desired.ts';
import { fnv1a } from './digest.ts';
import { planForwards, withCounts } from './forwards.ts';
import { planHeartbeats, planPieces } from './heartbeat-rules.ts';
import { PEER_PORT, TEST_PORT } from './numbers.ts';

/**
 * Our nft table. At both ends: TCP's segment size is clamped to what fits the bond on the way in (with
 * both ends that is each direction), and nobody reaches the peer's daemon through us, neither its speed
 * test nor its peer port: a router that translates its LAN would lend it our address. What the daemons
 * say to each other over the bond comes and goes by the bond alone. Heartbeats go ahead of what is
 * queued, and probes of the path's MTU that came in pieces are dropped. A server drops what comes out
 * of the bond with an address that cannot be there, and what nobody has asked for on the way in,
 * translates the rest to its own address, and forwards ports; a router keeps its firewall from
 * translating what the server knows the way back to. `marks` are the rules of a speed test that runs.
 * The text replaces the whole table in one transaction.
 */
export function planFirewall(
  config: Pick<Config, 'role' | 'bond' | 'links' | 'forwards'>,
  actual: Pick<Actual, 'own' | 'devices' | 'nft' | 'routes'>,
  marks: readonly string[] = [],
): DesiredNft {
  const { bond } = config;
  const { own } = actual;
  const into = `oifname "${bond.ifname}"`;
  const clamp = `${into} tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`;
  const guards = [
    `${into} ip daddr ${bond.peer} tcp dport ${TEST_PORT}-${TEST_PORT + LINK_LIMIT} drop`,
    `${into} ip daddr ${bond.peer} udp dport ${PEER_PORT} drop`,
  ];
  const heard = `iifname != "${bond.ifname}" ip daddr ${bond.address} udp dport ${PEER_PORT} drop`;
  const said = `oifname != "${bond.ifname}" ip daddr ${bond.peer} udp dport ${PEER_PORT} drop`;
  const beats = planHeartbeats(config);
  const pieces = planPieces(config);
  const { spoofed, uninvited, forwards, source } =
    config.role === 'server' ? planServer(config, actual) : NO_SERVER;
  const asIs = config.role === 'router' ? planUntranslated(bond) : [];
  const plain = [clamp, ...guards, heard, said, ...beats, ...pieces, ...uninvited, ...spoofed];
  const all = [...plain, ...forwards, ...source, ...asIs, ...marks];
  const digest = `${own.alias} ${fnv1a(all.join('\n'))}`;
  const chains = [
    chain('forward', 'type filter hook forward priority mangle', [
      `${clamp} comment "${digest}"`,
      ...guards,
      ...uninvited,
    ]),
    chain('heard', 'type filter hook input priority mangle', [heard]),
    // A bond that is down has no route to the peer: it would be the default route's.
    chain('said', 'type filter hook postrouting priority mangle', [said]),
    // Ahead of what connection tracking does first: it puts fragments together (-400).
    chain('pieces', 'type filter hook prerouting priority -450', pieces),
    // Ahead of connection tracking, which need not keep a connection that is dropped.
    chain('spoofed', 'type filter hook prerouting priority raw', spoofed),
    chain(
      'forwards',
      'type nat hook prerouting priority dstnat',
      withCounts(forwards, actual.nft?.counters),
    ),
    // The first nat chain with a verdict on a connection is the last: this comes before the firewall's.
    chain('untranslated', 'type nat hook postrouting priority srcnat - 10', asIs),
    chain('postrouting', 'type nat hook postrouting priority srcnat', source),
    // After mwan3, which marks at `mangle`.
    chain('output', 'type route hook output priority mangle + 1', marks),
    chain('heartbeats', 'type filter hook output priority mangle + 2', beats),
  ];
  const text = [
    `table inet ${own.nftTable}`,
    `delete table inet ${own.nftTable}`,
    `table inet ${own.nftTable} {`,
    ...chains.flat(),
    '}',
    '',
  ].join('\n');
  return { text, digest, rules: all.length };
}

/** The rules that a server has beside those of both ends, by chain. */
interface ServerRules {
  spoofed: string[];
  uninvited: string[];
  forwards: string[];
  source: string[];
}

const NO_SERVER: ServerRules = { spoofed: [], uninvited: [], forwards: [], source: [] };

function planServer(
  { bond, forwards }: Pick<Config, 'bond' | 'forwards'>,
  { devices, routes }: Pick<Actual, 'devices' | 'routes'>,
): ServerRules {
  const { ifname, publicAddress } = bond;
  const network = networkIn(bond);
  const inside = setOf([network, ...bond.lan]);
  const device = publicAddress === null ? null : deviceWith(publicAddress, devices);
  const address = device === null ? null : publicAddress;
  const rules = planForwards(forwards, { bond: ifname, address });
  // A LAN host that calls its own forward must get the answer from here, not from its neighbour.
  const hairpin = `oifname "${ifname}" ct status dnat ip saddr ${inside} masquerade`;
  return {
    uninvited: planUninvited(ifname, routes),
    spoofed: [`iifname "${ifname}" ip saddr != ${inside} counter drop`],
    forwards: rules,
    source: [
      ...(rules.length > 0 && address !== null ? [hairpin] : []),
      ...(bond.nat ? planSource(ifname, inside, network, device, address) : []),
    ],
  };
}

/**
 * Who shares a network with the server could send packets for the LAN to its card by hand, past all
 * forwards: from where the Internet is, only what a forward has led there and answers go in.
 */
function planUninvited(bond: string, routes: readonly Route[]): string[] {
  const upstream = routes
    .filter(({ table, dst, device }) => table === 'main' && dst === 'default' && device !== bond)
    .sort((a, b) => a.metric - b.metric)[0]?.device;
  if (!upstream) return [];
  return [`iifname "${upstream}" oifname "${bond}" ct state new ct status ! dnat counter drop`];
}

/**
 * What comes out of the bond for the Internet gets our public address where it leaves by the device
 * that has it, and elsewhere (a private network of the server's) that of the device.
 */
function planSource(
  bond: string,
  inside: string,
  network: string,
  device: string | null,
  address: string | null,
): string[] {
  // What goes to the peer itself may leave over a slave: a speed test does.
  const leaving = `ip saddr ${inside} ip daddr != ${network}`;
  // An address on lo, as that of a routed network often is, leaves by another device.
  const by = device === 'lo' ? `oifname != "${bond}"` : `oifname "${device}"`;
  const fixed = address === null ? [] : [`${leaving} ${by} snat ip to ${address}`];
  return [...fixed, `${leaving} oifname != "${bond}" masquerade`];
}

/**
 * `snat` to the address a packet has: it stays, and other chains of the same hook (OpenWrt's firewall,
 * which masquerades whatever leaves by its zone wan) are not asked any more.
 */
function planUntranslated({ ifname, lan }: BondConfig): string[] {
  if (lan.length === 0) return [];
  return [`oifname "${ifname}" ip saddr ${setOf(lan)} snat ip to ip saddr`];
}

/** The device that has this address; null: none, or it is a name. */
function deviceWith(address: string, devices: Actual['devices']): string | null {
  for (const { ifname, addresses } of devices.values())
    if (addresses.some((one) => one.split('/')[0] === address)) return ifname;
  return null;
}

/** The bond's network in CIDR form. */
function networkIn({ address, prefix }: BondConfig): string {
  return formatNetwork(networkOf(parseAddress(address) ?? 0, prefix));
}

/** A set of nft's; it takes no networks that overlap, so those inside another are left out. */
function setOf(networks: readonly string[]): string {
  const known = [...new Set(networks)].map(toNetwork);
  const kept = known.filter(
    (one) => !known.some((other) => other.prefix < one.prefix && contains(other, one.base)),
  );
  return `{ ${kept.map(formatNetwork).join(', ')} }`;
}

function toNetwork(text: string): Network {
  const { address, prefix } = parseCidr(text) ?? { address: 0, prefix: 32 };
  return networkOf(address, prefix);
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
