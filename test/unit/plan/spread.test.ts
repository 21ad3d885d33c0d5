import { describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import type { Abilities } from '../../../backend/src/facts/actual.ts';
import type { Links } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import type { Plan } from '../../../backend/src/plan/plan.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { diff, quickDiff } from '../../../backend/src/reconcile/diff.ts';
import { afterTurn } from '../../../backend/src/reconcile/quick.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { type FakeKernel, fakeKernel } from '../../fakes/kernel.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

/** What a machine is made of, as far as these tests change it. */
interface Machine {
  links?: number;
  config?: (config: Config) => void;
  abilities?: Partial<Abilities>;
  /** The kernel's; default one with nothing of ours. */
  kernel?: FakeKernel;
  /** Links that are not connected, and that are but whose heartbeats are gone. */
  lost?: string[];
  silent?: string[];
}

const STOCK: Partial<Abilities> = {
  egress: true,
  trial: { type: 'tun', mode: 'balance-rr', takes: 'active-backup' },
};

function tun(config: Config): void {
  config.bond.deviceType = 'tun';
}

function machine(links = 2): FakeKernel {
  const devices = Array.from({ length: links }, (_, at) => `eth${at}`);
  return fakeKernel({ devices });
}

function planFor({ links: count = 2, config: change, ...rest }: Machine): Plan {
  const { abilities, kernel = machine(count), lost = [], silent = [] } = rest;
  const config = configOf(count);
  change?.(config);
  const wans = wansOf(count);
  let links: Links = step(new Map(), { type: 'config', config, running: true }, 0);
  links = step(links, { type: 'wans', config, wans }, 0);
  for (const { name } of config.links) {
    if (lost.includes(name)) continue;
    links = step(links, { type: 'log', link: name, event: { kind: 'connected' } }, 0);
    links = step(links, { type: 'heartbeat', link: name, silent: silent.includes(name) }, 0);
  }
  const able = { ...ABLE, ...abilities };
  const actual = kernel.actual();
  return plan({
    config,
    wans,
    abilities: able,
    actual,
    links,
    carrying: true,
    files: FILES,
    now: 0,
  });
}

/** The devices of the map, in their order. */
function turnsOf({ desired }: Plan): string[] | null {
  if (desired.spread === null) return null;
  return [...desired.spread.text.matchAll(/\d : "([^"]+)"/g)].map(([, name = '']) => name);
}

function weights(...values: (number | null)[]): (config: Config) => void {
  return (config) => {
    for (const [at, link] of config.links.entries()) link.weight = values[at] ?? null;
  };
}

/** Carries out what leads to the plan, and gives its lines without those of tables. */
function carryOut(kernel: FakeKernel, { desired }: Plan): string[] {
  const commands = diff(desired, kernel.actual(), ABLE);
  for (const command of commands) kernel.run(command);
  return commands.map((command) => printCommand(command).split('\n')[0] ?? '');
}

describe('the chain at the egress', () => {
  it('gives each packet its device, once', () => {
    const { desired } = planFor({ config: weights(2, 1) });
    expect(desired.spread).toEqual({
      devices: ['tap0', 'tap1'],
      digest: expect.stringMatching(/^bonding [0-9a-f]{8}$/),
      text: [
        'table netdev bonding',
        'delete table netdev bonding',
        'table netdev bonding {',
        '  chain spread {',
        '    type filter hook egress devices = { "tap0", "tap1" } priority 0; policy accept;',
        `    meta mark & 0xff000000 != { 0xa0000000, 0xc0000000, 0xc1000000 } meta mark set meta mark & 0x00ffffff | 0xa0000000 fwd to numgen inc mod 3 map { 0 : "tap0", 1 : "tap1", 2 : "tap0" } comment "${desired.spread?.digest}"`,
        '  }',
        '}',
        '',
      ].join('\n'),
    });
  });

  it.each<[string, Machine, string[] | null]>([
    ['equal links in round robin', {}, null],
    ['equal links on a stock tun', { config: tun, abilities: STOCK }, ['tap0', 'tap1']],
    ['a lost link of two', { lost: ['link1'] }, ['tap0']],
    ['a silent link of two', { silent: ['link0'] }, ['tap1']],
    ['a lost link of three', { links: 3, lost: ['link1'] }, ['tap0', 'tap2']],
    ['no link at all', { lost: ['link0', 'link1'] }, null],
    [
      'no link at all on a stock tun',
      { config: tun, abilities: STOCK, lost: ['link0', 'link1'] },
      null,
    ],
    [
      'a link that is alone on a stock tun',
      { config: tun, abilities: STOCK, lost: ['link0'] },
      ['tap1'],
    ],
    ['weights without the hook', { config: weights(3, 1), abilities: { egress: false } }, null],
    ['weights without nft', { config: weights(3, 1), abilities: { nft: false } }, null],
  ])('with %s', (_what, input, expected) => {
    expect(turnsOf(planFor(input))).toEqual(expected);
  });

  it('is not there in modes that have their own idea', () => {
    const mode = (config: Config): void => {
      weights(3, 1)(config);
      config.bond.mode = 'balance-xor';
    };
    expect(turnsOf(planFor({ config: mode }))).toBeNull();
  });

  it('lets ARP pass that asks through each slave', () => {
    const config = (each: Config): void => {
      weights(3, 1)(each);
      Object.assign(each.bond, { arpInterval: 500, arpTargets: ['10.0.0.1'] });
    };
    expect(planFor({ config }).desired.spread?.text).toContain('\n    meta protocol arp accept\n');
  });

  it('is missed only where shares differ', () => {
    const codes = (input: Machine): string[] =>
      planFor({ ...input, abilities: { egress: false } }).problems.map(({ code }) => code);
    expect(codes({})).toEqual([]);
    expect(codes({ lost: ['link1'] })).toEqual([]);
    expect(codes({ config: weights(3, 1) })).toEqual(['egress-missing']);
  });
});

describe('a link that is out', () => {
  it('leaves a bond of three only where no chain gives the turns', () => {
    const masters = (egress: boolean): (string | null)[] => {
      const { desired } = planFor({ links: 3, lost: ['link1'], abilities: { egress } });
      return desired.devices.map(({ master }) => master);
    };
    expect(masters(true)).toEqual(['bond0', 'bond0', 'bond0']);
    expect(masters(false)).toEqual(['bond0', null, 'bond0']);
  });

  it('loses its carrier while its tunnel stands, and has it back', () => {
    const kernel = machine();
    carryOut(kernel, planFor({ kernel }));
    const out = carryOut(kernel, planFor({ kernel, silent: ['link1'] }));
    expect(out).toEqual(['nft -f -', 'echo 0 > /sys/class/net/tap1/carrier']);
    expect(kernel.actual().devices.get('tap1')?.carrier).toBe(false);
    expect(carryOut(kernel, planFor({ kernel, silent: ['link1'] }))).toEqual([]);
    const back = carryOut(kernel, planFor({ kernel }));
    expect(back.sort()).toEqual([
      'echo 1 > /sys/class/net/tap1/carrier',
      'nft delete table netdev bonding',
    ]);
  });

  it('keeps its carrier with driver spread, which does not go by it', () => {
    const kernel = machine();
    const spread = { config: tun, abilities: STOCK, kernel };
    carryOut(kernel, planFor(spread));
    expect(carryOut(kernel, planFor({ ...spread, silent: ['link1'] }))).toEqual(['nft -f -']);
  });

  it('is given no carrier while its tunnel is not connected or starts anew', () => {
    const kernel = machine();
    const carriers = (input: Machine): string[] =>
      planFor({ ...input, kernel }).desired.devices.map(({ carrier }) => carrier);
    expect(carriers({})).toEqual(['free', 'free']);
    carryOut(kernel, planFor({ kernel }));
    expect(carriers({})).toEqual(['on', 'on']);
    expect(carriers({ lost: ['link1'] })).toEqual(['on', 'free']);
    const changed = (config: Config): void => {
      config.openvpn.options = [{ name: 'keepalive', value: '1 4' }];
    };
    expect(carriers({ config: changed })).toEqual(['free', 'free']);
  });
});

describe('the quick part of the difference', () => {
  it('is the chain and the carriers, and taken for done until the machine is read again', () => {
    const kernel = machine();
    carryOut(kernel, planFor({ kernel, config: weights(3, 1) }));
    const { desired } = planFor({ kernel, config: weights(3, 1), silent: ['link1'] });
    const actual = kernel.actual();
    const quick = quickDiff(desired, actual) ?? [];
    expect(quick).toEqual(diff(desired, actual, ABLE));
    expect(quick.map(({ kind }) => kind)).toEqual(['run', 'write']);
    expect(quickDiff(desired, quick.reduce(afterTurn, actual))).toEqual([]);
    for (const command of quick) kernel.run(command);
    expect(quickDiff(desired, kernel.actual())).toEqual([]);
  });

  it('is left to the whole where devices are missing', () => {
    expect(quickDiff(planFor({}).desired, machine().actual())).toBeNull();
  });
});

describe('the chain of a bond that changes', () => {
  it('is loaded anew when a device of it was made anew', () => {
    const kernel = machine();
    const input = { kernel, config: weights(3, 1) };
    carryOut(kernel, planFor(input));
    kernel.run({ kind: 'stop-tunnel', link: 'link1', pid: 1 });
    kernel.unplug('tap1');
    expect(carryOut(kernel, planFor(input))).toContain('nft -f -');
    expect(kernel.actual().spread?.devices).toEqual(['tap0', 'tap1']);
  });

  it('knows nothing of a device any more when that goes', () => {
    const kernel = machine(3);
    const input = { kernel, links: 3, config: weights(3, 1, 1) };
    carryOut(kernel, planFor(input));
    const fewer = (config: Config): void => {
      weights(3, 1, 1)(config);
      config.links.pop();
    };
    const lines = carryOut(kernel, planFor({ ...input, config: fewer }));
    expect(lines[0]).toBe('nft -f -');
    expect(lines).toContain('ip tuntap del dev tap2 mode tap');
    expect(kernel.actual().spread?.devices).toEqual(['tap0', 'tap1']);
  });

  it('goes before devices that are made anew, and with the bond', () => {
    const kernel = machine();
    carryOut(kernel, planFor({ kernel, config: weights(3, 1) }));
    const other = (config: Config): void => {
      weights(3, 1)(config);
      tun(config);
    };
    const lines = carryOut(kernel, planFor({ kernel, config: other }));
    expect(lines[0]).toBe('nft delete table netdev bonding');
    const made = lines.lastIndexOf('ip link set dev tap1 master bond0');
    expect(lines.indexOf('nft -f -')).toBeGreaterThan(made);
    const off = (config: Config): void => {
      config.enabled = false;
    };
    expect(carryOut(kernel, planFor({ kernel, config: off }))[0]).toBe(lines[0]);
    expect(kernel.actual().spread).toBeNull();
  });
});
