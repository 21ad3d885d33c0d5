import { complain, type Place, type Reader, type Values } from './section.ts';
import type { BondConfig } from './types.ts';

/** What decides whether an option of the bonding driver means anything. */
export interface DriverPlace extends Pick<BondConfig, 'mode' | 'deviceType'> {
  /** The other end's address inside the bond. */
  peer: string;
}

/** The driver keeps so many addresses (kernel: BOND_MAX_ARP_TARGETS). */
const TARGETS = 16;

const DEFAULT_POLICY = 'layer3+4';

/** They look at the Ethernet header alone; without one all packets are alike, and take one tunnel. */
const ETHERNET_POLICIES = ['layer2', 'vlan+srcmac'];

/** The modes in which the driver refuses ARP (kernel: unsuppmodes of BOND_OPT_ARP_INTERVAL). */
const MODES_WITHOUT_ARP = ['802.3ad', 'balance-tlb', 'balance-alb'];

/** `xmit_hash_policy`, unless all packets would take one tunnel with it. */
export function readPolicy(
  reader: Reader,
  place: Place,
  values: Values,
  { deviceType }: DriverPlace,
): string {
  const name = 'xmit_hash_policy';
  const policy = values.text(name) ?? DEFAULT_POLICY;
  if (deviceType === 'tap' || !ETHERNET_POLICIES.includes(policy)) return policy;
  const why = `a tun has no Ethernet header to choose by; ${DEFAULT_POLICY} is used`;
  complain(reader, place, name, 'option-ours', { option: name, why });
  return DEFAULT_POLICY;
}

/** `arp_interval` and `arp_ip_target`, where the driver can use them. */
export function readMonitoring(
  reader: Reader,
  place: Place,
  values: Values,
  { mode, deviceType, peer }: DriverPlace,
): Pick<BondConfig, 'arpInterval' | 'arpTargets'> {
  const ignore = (option: string, why: string): void => {
    if (values.given.includes(option))
      complain(reader, place, option, 'option-ours', { option, why });
  };
  const interval = values.number('arp_interval') ?? 0;
  if (interval === 0) ignore('arp_ip_target', 'arp_interval is 0');
  if (interval === 0) return { arpInterval: 0, arpTargets: [] };
  const obstacle = obstacleToArp(mode, deviceType);
  if (obstacle !== null) {
    for (const option of ['arp_interval', 'arp_ip_target']) ignore(option, obstacle);
    return { arpInterval: 0, arpTargets: [] };
  }
  ignore('miimon', 'the driver watches by carrier or by ARP, not both, and arp_interval is set');
  const targets = values.list('arp_ip_target').slice(0, TARGETS);
  return { arpInterval: interval, arpTargets: targets.length === 0 ? [peer] : targets };
}

function obstacleToArp(
  mode: DriverPlace['mode'],
  deviceType: DriverPlace['deviceType'],
): string | null {
  if (deviceType === 'tun') return 'a tun carries IP packets only, and no ARP';
  return MODES_WITHOUT_ARP.includes(mode) ? `the driver takes none in mode ${mode}` : null;
}
