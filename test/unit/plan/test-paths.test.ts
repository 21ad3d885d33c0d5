import { beforeEach, describe, expect, it } from 'vitest';
import { type RoundInput, type RoundResult, round } from '../../../backend/src/daemon/round.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { planFirewall } from '../../../backend/src/plan/firewall.ts';
import { ownOf } from '../../../backend/src/plan/numbers.ts';
import { planTestPaths, type TestPaths } from '../../../backend/src/plan/test-paths.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };
const OWN = ownOf(0);
const MAC = '02:00:00:00:00:01';
const BOTH: TestPaths = {
  ports: new Map([
    ['link0', 20_291],
    ['link1', 20_292],
  ]),
  peerMac: MAC,
};

let machine: Machine;
let known: RoundResult | null;

beforeEach(() => {
  machine = fakeMachine(2);
  known = null;
});

async function go(changes: Partial<RoundInput> = {}): Promise<RoundResult> {
  machine.ran.length = 0;
  const config = configOf(2);
  const fresh = step(new Map(), { type: 'config', config, running: true }, machine.now);
  known = await round(
    {
      config,
      running: true,
      links: known?.links ?? fresh,
      abilities: machine.abilities,
      expected: known?.expected ?? new Set(),
      files: FILES,
      ...changes,
    },
    machine.rim,
  );
  return known;
}

describe('the paths of a test', () => {
  it('come and go with it, and nothing is left', async () => {
    await go();
    const before = machine.kernel.dump();
    expect(await go({ testing: BOTH })).toMatchObject({ settled: true, problems: [] });
    expect(machine.ran).toEqual([
      'nft -f -',
      `ip neigh replace 10.0.0.1 lladdr ${MAC} dev tap0 nud permanent protocol 157`,
      `ip neigh replace 10.0.0.1 lladdr ${MAC} dev tap1 nud permanent protocol 157`,
      'ip route replace prohibit 10.0.0.1 metric 1 table 20210 protocol 157',
      'ip route replace 10.0.0.1 dev tap0 table 20210 protocol 157',
      'ip route replace prohibit 10.0.0.1 metric 1 table 20211 protocol 157',
      'ip route replace 10.0.0.1 dev tap1 table 20211 protocol 157',
      'ip rule add priority 20010 from all fwmark 0xc0000000/0xff000000 lookup 20210 protocol 157',
      'ip rule add priority 20011 from all fwmark 0xc1000000/0xff000000 lookup 20211 protocol 157',
    ]);
    expect((await go({ testing: BOTH })).commands).toBe(0);
    await go();
    expect(machine.kernel.dump()).toBe(before);
  });

  it('are taken away by a daemon that knows nothing of the test', async () => {
    await go();
    const before = machine.kernel.dump();
    await go({ testing: BOTH });
    known = null;
    await go();
    expect(machine.kernel.dump()).toBe(before);
    expect(machine.ran.filter((line) => line.startsWith('ip neigh del'))).toHaveLength(2);
  });

  it('follow a new address of the peer’s bond', async () => {
    await go({ testing: BOTH });
    await go({ testing: { ...BOTH, peerMac: '02:00:00:00:00:02' } });
    expect(machine.ran).toHaveLength(2);
    expect(machine.ran[0]).toContain('neigh replace 10.0.0.1 lladdr 02:00:00:00:00:02 dev tap0');
  });

  it('go with the bond', async () => {
    await go({ testing: BOTH });
    await go({ testing: BOTH, running: false });
    const { rules, routes, neighbours, nft } = machine.kernel.actual();
    expect({ rules, routes, neighbours, nft }).toEqual({
      rules: [],
      routes: [],
      neighbours: [],
      nft: null,
    });
  });
});

describe('the plan of the paths', () => {
  const { bond, links } = configOf(2);
  const all = links.map((config) => ({ config }));
  const device = (ifname: string, master: string | null) => {
    const [kind, carrier] = ['tap', 'free'] as const;
    return { ifname, alias: '', kind, mtu: 1_426, master, carrier };
  };
  const slaves = [device('tap0', 'bond0'), device('tap1', 'bond0')];

  it('is nothing without a test', () => {
    const nothing = { rules: [], routes: [], neighbours: [], marks: [] };
    expect(planTestPaths(OWN, null, bond, all, slaves)).toEqual(nothing);
    expect(planTestPaths(OWN, { ...BOTH, ports: new Map() }, bond, all, slaves)).toEqual(nothing);
    expect(planTestPaths(OWN, { ...BOTH, ports: new Map([['x', 1]]) }, bond, all, slaves)).toEqual(
      nothing,
    );
  });

  it('marks what goes to the peer, by the port of either end', () => {
    const map = 'map { 20291 : 0xc0000000, 20292 : 0xc1000000 }';
    expect(planTestPaths(OWN, BOTH, bond, all, slaves).marks).toEqual([
      `ip daddr 10.0.0.1 meta mark set tcp dport ${map}`,
      `ip daddr 10.0.0.1 meta mark set tcp sport ${map}`,
    ]);
  });

  it('needs no neighbours on tun', () => {
    expect(planTestPaths(OWN, { ...BOTH, peerMac: null }, bond, all, slaves).neighbours).toEqual(
      [],
    );
  });

  it('leads nowhere while a device is no slave: no other line may carry it', () => {
    const { routes, neighbours } = planTestPaths(OWN, BOTH, bond, all, [
      device('tap0', null),
      device('tap1', 'bond0'),
    ]);
    expect(routes.filter(({ table }) => table === '20210').map(({ type }) => type)).toEqual([
      'prohibit',
    ]);
    expect(neighbours.map((entry) => entry.device)).toEqual(['tap1']);
  });
});

describe('the firewall', () => {
  const config = configOf(2, 'server');
  const actual = fakeKernel().actual();

  it('has the marks in a chain of their own, and none without', () => {
    const plain = planFirewall(config, actual);
    const testing = planFirewall(config, actual, ['ip daddr 1.2.3.4 counter']);
    expect(plain.text).not.toContain('output');
    expect(testing.text).toContain(
      [
        '  chain output {',
        '    type route hook output priority mangle + 1; policy accept;',
        '    ip daddr 1.2.3.4 counter',
        '  }',
      ].join('\n'),
    );
    expect(testing.digest).not.toBe(plain.digest);
    expect(testing.rules).toBe(plain.rules + 1);
  });

  it('lets nobody through to the peer’s test ports, and translates nothing that goes to the peer', () => {
    const { text } = planFirewall(config, actual);
    expect(text).toContain('oifname "bond0" ip daddr 10.0.0.2 tcp dport 20290-20298 drop');
    expect(text).toContain('} ip daddr != 10.0.0.0/24 oifname != "bond0" masquerade');
  });
});
