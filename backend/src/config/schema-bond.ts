import { DEFAULT_MTU } from './numbers.ts';
import { BOTH, option, type SectionSpec } from './option.ts';
import type { BondMode } from './types.ts';

/** The modes by their numbers (Documentation/networking/bonding.rst). */
export const MODES: readonly BondMode[] = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
];

const MODE_NUMBERS = Object.fromEntries(MODES.map((mode, number) => [String(number), mode]));

/** `config interface 'bond'`. */
export const BOND_SECTION: SectionSpec = {
  type: 'interface',
  name: 'bond',
  help: 'The bond and its two addresses. There is one.',
  options: [
    option('enabled', { kind: 'bool' }, 'Start the bond.', { default: '1' }),
    option(
      'role',
      { kind: 'enum', values: ['router', 'server'] },
      'Which end this is: `router` at home with the lines, `server` on the Internet.',
      { default: 'router', strict: true },
    ),
    option('ifname', { kind: 'ifname' }, 'Name of the bonding device.', {
      default: 'bond0',
      strict: true,
    }),
    option(
      'ipaddr',
      { kind: 'address' },
      'Our address inside the bond: `10.0.0.2` or `10.0.0.2/30`.',
      { required: BOTH, strict: true },
    ),
    option(
      'netmask',
      { kind: 'netmask' },
      'Netmask or prefix length of the network inside the bond, unless `ipaddr` has it.',
      { default: '255.255.255.0', strict: true },
    ),
    option('remote_ipaddr', { kind: 'ipv4' }, "The other end's address inside the bond.", {
      derived: 'the other host of a /30 or /31; in larger networks .1 for .2 and .2 for .1',
      strict: true,
    }),
    option(
      'mode',
      { kind: 'enum', values: MODES, aliases: MODE_NUMBERS },
      'How packets are divided over the tunnels: a mode of the bonding driver, by name or number.',
      { default: 'balance-rr' },
    ),
    option(
      'miimon',
      { kind: 'integer', min: 10, max: 10_000 },
      "How often the driver looks at the tunnels' carrier.",
      { default: '100', unit: 'ms' },
    ),
    option(
      'mtu',
      { kind: 'integer', min: 576, max: 9000 },
      'MTU of the bond and of every tunnel, the same at both ends.',
      {
        derived: `${DEFAULT_MTU.tap} with \`dev_type tap\`, ${DEFAULT_MTU.tun} with \`tun\`: what is left of a 1492 byte PPPoE line after 66 or 52 bytes of IP, UDP, OpenVPN (AES-GCM) and, for tap, the Ethernet header`,
        unit: 'bytes',
      },
    ),
    option(
      'default_route',
      { kind: 'bool' },
      'Send everything that has no better route through the bond.',
      { default: '1', roles: ['router'] },
    ),
    option('lan', { kind: 'cidr' }, 'Networks behind the router, to be reached through the bond.', {
      list: true,
      roles: ['server'],
    }),
    option(
      'nat',
      { kind: 'bool' },
      "Translate what comes out of the bond for the Internet to this server's address.",
      { default: '1', roles: ['server'] },
    ),
    option(
      'peer_fingerprint',
      { kind: 'fingerprint' },
      "SHA-256 fingerprint of the other end's certificate, as `bonding keys` prints it there.",
      { list: true, derived: 'none: then section `openvpn` needs option `ca`' },
    ),
    option(
      'xmit_hash_policy',
      {
        kind: 'enum',
        values: ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
      },
      'What modes balance-xor, 802.3ad and balance-tlb choose the tunnel by.',
      { default: 'layer3+4' },
    ),
    option(
      'arp_interval',
      { kind: 'integer', min: 0, max: 60_000 },
      'How often the driver asks `arp_ip_target` through each tunnel, with tap only, instead of `miimon`: more than the longest round trip; 0: never.',
      { default: '0', unit: 'ms' },
    ),
    option(
      'arp_ip_target',
      { kind: 'ipv4' },
      'Addresses inside the bond that the driver asks by ARP; the first 16 count.',
      { list: true, derived: '`remote_ipaddr`' },
    ),
    option('watchdog', { kind: 'bool' }, 'Watch whether the Internet answers through the bond.', {
      default: '0',
    }),
    option(
      'watchdog_ip',
      { kind: 'ipv4' },
      'Addresses that are asked; one that answers is enough.',
      { list: true, derived: '`remote_ipaddr`' },
    ),
    option('watchdog_period', { kind: 'integer', min: 1, max: 3600 }, 'Time between two probes.', {
      default: '10',
      unit: 's',
    }),
    option(
      'watchdog_timeout',
      { kind: 'integer', min: 2, max: 86_400 },
      'Time without any reply after which something is done.',
      { default: '60', unit: 's' },
    ),
    option(
      'watchdog_action',
      { kind: 'text' },
      'Command that is run, without a shell, when restarting the tunnels has not helped.',
      { derived: 'none: the tunnels are restarted, nothing else' },
    ),
  ],
};
