import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import type { Abilities } from '../../../backend/src/facts/actual.ts';
import type { Shaper } from '../../../backend/src/facts/qdiscs.ts';
import type { Wans } from '../../../backend/src/facts/wans.ts';
import type { LinkState, Links } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import type { Desired } from '../../../backend/src/plan/desired.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

const FILES = {
  identity: { certificate: '/etc/bonding/bonding.crt', key: '/etc/bonding/bonding.key' },
};

/** One state of affairs: which links there are, which WANs are up, which tunnels are connected. */
const situations = fc.record({
  links: fc.integer({ min: 1, max: 4 }),
  server: fc.boolean(),
  sameAddress: fc.boolean(),
  running: fc.boolean(),
  tun: fc.boolean(),
  mode: fc.constantFrom('balance-rr', 'active-backup', 'balance-xor', '802.3ad'),
  /** How the driver is to watch its slaves: so often by carrier, or asking these by ARP. */
  watch: fc.constantFrom(
    [100, 0],
    [250, 0],
    [0, 500, '10.0.0.1'],
    [0, 500, '10.0.0.1', '10.0.0.9'],
  ),
  policy: fc.constantFrom('layer2', 'layer3+4'),
  mtu: fc.constantFrom(1400, 1426),
  address: fc.constantFrom('10.0.0.2', '10.0.0.7'),
  wans: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  connected: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  /** Connected, but out: its heartbeats say so. */
  silent: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  driver: fc.constantFrom('auto', 'spread', 'active-backup'),
  egress: fc.boolean(),
  weight: fc.constantFrom(null, null, 3),
  shaping: fc.constantFrom(0, 0, 95, 98),
  shaper: fc.constantFrom<(Shaper | null)[]>('cake', 'tbf', null),
  /** ms that link0 is held back; null: not decided. */
  delay: fc.constantFrom(null, 0, 13),
});
type Situation = typeof situations extends fc.Arbitrary<infer T> ? T : never;

function desiredOf(
  situation: Situation,
  actual: ReturnType<ReturnType<typeof fakeKernel>['actual']>,
): Desired {
  if (!situation.running) return NOTHING;
  const config = configOf(situation.links, situation.server ? 'server' : 'router');
  config.bond.mode = situation.mode as Config['bond']['mode'];
  const [miimon, arpInterval, ...arpTargets] = situation.watch;
  Object.assign(config.bond, { miimon, arpInterval, arpTargets });
  // As load() has it: the driver goes by carrier in the modes that take no ARP.
  if (situation.mode === '802.3ad' || situation.tun)
    Object.assign(config.bond, { miimon: 100, arpInterval: 0, arpTargets: [] });
  config.bond.xmitHashPolicy = situation.policy;
  config.bond.mtu = situation.mtu;
  config.bond.address = situation.address;
  config.bond.shaping = situation.shaping;
  config.bond.driver = situation.driver as Config['bond']['driver'];
  for (const link of config.links.slice(1)) link.weight = situation.weight;
  for (const link of config.links) Object.assign(link, { download: 2e7, upload: 5e6 });
  config.bond.deviceType = situation.tun ? 'tun' : 'tap';
  const wans: Wans = new Map(
    [...wansOf(4)].map(([name, wan], i) => [
      name,
      situation.wans[i]
        ? { ...wan, ...(situation.sameAddress && i > 0 ? { address: '192.168.8.100' } : {}) }
        : { ...wan, up: false, address: null, reason: 'it is down' },
    ]),
  );
  const { links } = linksOf(config, wans, situation);
  const carrying = [...links.values()].some((link) => link.phase === 'up');
  const abilities: Abilities = { ...ABLE, shaper: situation.shaper, egress: situation.egress };
  const { delay } = situation;
  const delays = delay === null ? null : new Map([['link0', delay]]);
  const known = { config, wans, abilities, actual, links, carrying, delays };
  return plan({ ...known, files: FILES, now: 0 }).desired;
}

function linksOf(config: Config, wans: Wans, situation: Situation): { links: Links } {
  let links = step(new Map(), { type: 'config', config, running: true }, 0);
  links = step(links, { type: 'wans', config, wans }, 0);
  config.links.forEach((link, i) => {
    const state: LinkState | undefined = links.get(link.name);
    if (situation.connected[i] && state?.phase === 'connecting')
      links = step(links, { type: 'log', link: link.name, event: { kind: 'connected' } }, 0);
    const silent = situation.silent[i] ?? false;
    links = step(links, { type: 'heartbeat', link: link.name, silent }, 0);
  });
  return { links };
}

describe('reconcile against a fake kernel', () => {
  it('reaches every situation from every other, and then has nothing left to do', () => {
    fc.assert(
      fc.property(fc.array(situations, { minLength: 1, maxLength: 6 }), (steps) => {
        const kernel = fakeKernel({
          devices: ['eth0', 'eth1', 'eth2', 'eth3'],
          sysctls: { 'eth1/rp_filter': '1', 'eth2/rp_filter': '0', 'all/rp_filter': '0' },
          rules: [
            {
              priority: 0,
              from: 'all',
              to: null,
              table: 'local',
              fwmark: null,
              suppressPrefixLength: null,
              protocol: 'kernel',
            },
            {
              priority: 1001,
              from: '10.9.9.9',
              to: null,
              table: '5',
              fwmark: null,
              suppressPrefixLength: null,
              protocol: null,
            },
          ],
          routes: [
            {
              type: 'unicast',
              dst: 'default',
              table: 'main',
              device: 'eth0',
              gateway: '10.1.0.1',
              metric: 0,
              protocol: null,
            },
          ],
        });
        const found = kernel.dump();
        for (const situation of steps) {
          // bonds of another kind of device: the devices are ours and may be made anew
          const desired = desiredOf(situation, kernel.actual());
          for (const command of diff(desired, kernel.actual(), ABLE)) kernel.run(command);
          expect(diff(desired, kernel.actual(), ABLE)).toEqual([]);
        }
        for (const command of diff(NOTHING, kernel.actual(), ABLE)) kernel.run(command);
        expect(kernel.dump()).toBe(found);
      }),
      { numRuns: 300 },
    );
  });
});
