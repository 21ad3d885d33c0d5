import type { Config, LinkConfig, Role } from '../../backend/src/config/types.ts';
import type { Abilities } from '../../backend/src/facts/actual.ts';
import type { Wan, Wans } from '../../backend/src/facts/wans.ts';

/** A machine that has everything. */
export const ABLE: Abilities = {
  openvpn: '2.6.14',
  bonding: true,
  tun: true,
  trial: null,
  driverLoad: 1,
  forwarding: true,
  nft: true,
};

/** A good configuration with so many links; `wan0`, `tap0`, port 1194 and so on. */
export function configOf(links: number, role: Role = 'router'): Config {
  return {
    enabled: true,
    role,
    bond: {
      ifname: 'bond0',
      address: role === 'router' ? '10.0.0.2' : '10.0.0.1',
      prefix: 24,
      peer: role === 'router' ? '10.0.0.1' : '10.0.0.2',
      mode: 'balance-rr',
      miimon: 100,
      xmitHashPolicy: 'layer3+4',
      arpInterval: 0,
      arpTargets: [],
      mtu: 1426,
      deviceType: 'tap',
      defaultRoute: true,
      lan: role === 'server' ? ['192.168.1.0/24'] : [],
      publicAddress: null,
      nat: true,
      peerFingerprint: ['AA'],
      pingPeriod: 0,
      driver: 'auto',
      shares: 'auto',
      heartbeatInterval: 0,
      heartbeatPort: 1258,
      parking: true,
      shaping: 0,
      equalise: 'off',
      watchdog: { enabled: false, targets: [], period: 10, timeout: 60, action: null },
      page: { port: 0, interfaces: [] },
    },
    links: Array.from({ length: links }, (_, index) => linkOf(index, role)),
    openvpn: { options: [{ name: 'keepalive', value: '2 8' }] },
    forwards: [],
  };
}

/** Link number `index` of `configOf`. */
export function linkOf(index: number, role: Role = 'router'): LinkConfig {
  return {
    name: `link${index}`,
    index,
    enabled: true,
    interface: role === 'router' ? `wan${index}` : null,
    gateway: null,
    tunnel: `tap${index}`,
    localPort: role === 'router' ? 0 : 1194 + index,
    remotePort: role === 'router' ? 1194 + index : 0,
    server: role === 'router' ? '198.51.100.1' : null,
    routingTable: 20_101 + index,
    active: index === 0,
    weight: null,
    download: null,
    upload: null,
    heartbeatInterval: null,
    maxLoss: null,
    maxLatency: null,
    sendTwice: 'auto',
  };
}

/** WANs `wan0`… that are up. */
export function wansOf(count: number): Wans {
  return new Map(
    Array.from({ length: count }, (_, index): [string, Wan] => [`wan${index}`, wanOf(index)]),
  );
}

/** WAN number `index`, up. */
export function wanOf(index: number): Wan {
  return {
    interface: `wan${index}`,
    up: true,
    device: `eth${index}`,
    address: `10.${index + 1}.0.2`,
    prefix: 24,
    gateway: `10.${index + 1}.0.1`,
    reason: null,
  };
}
