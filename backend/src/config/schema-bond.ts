import { BOTH, HEARTBEAT, option, type SectionSpec } from './option.ts';
import type { BondConfig, BondMode, DriverOption } from './types.ts';

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

/** What option `driver` takes; plan/driver.ts says what becomes of it. */
export const DRIVERS: readonly DriverOption[] = [
  'auto',
  'bond-tun',
  'bond-tap',
  'spread',
  'active-backup',
];

/** What option `equalise` takes. */
export const EQUALISE: readonly BondConfig['equalise'][] = ['auto', 'off'];

const MODE_NUMBERS = Object.fromEntries(MODES.map((mode, number) => [String(number), mode]));

/**
 * `config interface 'bond'`. What an option means is written in schema-texts.ts, not here: only the
 * docs and LuCI's form need it, and the daemon's bundle is small.
 */
export const BOND_SECTION: SectionSpec = {
  type: 'interface',
  name: 'bond',
  options: [
    option('enabled', { kind: 'bool' }, { default: '1' }),
    option(
      'role',
      { kind: 'enum', values: ['router', 'server'] },
      { default: 'router', strict: true },
    ),
    option(
      'ifname',
      { kind: 'ifname' },
      {
        default: 'bond0',
        strict: true,
      },
    ),
    option(
      'ipaddr',
      { kind: 'address' },
      { required: BOTH, meaning: 'our address inside the bond', strict: true },
    ),
    option('netmask', { kind: 'netmask' }, { default: '255.255.255.0', strict: true }),
    option(
      'remote_ipaddr',
      { kind: 'ipv4' },
      {
        derived: true,
        strict: true,
      },
    ),
    option(
      'mode',
      { kind: 'enum', values: MODES, aliases: MODE_NUMBERS },
      { default: 'balance-rr' },
    ),
    option('driver', { kind: 'enum', values: DRIVERS }, { default: 'auto' }),
    option('shares', { kind: 'enum', values: ['auto', 'fixed'] }, { default: 'auto' }),
    option('parking', { kind: 'bool' }, { default: '1' }),
    option('shaping', { kind: 'decimal', min: 0, max: 100 }, { default: '0', unit: '%' }),
    option('equalise', { kind: 'enum', values: EQUALISE }, { default: 'off' }),
    option('heartbeat_interval', HEARTBEAT, { default: '100', unit: 'ms' }),
    option('heartbeat_port', { kind: 'port', zero: false }, { derived: true }),
    option('miimon', { kind: 'integer', min: 10, max: 10_000 }, { default: '100', unit: 'ms' }),
    option(
      'mtu',
      { kind: 'integer', min: 576, max: 9000 },
      {
        derived: true,
        unit: 'bytes',
      },
    ),
    option('default_route', { kind: 'bool' }, { default: '1', roles: ['router'] }),
    option('lan', { kind: 'cidr' }, { list: true }),
    option('nat', { kind: 'bool' }, { default: '1', roles: ['server'] }),
    option('public_ipaddr', { kind: 'host' }, { derived: true, roles: ['server'] }),
    option('peer_fingerprint', { kind: 'fingerprint' }, { list: true, derived: true }),
    option(
      'xmit_hash_policy',
      {
        kind: 'enum',
        values: ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
      },
      { default: 'layer3+4' },
    ),
    option('arp_interval', { kind: 'integer', min: 0, max: 60_000 }, { default: '0', unit: 'ms' }),
    option('arp_ip_target', { kind: 'ipv4' }, { list: true, derived: true }),
    option(
      'ping_period',
      { kind: 'integer', min: 0, max: 60 },
      { default: '2', unit: 's', roles: ['router'] },
    ),
    option(
      'watchdog',
      { kind: 'bool' },
      {
        default: '0',
      },
    ),
    option('watchdog_ip', { kind: 'ipv4' }, { list: true, derived: true }),
    option(
      'watchdog_period',
      { kind: 'integer', min: 1, max: 3600 },
      {
        default: '10',
        unit: 's',
      },
    ),
    option(
      'watchdog_timeout',
      { kind: 'integer', min: 2, max: 86_400 },
      { default: '60', unit: 's' },
    ),
    option('watchdog_action', { kind: 'text' }, { derived: true }),
    option('page_port', { kind: 'port', zero: true }, { default: '8471', roles: ['router'] }),
    option('page_interface', { kind: 'word' }, { list: true, default: 'lan', roles: ['router'] }),
  ],
};
