import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { INSTANCE_LIMIT } from '../../../backend/src/facts/own.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import type { Desired } from '../../../backend/src/plan/desired.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { type FakeKernel, fakeKernel } from '../../fakes/kernel.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };
const MAC = '02:00:00:00:00:01';

/** What one instance is to do next: so many links, with or without a speed test; 0: stop. */
const turns = fc.record({
  instance: fc.integer({ min: 0, max: INSTANCE_LIMIT - 1 }),
  links: fc.integer({ min: 0, max: 4 }),
  testing: fc.boolean(),
  tun: fc.boolean(),
});
type Turn = typeof turns extends fc.Arbitrary<infer T> ? T : never;

/** As `server init` lays it out; the links have the same names with every instance. */
function configFor({ instance, links, tun }: Turn): Config {
  const config = configOf(links, 'server');
  Object.assign(config.bond, {
    ifname: `bond${instance}`,
    address: `10.80.${instance}.1`,
    peer: `10.80.${instance}.2`,
    prefix: 30,
    lan: [`192.168.${instance}.0/24`],
    deviceType: tun ? 'tun' : 'tap',
  });
  for (const link of config.links)
    Object.assign(link, {
      tunnel: `tap${8 * instance + link.index}`,
      localPort: 1194 + 8 * instance + link.index,
      // So that some have a chain at their slaves' egress.
      weight: tun ? link.index + 1 : null,
    });
  return config;
}

function desiredFor(turn: Turn, kernel: FakeKernel): Desired {
  if (turn.links === 0) return NOTHING;
  const config = configFor(turn);
  let links = step(new Map(), { type: 'config', config, running: true }, 0);
  for (const { name: link } of config.links)
    links = step(links, { type: 'log', link, event: { kind: 'connected' } }, 0);
  const ports = new Map(config.links.map(({ name, index }) => [name, 20_291 + index]));
  const { desired, problems } = plan({
    config,
    wans: wansOf(0),
    abilities: ABLE,
    actual: kernel.actual(turn.instance),
    links,
    carrying: true,
    files: FILES,
    testing: turn.testing ? { ports, peerMac: MAC } : null,
    now: 0,
  });
  expect(problems).toEqual([]);
  return desired;
}

/** Brings one instance where it wants to be; the commands that took. */
function take(turn: Turn, kernel: FakeKernel): string[] {
  const { instance } = turn;
  const desired = desiredFor(turn, kernel);
  const commands = diff(desired, kernel.actual(instance), ABLE);
  for (const command of commands) kernel.run(command, instance);
  expect(diff(desired, kernel.actual(instance), ABLE)).toEqual([]);
  return commands.map(printCommand);
}

/** All that is in the kernel and belongs to an instance, by its devices, numbers and names. */
function thingsOf(kernel: FakeKernel, instance: number): string {
  const actual = kernel.actual(instance);
  const { devices, rules, routes, neighbours, nft, copies, spread, tunnels, own } = actual;
  const mine = [...devices.values()].filter(
    ({ alias }) => alias === own.alias || alias?.startsWith(`${own.alias} `),
  );
  const by = ({ protocol }: { protocol: string | null }): boolean => protocol === own.protocol;
  return JSON.stringify([
    ...[mine, rules.filter(by), routes.filter(by), neighbours.filter(by)],
    ...[nft, copies, spread, [...tunnels]],
  ]);
}

const others = (instance: number): number[] =>
  Array.from({ length: INSTANCE_LIMIT }, (_, other) => other).filter((n) => n !== instance);

describe('several instances on one machine', () => {
  it('come, test, change and go without touching what is not their own', () => {
    fc.assert(
      fc.property(fc.array(turns, { minLength: 1, maxLength: 10 }), (steps) => {
        const kernel = fakeKernel({ devices: ['eth0'] });
        const found = kernel.dump();
        for (const turn of steps) {
          const before = others(turn.instance).map((other) => thingsOf(kernel, other));
          take(turn, kernel);
          expect(others(turn.instance).map((other) => thingsOf(kernel, other))).toEqual(before);
        }
        for (const instance of [...others(-1)].reverse())
          take({ instance, links: 0, testing: false, tun: false }, kernel);
        expect(kernel.dump()).toBe(found);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('instance %i has nothing to take down where instance %i runs, nor to build on', (one, two) => {
    const kernel = fakeKernel({ devices: ['eth0'] });
    take({ instance: two, links: 3, testing: true, tun: false }, kernel);
    expect(diff(NOTHING, kernel.actual(one), ABLE)).toEqual([]);
    const lines = take({ instance: one, links: 3, testing: true, tun: false }, kernel).join('\n');
    const { own } = kernel.actual(two);
    expect(lines).not.toMatch(new RegExp(`bond${two}\\b|protocol ${own.protocol}\\b`));
    expect(lines).not.toMatch(new RegExp(`\\b${own.alias}\\b|(inet|ip|netdev) ${own.nftTable}\\b`));
  });

  it('a bond or tunnel of another instance is taken, never adopted', () => {
    const kernel = fakeKernel({ devices: ['eth0'] });
    take({ instance: 1, links: 2, testing: false, tun: false }, kernel);
    const wanted = (change: (config: Config) => void, instance = 0) => {
      const config = configFor({ instance, links: 2, testing: false, tun: false });
      change(config);
      const links = step(new Map(), { type: 'config', config, running: true }, 0);
      const actual = kernel.actual(instance);
      return plan({
        ...{ config, wans: wansOf(0), abilities: ABLE, actual, links },
        ...{ carrying: true, files: FILES, now: 0 },
      });
    };
    const bond = wanted((config) => Object.assign(config.bond, { ifname: 'bond1' }));
    expect(bond.problems.map(({ code }) => code)).toEqual(['device-taken']);
    expect(diff(bond.desired, kernel.actual(0), ABLE)).toEqual([]);
    const tunnel = wanted((config) => Object.assign(config.links[0] ?? {}, { tunnel: 'tap8' }));
    expect(tunnel.problems.map(({ code, subject }) => [code, subject])).toEqual([
      ['device-taken', "link 'link0'"],
    ]);
    // While it is being made it has neither addresses nor is it up: only its alias tells.
    kernel.run({ kind: 'run', argv: ['ip', 'link', 'add', 'bond2', 'type', 'bond'], stdin: null });
    const name = (config: Config) => Object.assign(config.bond, { ifname: 'bond2' });
    expect(wanted(name).problems).toEqual([]);
    const alias = ['ip', 'link', 'set', 'dev', 'bond2', 'alias', 'bonding2'];
    kernel.run({ kind: 'run', argv: alias, stdin: null });
    expect(wanted(name).problems.map(({ code }) => code)).toEqual(['device-taken']);
    expect(wanted(name, 2).problems).toEqual([]);
  });
});
