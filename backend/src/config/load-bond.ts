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
import { readMonitoring, readPolicy } from './load-driver.ts';
import { readWatchdog } from './load-watchdog.ts';
import { DEFAULT_MTU } from './numbers.ts';
import { BOND_SECTION, DRIVERS, EQUALISE, MODES } from './schema-bond.ts';
import { complain, type Place, type Reader, readSection, type Values } from './section.ts';
import type { BondConfig, BondMode, DeviceType, PageConfig } from './types.ts';

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
  const text = values.text('mode');
  const mode = MODES.find((known): known is BondMode => known === text) ?? 'balance-rr';
  const driver = { mode, deviceType, peer: addresses.peer };
  return {
    enabled: values.flag('enabled'),
    bond: {
      ifname: values.text('ifname') ?? '',
      ...addresses,
      mode,
      miimon: values.number('miimon') ?? 100,
      xmitHashPolicy: readPolicy(reader, place, values, driver),
      ...readMonitoring(reader, place, values, driver),
      mtu: values.number('mtu') ?? DEFAULT_MTU[deviceType],
      deviceType,
      defaultRoute: values.flag('default_route'),
      lan: values.list('lan'),
      nat: values.flag('nat'),
      publicAddress: values.text('public_ipaddr'),
      peerFingerprint: values.list('peer_fingerprint'),
      ...readSharing(values),
      pingPeriod: reader.role === 'router' ? (values.number('ping_period') ?? 0) : 0,
      watchdog: readWatchdog(reader, place, values, addresses.peer),
      page: readPage(reader, values),
    },
  };
}

function readSharing(
  values: Values,
): Pick<
  BondConfig,
  'driver' | 'shares' | 'parking' | 'shaping' | 'equalise' | 'heartbeatInterval' | 'heartbeatPort'
> {
  const text = values.text('driver');
  const equalise = values.text('equalise');
  return {
    driver: DRIVERS.find((known) => known === text) ?? 'auto',
    shares: values.text('shares') === 'fixed' ? 'fixed' : 'auto',
    parking: values.flag('parking'),
    shaping: values.number('shaping') ?? 0,
    equalise: EQUALISE.find((known) => known === equalise) ?? 'off',
    heartbeatInterval: values.number('heartbeat_interval') ?? 0,
    // Where it is not given it follows from the links (load.ts).
    heartbeatPort: values.number('heartbeat_port') ?? 0,
  };
}

/** A server's page is reached through SSH (docs/page.md): it has no LAN to show it to. */
function readPage({ role }: Reader, values: Values): PageConfig {
  const port = role === 'router' ? (values.number('page_port') ?? 0) : 0;
  return { port, interfaces: port === 0 ? [] : values.list('page_interface') };
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
