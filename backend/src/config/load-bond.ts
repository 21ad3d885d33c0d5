import type { UciSection } from '../uci/types.ts';
import {
  formatAddress,
  isHost,
  networkOf,
  otherEnd,
  parseAddress,
  parseCidr,
  parsePrefix,
} from './ip.ts';
import { DEFAULT_MTU } from './numbers.ts';
import { BOND_SECTION, MODES } from './schema-bond.ts';
import { complain, type Place, type Reader, readSection, type Values } from './section.ts';
import type { BondConfig, BondMode, DeviceType, WatchdogConfig } from './types.ts';

/** The bond's section, understood. */
export interface LoadedBond {
  enabled: boolean;
  bond: BondConfig;
}

/** Networks with fewer bits than this are a slip of the pen; with 32 there is no room for two. */
const PREFIX = { shortest: 8, longest: 31 } as const;

/** Reads `config interface 'bond'`; null when nothing can be started with it. */
export function loadBond(
  reader: Reader,
  section: UciSection,
  deviceType: DeviceType,
): LoadedBond | null {
  const place: Place = { section, subject: "interface 'bond'", consequence: 'nothing is started' };
  const values = readSection(reader, place, BOND_SECTION);
  if (!values.usable) return null;
  const addresses = readAddresses(reader, place, values);
  if (addresses === null) return null;
  const mode = values.text('mode');
  return {
    enabled: values.flag('enabled'),
    bond: {
      ifname: values.text('ifname') ?? '',
      ...addresses,
      mode: MODES.find((known): known is BondMode => known === mode) ?? 'balance-rr',
      miimon: values.number('miimon') ?? 100,
      mtu: values.number('mtu') ?? DEFAULT_MTU[deviceType],
      deviceType,
      defaultRoute: values.flag('default_route'),
      lan: values.list('lan'),
      nat: values.flag('nat'),
      peerFingerprint: values.list('peer_fingerprint'),
      watchdog: readWatchdog(values, addresses.peer),
    },
  };
}

/** Two different hosts of one network, or null and a problem. */
function readAddresses(
  reader: Reader,
  place: Place,
  values: Values,
): Pick<BondConfig, 'address' | 'prefix' | 'peer'> | null {
  const ipaddr = values.text('ipaddr') ?? '';
  const cidr = parseCidr(ipaddr);
  const own = cidr?.address ?? parseAddress(ipaddr) ?? 0;
  const prefix = cidr?.prefix ?? parsePrefix(values.text('netmask') ?? '') ?? 0;
  const refuse = (option: string, reason: string): null => {
    complain(reader, place, option, 'bond-address', { reason });
    return null;
  };
  if (prefix < PREFIX.shortest || prefix > PREFIX.longest) {
    return refuse(
      cidr === null ? 'netmask' : 'ipaddr',
      `a /${prefix} is no network for two ends (/${PREFIX.shortest} to /${PREFIX.longest})`,
    );
  }
  const network = networkOf(own, prefix);
  const inside = `${formatAddress(network.base)}/${prefix}`;
  if (!isHost(network, own)) {
    return refuse('ipaddr', `'${formatAddress(own)}' is the network's own address in ${inside}`);
  }
  const remote = values.text('remote_ipaddr');
  const peer = remote === null ? otherEnd(own, prefix) : parseAddress(remote);
  if (peer === null) {
    return refuse('ipaddr', `no option 'remote_ipaddr', and ${inside} leaves it open`);
  }
  if (peer === own) return refuse('remote_ipaddr', `both ends have the address '${remote}'`);
  if (!isHost(network, peer)) {
    return refuse('remote_ipaddr', `option 'remote_ipaddr' is '${remote}', no host of ${inside}`);
  }
  return { address: formatAddress(own), prefix, peer: formatAddress(peer) };
}

/** Off unless the value says on: the HOWTO's script took any value, '0' too, for on. */
function readWatchdog(values: Values, peer: string): WatchdogConfig {
  const targets = values.list('watchdog_ip');
  return {
    enabled: values.flag('watchdog'),
    targets: targets.length === 0 ? [peer] : targets,
    period: values.number('watchdog_period') ?? 10,
    timeout: values.number('watchdog_timeout') ?? 60,
    action: values.text('watchdog_action'),
  };
}
