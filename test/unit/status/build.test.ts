import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { problem } from '../../../backend/src/errors.ts';
import type { Actual, Device } from '../../../backend/src/facts/actual.ts';
import type { Qdisc } from '../../../backend/src/facts/qdiscs.ts';
import { NO_FIGURES } from '../../../backend/src/monitor/latency.ts';
import type { LinkEvent, LinkPhase, Links } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { ownOf } from '../../../backend/src/plan/numbers.ts';
import {
  bondState,
  buildSnapshot,
  linkProblem,
  type SnapshotInput,
} from '../../../backend/src/status/build.ts';
import { newBond } from '../../fakes/bond.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';

let config: Config;

beforeEach(() => {
  config = configOf(2);
});

/** The links of `config` in these phases, as events would bring them there. */
function inPhases(...phases: LinkPhase[]): Links {
  config.links.forEach((link, index) => {
    link.enabled = phases[index] !== 'disabled';
  });
  const wans = new Map([...wansOf(8)].filter((_, index) => phases[index] !== 'waiting'));
  let links = step(new Map(), { type: 'config', config, running: true }, 0);
  links = step(links, { type: 'wans', config, wans }, 0);
  phases.forEach((phase, index) => {
    for (const event of eventsTo(phase, `link${index}`)) links = step(links, event, 0);
  });
  expect([...links.values()].map((link) => link.phase)).toEqual(phases);
  return links;
}

function eventsTo(phase: LinkPhase, link: string): LinkEvent[] {
  const connected: LinkEvent = { type: 'log', link, event: { kind: 'connected' } };
  switch (phase) {
    case 'up':
      return [connected];
    case 'down':
      return [connected, { type: 'exited', link }];
    case 'parked':
      return [{ type: 'user', link, action: 'down' }];
    default:
      return [];
  }
}

function inputOf(changes: Partial<SnapshotInput> = {}): SnapshotInput {
  const links = changes.links ?? inPhases('up', 'connecting');
  return {
    time: 1_800_000_000,
    version: '1.2.3',
    config,
    running: true,
    links,
    wans: wansOf(2),
    actual: actualOf(),
    abilities: ABLE,
    carrier: new Set(['bond0', 'tap0']),
    before: null,
    after: null,
    problems: [],
    stateSince: 0,
    carrying: true,
    traceOf: () => null,
    figuresOf: () => NO_FIGURES,
    upSince: null,
    watchdog: { lastReply: null, fired: 0 },
    now: 12_345,
    ...changes,
  };
}

function deviceOf(ifname: string, changes: Partial<Device> = {}): Device {
  return {
    ifname,
    kind: 'tap',
    up: true,
    carrier: true,
    mtu: 1426,
    master: 'bond0',
    alias: null,
    addresses: [],
    gsoMaxSegs: 1,
    bond: null,
    ...changes,
  };
}

function actualOf(): Actual {
  const bond = {
    kind: 'bond',
    master: null,
    mtu: 1400,
    bond: newBond(['mode', 'balance-xor', 'miimon', '1']),
  };
  const devices = [deviceOf('bond0', bond), deviceOf('tap0'), deviceOf('tap1')];
  return {
    own: ownOf(0),
    devices: new Map(devices.map((device) => [device.ifname, device])),
    rules: [],
    routes: [],
    neighbours: [],
    nft: null,
    copies: null,
    spread: null,
    qdiscs: new Map(),
    tunnels: new Map(),
    sysctls: { now: new Map(), saved: new Map() },
  };
}

describe('the state of the bond', () => {
  it.each<[LinkPhase[], boolean, string]>([
    [['connecting', 'connecting'], false, 'starting'],
    [['waiting', 'waiting'], false, 'starting'],
    [['waiting', 'connecting'], false, 'starting'],
    [['up', 'connecting'], true, 'degraded'],
    [['up', 'waiting'], true, 'degraded'],
    [['up', 'parked'], true, 'degraded'],
    [['up', 'down'], true, 'degraded'],
    [['up', 'up'], true, 'up'],
    [['up', 'disabled'], true, 'up'],
    [['down', 'down'], true, 'down'],
    [['down', 'waiting'], true, 'down'],
    [['down', 'down'], false, 'fallback'],
    [['down', 'connecting'], false, 'fallback'],
    [['parked', 'parked'], false, 'fallback'],
  ])('with links %j (carrying: %s) is %s', (phases, carrying, state) => {
    const links = inPhases(...phases);
    expect(bondState({ running: true, config, links, carrying, abilities: ABLE })).toBe(state);
  });

  it('is never fallback on a server: its own traffic does not go through the bond', () => {
    config = configOf(2, 'server');
    const links = inPhases('down', 'down');
    expect(bondState({ running: true, config, links, carrying: false, abilities: ABLE })).toBe(
      'down',
    );
  });

  it('is not up where there is no bonding driver: the tunnels alone carry nothing', () => {
    const abilities = { ...ABLE, bonding: false };
    const links = inPhases('up', 'connecting');
    expect(bondState({ running: true, config, links, carrying: false, abilities })).toBe(
      'fallback',
    );
    expect(bondState({ running: true, config, links, carrying: true, abilities })).toBe('down');
  });

  it('is stopped after stop, and by option enabled', () => {
    const links = inPhases('up', 'up');
    expect(bondState({ running: false, config, links, carrying: true, abilities: ABLE })).toBe(
      'stopped',
    );
    config.enabled = false;
    expect(bondState({ running: true, config, links, carrying: true, abilities: ABLE })).toBe(
      'stopped',
    );
  });
});

const COUNTERS =
  'rx_bytes tx_bytes rx_rate tx_rate rx_packets tx_packets rx_errors tx_errors rx_dropped tx_dropped';

describe('the snapshot', () => {
  it('has exactly the promised fields', () => {
    const shown = buildSnapshot(inputOf());
    const keys = (value: object) => Object.keys(value).sort();
    const sorted = (text: string) => text.split(' ').sort();
    expect(keys(shown)).toEqual(
      sorted('version time role state since driver bond links forwards watchdog problems socket'),
    );
    expect(keys(shown.bond)).toEqual(
      sorted(`ifname up mode mtu address peer uptime miimon slaves ${COUNTERS}`),
    );
    for (const link of shown.links) {
      expect(keys(link)).toEqual(
        sorted(
          'name interface l3_device tunnel enabled up state since server local_address gateway ' +
            `routing_table slave share weight delay latency jitter packetloss heartbeat openvpn problem ${COUNTERS}`,
        ),
      );
      expect(keys(link.share)).toEqual(['rx', 'tx']);
    }
    expect(keys(shown.watchdog)).toEqual(sorted('enabled targets period timeout last_reply fired'));
  });

  it('shows how long a link’s packets are held back, as it is in the kernel', () => {
    const delayWith = (qdisc: Partial<Qdisc>): number | undefined => {
      const rest = { device: 'tap0', rate: 0, delay: 12_500, leaf: null, target: 0 };
      const standing: Qdisc = { ...rest, kind: 'netem', handle: '7000', ...qdisc };
      const actual = { ...actualOf(), qdiscs: new Map([['tap0', standing]]) };
      return buildSnapshot(inputOf({ actual })).links[0]?.delay;
    };
    expect(delayWith({})).toBe(12.5);
    expect(delayWith({ handle: '1' })).toBe(0);
    expect(buildSnapshot(inputOf()).links[0]?.delay).toBe(0);
  });

  it('shows forwards with what they had, also those whose rules are not there', () => {
    const web = { name: 'web', enabled: true, proto: 'tcp' as const, address: '192.168.1.2' };
    config.forwards = [
      { ...web, first: 80, last: 80, port: 8080 },
      { ...web, name: 'games', proto: 'tcpudp', first: 8000, last: 8010, port: null },
      { ...web, name: 'off', enabled: false, first: 81, last: 81, port: null },
    ];
    const counters = new Map([['forward web tcp', 41]]);
    const shown = (nft: Actual['nft']) => {
      const { actual } = inputOf();
      return buildSnapshot(inputOf({ actual: actual && { ...actual, nft } })).forwards;
    };
    const forwards = shown({ digest: null, rules: 3, counters });
    expect(forwards[0]).toEqual({
      ...{ name: 'web', proto: 'tcp', port: '80', dest_ip: '192.168.1.2', dest_port: '8080' },
      ...{ enabled: true, active: true, connections: 41 },
    });
    expect(forwards[1]).toMatchObject({ port: '8000-8010', dest_port: '8000-8010', active: false });
    expect(forwards[2]).toMatchObject({ dest_port: '81', enabled: false, active: false });
    expect(shown(null)[0]).toMatchObject({ active: false, connections: 0 });
  });

  it('does not show the command line of the watchdog', () => {
    config.bond.watchdog.action = ['mail', '-s', 'secret'];
    expect(JSON.stringify(buildSnapshot(inputOf()))).not.toContain('secret');
  });

  it('says since when traffic is carried, and what the lines measure', () => {
    const measured = { latency: 20.5, jitter: 1.2, packetloss: 3.3 };
    const figuresOf = (link: string) => (link === 'link1' ? measured : NO_FIGURES);
    const shown = buildSnapshot(inputOf({ upSince: 2_000, figuresOf }));
    expect(shown.bond.uptime).toBe(10);
    expect(shown.links[0]).toMatchObject(NO_FIGURES);
    expect(shown.links[1]).toMatchObject(measured);
    expect(buildSnapshot(inputOf()).bond.uptime).toBeNull();
  });

  it('shows the bond as it is, not as it should be', () => {
    expect(buildSnapshot(inputOf()).bond).toMatchObject({
      ifname: 'bond0',
      up: true,
      mode: 'balance-xor',
      mtu: 1400,
      address: '10.0.0.2/24',
      peer: '10.0.0.1',
    });
    const empty: Actual = { ...actualOf(), devices: new Map() };
    const none = buildSnapshot(inputOf({ actual: empty }));
    expect(none.driver).toBeNull();
    expect(none.bond).toMatchObject({ up: false, mode: 'balance-rr', mtu: 1426 });
    expect(none.links.map(({ slave }) => slave)).toEqual([false, false]);
    expect(buildSnapshot(inputOf({ actual: null })).driver).toBeNull();
  });

  it.each([
    ['tap', 'balance-rr', 'bond-tap'],
    ['tun', 'balance-rr', 'bond-tun'],
    ['tap', 'active-backup', 'active-backup'],
  ] as const)('names the driver of %s in mode %s %s', (deviceType, mode, driver) => {
    Object.assign(config.bond, { deviceType, mode });
    expect(buildSnapshot(inputOf()).driver).toBe(driver);
  });

  it('calls a tunnel a slave while it is enslaved to our bond and has carrier', () => {
    const both = buildSnapshot(inputOf({ carrier: new Set(['bond0', 'tap0', 'tap1']) }));
    expect(both.links.map(({ slave }) => slave)).toEqual([true, true]);
    expect(buildSnapshot(inputOf()).links.map(({ slave }) => slave)).toEqual([true, false]);
    const actual = actualOf();
    const devices = new Map(actual.devices).set('tap0', deviceOf('tap0', { master: 'br0' }));
    const foreign = buildSnapshot(inputOf({ actual: { ...actual, devices } }));
    expect(foreign.links[0]?.slave).toBe(false);
  });

  it('tells of each link where it leaves, and for how long it is in its state, in seconds', () => {
    const [first, second] = buildSnapshot(inputOf()).links;
    expect(first).toMatchObject({
      name: 'link0',
      interface: 'wan0',
      l3_device: 'eth0',
      local_address: '10.1.0.2',
      gateway: '10.1.0.1',
      server: '198.51.100.1',
      routing_table: 20_101,
      up: true,
      state: 'up',
      since: 12,
      latency: null,
    });
    expect(second).toMatchObject({ up: false, state: 'connecting' });
    expect(buildSnapshot(inputOf()).since).toBe(12);
    const gone = buildSnapshot(inputOf({ wans: new Map() })).links[0];
    expect(gone).toMatchObject({ l3_device: null, local_address: null, gateway: null });
  });

  it('tells on a server who is at the other end, once seen', () => {
    config = configOf(1, 'server');
    let links = inPhases('connecting');
    expect(buildSnapshot(inputOf({ links })).links[0]).toMatchObject({
      server: null,
      interface: null,
    });
    const event = { kind: 'peer-connected', cn: 'x', address: '203.0.113.9:4000' } as const;
    links = step(links, { type: 'log', link: 'link0', event }, 0);
    expect(buildSnapshot(inputOf({ links })).links[0]?.server).toBe('203.0.113.9:4000');
  });

  it('divides the traffic into shares that add up; none without traffic', () => {
    const sample = (time: number, tap0: number, tap1: number) => ({
      time,
      bytes: new Map([
        ['tap0', { rx: tap0, tx: 0 }],
        ['tap1', { rx: tap1, tx: 0 }],
      ]),
    });
    const shown = buildSnapshot(
      inputOf({ before: sample(0, 0, 0), after: sample(1_000, 2_000, 1_000) }),
    );
    expect(shown.links.map(({ share }) => share)).toEqual([
      { rx: 0.667, tx: 0 },
      { rx: 0.333, tx: 0 },
    ]);
    expect(shown.links.map(({ rx_rate }) => rx_rate)).toEqual([16_000, 8_000]);
    const idle = buildSnapshot(inputOf()).links.map(({ share }) => share);
    expect(idle).toEqual(Array(2).fill({ rx: 0, tx: 0 }));
  });

  it('shows a link that nothing is known of yet', () => {
    const shown = buildSnapshot(inputOf({ links: new Map() }));
    expect(shown.links[0]).toMatchObject({ state: 'disabled', up: false, since: 0, problem: null });
  });
});

describe('the problem of a link', () => {
  const problemOf = (links: Links, now = 0) => {
    const [link] = config.links;
    if (link === undefined) throw new Error('no link');
    return linkProblem(link, links.get('link0'), now);
  };

  it('is none while it is up, connecting or parked', () => {
    for (const phase of ['up', 'connecting', 'parked'] as const)
      expect(problemOf(inPhases(phase, 'up'))).toBeNull();
  });

  it('is its WAN while that is away', () => {
    expect(problemOf(inPhases('waiting', 'up'))).toEqual(
      problem('wan-down', "link 'link0'", { wan: 'wan0', reason: 'there is no such interface' }),
    );
  });

  it('is the silence of the server, with port and time', () => {
    const found = problemOf(inPhases('down', 'up'), 42_000);
    expect(found?.code).toBe('link-not-connecting');
    expect(found?.text).toContain('no answer from 198.51.100.1 for 42 s');
    expect(found?.fix).toContain('UDP port 1194');
  });

  it('is on a server the silence of the router, with our own port', () => {
    config = configOf(2, 'server');
    const found = problemOf(inPhases('down', 'up'));
    expect(found?.text).toContain('no answer from the router');
    expect(found?.fix).toContain('UDP port 1194');
  });

  it('is first of all what OpenVPN complains of', () => {
    const event = { kind: 'options-error', text: 'unknown option' } as const;
    const links = step(inPhases('down', 'up'), { type: 'log', link: 'link0', event }, 0);
    expect(problemOf(links)?.code).toBe('openvpn-options');
  });
});
