import type { LinkSnapshot, Snapshot } from '../../../backend/src/status/snapshot.ts';

const COUNTS = {
  rx_packets: 10,
  tx_packets: 5,
  rx_errors: 0,
  tx_errors: 0,
  rx_dropped: 0,
  tx_dropped: 0,
};

/** A link that is up and in the bond. */
export function sampleLink(name: string, changes: Partial<LinkSnapshot> = {}): LinkSnapshot {
  return {
    name,
    interface: 'wan',
    l3_device: 'eth1',
    tunnel: 'tap0',
    enabled: true,
    up: true,
    state: 'up',
    since: 60,
    server: '203.0.113.7',
    local_address: '192.0.2.14',
    gateway: '192.0.2.1',
    routing_table: 20100,
    slave: true,
    share: { rx: 0.5, tx: 0.5 },
    weight: { rx: 0.5, tx: 0.5 },
    delay: 0,
    latency: 20,
    jitter: null,
    packetloss: 0,
    rx_bytes: 1000,
    tx_bytes: 500,
    rx_rate: 8000,
    tx_rate: 4000,
    ...COUNTS,
    heartbeat: null,
    openvpn: null,
    problem: null,
    ...changes,
  };
}

/** A router whose links are all up. */
export function sampleSnapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    version: '0.1.0',
    time: 1_800_000_000,
    role: 'router',
    state: 'up',
    since: 60,
    driver: 'bond-tap',
    bond: {
      ifname: 'bond0',
      up: true,
      uptime: 60,
      mode: 'balance-rr',
      mtu: 1400,
      address: '10.0.0.2',
      peer: '10.0.0.1',
      rx_bytes: 2000,
      tx_bytes: 1000,
      rx_rate: 16000,
      tx_rate: 8000,
      ...COUNTS,
      miimon: 100,
      slaves: [],
    },
    links: [sampleLink('link0'), sampleLink('link1', { interface: 'lte', tunnel: 'tap1' })],
    forwards: [],
    watchdog: {
      enabled: false,
      targets: [],
      period: 1,
      timeout: 10,
      last_reply: null,
      fired: 0,
    },
    problems: [],
    socket: null,
    ...changes,
  };
}

export const SAMPLE_PROBLEM: Snapshot['problems'][number] = {
  code: 'ubus-absent',
  severity: 'warning',
  subject: "link 'link1'",
  text: 'nothing is heard from the other end',
  fix: 'look at the modem',
};
