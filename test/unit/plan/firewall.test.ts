import { beforeEach, describe, expect, it } from 'vitest';
import type { Config, ForwardConfig } from '../../../backend/src/config/types.ts';
import type { Actual } from '../../../backend/src/facts/actual.ts';
import { readActual } from '../../../backend/src/facts/actual.ts';
import { planFirewall } from '../../../backend/src/plan/firewall.ts';
import { connectionsOf } from '../../../backend/src/plan/forwards.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

const PUBLIC = '203.0.113.5';
const WEB: ForwardConfig = {
  name: 'web',
  enabled: true,
  proto: 'tcp',
  first: 80,
  last: 80,
  address: '192.168.1.2',
  port: 8080,
};
const GAMES: ForwardConfig = {
  ...WEB,
  name: 'games',
  proto: 'tcpudp',
  first: 8000,
  last: 8010,
  port: null,
};

let server: Config;
let router: Config;

beforeEach(() => {
  server = configOf(2, 'server');
  router = configOf(2);
});

/** A machine whose device `ifname` has this address, with these counts in our table. */
function machine(ifname: string, address: string, counts: [string, number][] = []): Actual {
  const addr = [{ ifname, addr_info: [{ family: 'inet', local: address, prefixlen: 24 }] }];
  const actual = fakeKernel().actual();
  const { devices } = readActual({ ...RAW, addr });
  const nft = { digest: null, rules: 0, counters: new Map(counts) };
  return { ...actual, devices, nft: counts.length > 0 ? nft : null };
}

const RAW = {
  addr: [],
  rule: [],
  route: [],
  nft: null,
  interfaces: null,
  tunnels: [],
  sysctls: null,
  abilities: {
    openvpn: null,
    bonding: true,
    tun: true,
    trial: null,
    driverLoad: 1,
    forwarding: true,
    nft: true,
  },
};

/** The rules of one chain. */
function chain({ text }: { text: string }, name: string): string[] {
  const found = new RegExp(`  chain ${name} \\{\n(.*?)\n  \\}`, 's').exec(text)?.[1] ?? '';
  return found
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

describe('a server’s table', () => {
  it('counts as many rules as it has lines', () => {
    server.forwards = [WEB, GAMES, { ...WEB, name: 'off', enabled: false }];
    server.bond.publicAddress = PUBLIC;
    const planned = planFirewall(server, machine('eth0', PUBLIC), ['meta mark set 1']);
    const lines = planned.text.split('\n').filter((line) => /^ {4}(?!type )/.test(line));
    expect(planned.rules).toBe(lines.length);
    expect(lines.filter((line) => line.includes('forward off'))).toEqual([]);
  });

  it('translates to the public address where that is, and elsewhere to the device’s own', () => {
    server.bond.publicAddress = PUBLIC;
    const leaving = 'ip saddr { 10.0.0.0/24, 192.168.1.0/24 } ip daddr != 10.0.0.0/24';
    const other = `${leaving} oifname != "bond0" masquerade`;
    expect(chain(planFirewall(server, machine('eth0', PUBLIC)), 'postrouting')).toEqual([
      `${leaving} oifname "eth0" snat ip to ${PUBLIC}`,
      other,
    ]);
    expect(chain(planFirewall(server, machine('lo', PUBLIC)), 'postrouting')[0]).toBe(
      `${leaving} oifname != "bond0" snat ip to ${PUBLIC}`,
    );
    expect(chain(planFirewall(server, machine('eth0', '203.0.113.50')), 'postrouting')).toEqual([
      other,
    ]);
    server.bond.publicAddress = 'bond.example.net';
    expect(chain(planFirewall(server, machine('eth0', PUBLIC)), 'postrouting')).toEqual([other]);
  });

  it('lets nothing into the bond from where the Internet is, but answers and what is forwarded', () => {
    const of = (device: string, metric: number, table = 'main') => {
      const where = { type: 'unicast', dst: 'default', table, device, gateway: '203.0.113.1' };
      return { ...where, metric, protocol: null };
    };
    const routes = [of('eth9', 0, '100'), of('eth1', 200), of('eth0', 100), of('bond0', 0)];
    const closed = (found: Actual['routes'], config = server) =>
      chain(planFirewall(config, { ...machine('eth0', PUBLIC), routes: found }), 'forward').slice(
        3,
      );
    expect(closed(routes)).toEqual([
      'iifname "eth0" oifname "bond0" ct state new ct status ! dnat counter drop',
    ]);
    expect(closed([])).toEqual([]);
    expect(closed(routes, router)).toEqual([]);
  });

  it('translates nothing without nat, but still forwards', () => {
    server.bond.nat = false;
    server.forwards = [WEB];
    const planned = planFirewall(server, machine('eth0', PUBLIC));
    expect(planned.text).not.toContain('masquerade');
    expect(chain(planned, 'forwards')).toHaveLength(1);
  });

  it('forwards at the public address alone, or at any but for what comes from the bond', () => {
    server.forwards = [WEB, GAMES];
    server.bond.publicAddress = PUBLIC;
    const named = planFirewall(server, machine('eth0', PUBLIC));
    const at = `ip daddr ${PUBLIC}`;
    expect(chain(named, 'forwards')).toEqual([
      `${at} tcp dport 80 counter dnat ip to 192.168.1.2:8080 comment "forward web tcp"`,
      `${at} tcp dport 8000-8010 counter dnat ip to 192.168.1.2 comment "forward games tcp"`,
      `${at} udp dport 8000-8010 counter dnat ip to 192.168.1.2 comment "forward games udp"`,
    ]);
    expect(chain(named, 'postrouting')[0]).toContain('oifname "bond0" ct status dnat');
    const any = planFirewall(server, machine('eth0', '10.9.9.9'));
    for (const rule of chain(any, 'forwards'))
      expect(rule).toMatch(/^iifname != "bond0" meta nfproto ipv4 fib daddr type local /);
    expect(any.text).not.toContain('ct status dnat');
  });

  it('lets out of the bond what may be there, in a set without overlaps', () => {
    server.bond.lan = ['192.168.0.0/16', '192.168.1.0/24', '10.0.0.0/24', '192.168.0.0/16'];
    expect(chain(planFirewall(server, machine('eth0', PUBLIC)), 'spoofed')).toEqual([
      'iifname "bond0" ip saddr != { 10.0.0.0/24, 192.168.0.0/16 } counter drop',
    ]);
  });
});

describe('the counters', () => {
  const counts: [string, number][] = [
    ['forward web tcp', 41],
    ['forward games udp', 2],
  ];

  it('go over into the next table, and do not make one necessary', () => {
    server.forwards = [WEB, GAMES];
    const fresh = planFirewall(server, machine('eth0', PUBLIC));
    const later = planFirewall(server, machine('eth0', PUBLIC, counts));
    expect({ ...later, text: '' }).toEqual({ ...fresh, text: '' });
    expect(
      chain(later, 'forwards').map((rule) => /counter (packets \d+)?/.exec(rule)?.[1]),
    ).toEqual(['packets 41', undefined, 'packets 2']);
  });

  it('are the connections of a forward, of both protocols together', () => {
    const counters = new Map([...counts, ['forward games tcp', 5] as const]);
    expect(connectionsOf(WEB, counters)).toBe(41);
    expect(connectionsOf(GAMES, counters)).toBe(7);
    expect(connectionsOf(GAMES, new Map(counts))).toBeNull();
    expect(connectionsOf(WEB, undefined)).toBeNull();
  });
});

describe('the digest', () => {
  const changes: [string, (config: Config) => void][] = [
    [
      'a forward more',
      (config) => config.forwards.push({ ...GAMES, name: 'b', first: 1, last: 2 }),
    ],
    ['another host', (config) => Object.assign(config.forwards[0] ?? {}, { address: '10.0.0.2' })],
    ['another port there', (config) => Object.assign(config.forwards[0] ?? {}, { port: 81 })],
    ['one switched off', (config) => Object.assign(config.forwards[0] ?? {}, { enabled: false })],
    ['another network', (config) => config.bond.lan.push('192.168.2.0/24')],
    ['a public address', (config) => Object.assign(config.bond, { publicAddress: PUBLIC })],
  ];

  it.each(changes)('is another with %s', (_, change) => {
    server.forwards = [{ ...WEB }];
    const actual = machine('eth0', PUBLIC);
    const before = planFirewall(server, actual);
    change(server);
    expect(planFirewall(server, actual).digest).not.toBe(before.digest);
  });
});

describe('a router’s table', () => {
  it('leaves the addresses of networks that the server knows', () => {
    const plain = planFirewall(router, machine('eth0', PUBLIC));
    expect(plain.text).not.toContain('untranslated');
    router.bond.lan = ['192.168.1.0/24', '192.168.2.0/24'];
    const planned = planFirewall(router, machine('eth0', PUBLIC));
    expect(chain(planned, 'untranslated')).toEqual([
      'oifname "bond0" ip saddr { 192.168.1.0/24, 192.168.2.0/24 } snat ip to ip saddr',
    ]);
    expect(planned.rules).toBe(plain.rules + 1);
  });

  it('forwards and drops nothing, and is not asked for a public address', () => {
    router.bond.publicAddress = PUBLIC;
    const { text } = planFirewall(router, machine('eth0', PUBLIC));
    expect(text).not.toMatch(/dnat|spoofed|masquerade|203/);
  });
});

describe('what the daemons say to each other', () => {
  it('comes and goes by the bond alone, and nobody reaches the peer through us', () => {
    const planned = planFirewall(router, fakeKernel().actual());
    expect(chain(planned, 'heard')).toEqual([
      'iifname != "bond0" ip daddr 10.0.0.2 udp dport 20289 drop',
    ]);
    expect(chain(planned, 'said')).toEqual([
      'oifname != "bond0" ip daddr 10.0.0.1 udp dport 20289 drop',
    ]);
    expect(chain(planned, 'forward').slice(1)).toEqual([
      'oifname "bond0" ip daddr 10.0.0.1 tcp dport 20290-20298 drop',
      'oifname "bond0" ip daddr 10.0.0.1 udp dport 20289 drop',
    ]);
  });

  it('goes ahead of what is queued, where there are heartbeats', () => {
    const beats = (config: Config) =>
      chain(planFirewall(config, fakeKernel().actual()), 'heartbeats');
    expect(beats(router)).toEqual([]);
    router.bond.heartbeatInterval = 100;
    server.bond.heartbeatInterval = 100;
    expect(beats(router)).toEqual(['udp dport 1258 ip dscp set cs6 meta priority set 0:7']);
    expect(beats(server)).toEqual(['udp sport 1258 ip dscp set cs6 meta priority set 0:7']);
    for (const link of router.links) link.heartbeatInterval = 0;
    expect(beats(router)).toEqual([]);
  });

  it('drops probes that came in pieces, before those are put together', () => {
    const planned = (config: Config) => planFirewall(config, fakeKernel().actual());
    const pieces = (config: Config) => chain(planned(config), 'pieces');
    expect(pieces(server)).toEqual([]);
    router.bond.heartbeatInterval = 100;
    server.bond.heartbeatInterval = 100;
    const first = 'iifname != "bond0" ip frag-off & 0x3fff != 0';
    expect(pieces(server)).toEqual([`${first} udp dport 1258 drop`]);
    expect(pieces(router)).toEqual([`${first} udp sport 1258 drop`]);
    expect(planned(server).text).toMatch(/chain pieces \{\n.* hook prerouting priority -450;/);
  });
});
