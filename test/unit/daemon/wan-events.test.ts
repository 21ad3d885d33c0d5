import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type RoundResult, round } from '../../../backend/src/daemon/round.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { configOf } from '../../fakes/config.ts';
import { type FakeWan, fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

let machine: Machine;
let config: Config;
let last: RoundResult | null;

beforeEach(() => {
  machine = fakeMachine(2);
  config = configOf(2);
  last = null;
});

async function go(running = true): Promise<RoundResult> {
  machine.ran.length = 0;
  const known = last?.links ?? new Map();
  const links = step(known, { type: 'config', config, running }, machine.now);
  const { abilities } = machine;
  const expected = last?.expected ?? new Set<string>();
  last = await round({ config, running, links, abilities, expected, files: FILES }, machine.rim);
  return last;
}

async function goUp(): Promise<void> {
  await go();
  for (const { name } of config.links) machine.says(name, { kind: 'connected' });
  await go();
  expect(phases()).toEqual(['up', 'up']);
}

function change(name: string, to: Partial<FakeWan>): void {
  const wan = machine.wans?.get(name);
  if (wan === undefined) throw new Error(`no ${name}`);
  Object.assign(wan, to);
}

const phases = () => [...(last?.links.values() ?? [])].map((link) => link.phase);
const pidOf = (link: string) => machine.kernel.actual().tunnels.get(link)?.pid;

/** Nothing that was done names the other link, its tunnel, its WAN or its table. */
function expectOthersUntouched(): void {
  expect(machine.ran.filter((line) => /link0|tap0|eth0|20101|10\.1\.0\./.test(line))).toEqual([]);
}

describe('what happens to a WAN', () => {
  it.each<[string, Partial<FakeWan>, boolean]>([
    ['another address', { address: '10.2.0.77' }, true],
    ['another network', { address: '10.9.0.2', gateway: '10.9.0.1' }, true],
    ['another gateway', { gateway: '10.2.0.254' }, false],
    ['another device', { device: 'eth7' }, false],
  ])('%s plans only its own link anew', async (_what, to, restarts) => {
    machine.kernel.plug('eth7');
    await goUp();
    const before = { own: pidOf('link1'), other: pidOf('link0') };
    change('wan1', to);
    const moved = await go();
    expect(moved).toMatchObject({ problems: [], settled: true });
    expect(machine.ran.length).toBeGreaterThan(0);
    expectOthersUntouched();
    expect(machine.ran.some((line) => line.includes('20102'))).toBe(true);
    expect(machine.ran.some((line) => line.startsWith('openvpn'))).toBe(restarts);
    expect(pidOf('link0')).toBe(before.other);
    expect(last?.links.get('link0')?.phase).toBe('up');
    await go();
    // Until it is connected the other one gets all packets.
    expect(machine.ran).toEqual(restarts ? ['nft -f -'] : []);
    await go();
    expect(machine.ran).toEqual([]);
  });

  it('a PPPoE line that reconnects comes back as soon as it is there', async () => {
    const ppp = { device: 'ppp0', mask: 32, address: '100.64.0.9', gateway: '100.64.0.1' };
    machine.kernel.plug('ppp0');
    change('wan1', ppp);
    await goUp();
    const other = pidOf('link0');

    machine.kernel.unplug('ppp0');
    change('wan1', { up: false });
    await go();
    expect(phases()).toEqual(['up', 'waiting']);
    expectOthersUntouched();
    expect(machine.kernel.actual().routes.some(({ table }) => table === '20102')).toBe(false);

    machine.kernel.plug('ppp0');
    change('wan1', { up: true, address: '100.64.0.33' });
    await go();
    expectOthersUntouched();
    expect(machine.ran).toContain(
      'ip rule add priority 20111 from 100.64.0.33 lookup 20102 protocol 157',
    );
    expect(machine.ran.some((line) => line.startsWith('openvpn --config link1.conf'))).toBe(true);
    expect(pidOf('link0')).toBe(other);
  });

  it('a WAN that is down at the start is waited for', async () => {
    change('wan1', { up: false });
    await go();
    expect(phases()).toEqual(['connecting', 'waiting']);
    machine.now += 3_600_000;
    await go();
    expect(machine.ran).toEqual([]);
    change('wan1', { up: true });
    await go();
    expect(machine.ran.at(-1)).toMatch(/^openvpn --config link1\.conf/);
  });
});

describe('two WANs with one address', () => {
  const SAME = { address: '192.168.8.100', gateway: '192.168.8.1' };

  beforeEach(() => {
    for (const device of ['eth0', 'eth1']) {
      machine.kernel.unplug(device);
      machine.kernel.plug(device);
    }
    for (const name of ['wan0', 'wan1']) change(name, SAME);
  });

  it('are told apart by marks, and stop gives all back', async () => {
    const found = machine.kernel.dump();
    await goUp();
    const { rules, sysctls, tunnels } = machine.kernel.actual();
    expect(rules.filter(({ fwmark }) => fwmark !== null)).toMatchObject([
      { priority: 20080, fwmark: '0xb0000000/0xff000000', table: '20101' },
      { priority: 20081, fwmark: '0xb1000000/0xff000000', table: '20102' },
    ]);
    expect(sysctls.now.get('eth1/rp_filter')).toBe('2');
    expect(tunnels.get('link1')?.config).toContain('\nmark -1325400064\nbind-dev eth1\n');
    await go();
    expect(machine.ran).toEqual([]);
    await go(false);
    expect(machine.kernel.dump()).toBe(found);
  });

  it('when one goes and comes, the tunnel of the other runs on', async () => {
    await goUp();
    const pid = pidOf('link0');
    machine.kernel.unplug('eth1');
    change('wan1', { up: false });
    await go();
    expect(machine.ran.filter((line) => /^(openvpn|kill).*link0/.test(line))).toEqual([]);
    expect(machine.kernel.actual().sysctls.saved.size).toBe(0);
    machine.kernel.plug('eth1');
    change('wan1', { up: true });
    await go();
    expect(pidOf('link0')).toBe(pid);
    expect(machine.ran.filter((line) => line.startsWith('kill'))).toEqual([]);
  });
});
