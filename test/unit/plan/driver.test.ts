import { describe, expect, it } from 'vitest';
import type { BondConfig, BondMode, DeviceType } from '../../../backend/src/config/types.ts';
import type { Actual, Trial } from '../../../backend/src/facts/actual.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { chooseDriver, modesToTry, standingTrial } from '../../../backend/src/plan/driver.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { type FakeKernel, fakeKernel } from '../../fakes/kernel.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

function bondOf(deviceType: DeviceType, mode: BondMode): BondConfig {
  return { ...configOf(2).bond, deviceType, mode };
}

/** `driver in mode: codes`, as chosen after a trial that took `takes` (undefined: no trial). */
function chosen(deviceType: DeviceType, mode: BondMode, takes?: BondMode | null): string {
  const bond = bondOf(deviceType, mode);
  const trial = takes === undefined ? null : { type: deviceType, mode, takes };
  const choice = chooseDriver(bond, { trial });
  return `${choice.driver} ${choice.mode}: ${choice.problems.map(({ code }) => code).join(' ')}`;
}

describe('the driver', () => {
  it.each<[DeviceType, BondMode, BondMode | null | undefined, string]>([
    ['tun', 'balance-rr', 'balance-rr', 'bond-tun balance-rr: '],
    ['tun', 'balance-rr', 'active-backup', 'active-backup active-backup: driver-fallback'],
    ['tun', 'broadcast', 'active-backup', 'active-backup active-backup: driver-fallback'],
    ['tun', 'active-backup', 'active-backup', 'active-backup active-backup: '],
    ['tun', 'balance-rr', null, 'null balance-rr: driver-refused'],
    ['tun', '802.3ad', 'balance-rr', 'bond-tun balance-rr: mode-ethernet'],
    [
      'tun',
      'balance-alb',
      'active-backup',
      'active-backup active-backup: mode-ethernet driver-fallback',
    ],
    ['tap', '802.3ad', '802.3ad', 'bond-tap 802.3ad: '],
    ['tap', 'balance-rr', 'balance-rr', 'bond-tap balance-rr: '],
    ['tap', 'active-backup', 'active-backup', 'active-backup active-backup: '],
    ['tun', 'balance-xor', undefined, 'bond-tun balance-xor: '],
    ['tun', 'balance-tlb', undefined, 'bond-tun balance-rr: mode-ethernet'],
  ])('on %s in %s, where %s is taken: %s', (type, mode, takes, expected) => {
    expect(chosen(type, mode, takes)).toBe(expected);
  });

  it('does not trust a trial of another device or mode', () => {
    const trial: Trial = { type: 'tun', mode: 'balance-rr', takes: 'active-backup' };
    expect(chooseDriver(bondOf('tap', 'balance-rr'), { trial }).driver).toBe('bond-tap');
    expect(chooseDriver(bondOf('tun', 'balance-xor'), { trial }).driver).toBe('bond-tun');
  });

  it('says how to use all lines when it fell back', () => {
    const trial: Trial = { type: 'tun', mode: 'balance-rr', takes: 'active-backup' };
    const [found] = chooseDriver(bondOf('tun', 'balance-rr'), { trial }).problems;
    expect(found?.severity).toBe('warning');
    expect(found?.text).toMatch(/one tunnel at a time/);
    expect(found?.fix).toMatch(/dev_type 'tap' at both ends.*patched driver/);
  });

  it('is tried in the wanted mode, then in active-backup', () => {
    expect(modesToTry(bondOf('tun', 'broadcast'))).toEqual(['broadcast', 'active-backup']);
    expect(modesToTry(bondOf('tun', '802.3ad'))).toEqual(['balance-rr', 'active-backup']);
    expect(modesToTry(bondOf('tap', '802.3ad'))).toEqual(['802.3ad', 'active-backup']);
    expect(modesToTry(bondOf('tun', 'active-backup'))).toEqual(['active-backup']);
  });
});

/** The machine after a start with this trial. */
function started(
  kernel: FakeKernel,
  type: DeviceType,
  mode: BondMode,
  takes: BondMode,
): { actual: Actual; codes: string[] } {
  const config = configOf(2);
  Object.assign(config.bond, { deviceType: type, mode });
  const abilities = { ...ABLE, trial: { type, mode, takes } };
  const input = { config, wans: wansOf(2), abilities, links: new Map(), files: FILES, now: 0 };
  const links = new Map(
    config.links.map(({ name }) => [name, { phase: 'up', wanReason: null, complaint: null }]),
  ) as never;
  const planned = plan({ ...input, links, carrying: true, actual: kernel.actual() });
  for (const command of diff(planned.desired, kernel.actual(), abilities)) kernel.run(command);
  return { actual: kernel.actual(), codes: planned.problems.map(({ code }) => code) };
}

const devices = ['eth0', 'eth1'];

describe('on a stock driver', () => {
  it('a tun that fell back is enslaved in active-backup, and all slaves receive', () => {
    const kernel = fakeKernel({ devices, driver: 'stock' });
    const { actual, codes } = started(kernel, 'tun', 'balance-rr', 'active-backup');
    expect(codes).toEqual(['driver-fallback']);
    expect(actual.devices.get('bond0')?.bond).toMatchObject({
      mode: 'active-backup',
      allSlavesActive: true,
    });
    expect(actual.devices.get('tap1')).toMatchObject({ kind: 'tun', master: 'bond0' });
  });

  it('a tun is refused in balance-rr', () => {
    const kernel = fakeKernel({ devices, driver: 'stock' });
    expect(() => started(kernel, 'tun', 'balance-rr', 'balance-rr')).toThrow(/not supported/);
  });

  it('the bond is made anew when the patched driver has come', () => {
    const kernel = fakeKernel({ devices });
    started(kernel, 'tun', 'balance-rr', 'active-backup');
    const { actual } = started(kernel, 'tun', 'balance-rr', 'balance-rr');
    expect(actual.devices.get('bond0')?.bond).toMatchObject({
      mode: 'balance-rr',
      allSlavesActive: false,
    });
    expect(actual.devices.get('tap0')?.master).toBe('bond0');
  });
});

describe('a bond that stands', () => {
  const left = (type: DeviceType, mode: BondMode, takes: BondMode): Actual =>
    started(fakeKernel({ devices }), type, mode, takes).actual;

  it('tells what the driver takes', () => {
    const taken = standingTrial(bondOf('tun', 'broadcast'), left('tun', 'broadcast', 'broadcast'));
    expect(taken).toEqual({ type: 'tun', mode: 'broadcast', takes: 'broadcast' });
    const back = standingTrial(
      bondOf('tun', 'balance-rr'),
      left('tun', 'broadcast', 'active-backup'),
    );
    expect(back?.takes).toBe('active-backup');
  });

  it('tells nothing of another mode or type, without slaves, or when it is not ours', () => {
    const standing = left('tap', 'balance-rr', 'balance-rr');
    expect(standingTrial(bondOf('tap', 'balance-xor'), standing)).toBeNull();
    expect(standingTrial(bondOf('tun', 'balance-rr'), standing)).toBeNull();
    const backup = left('tap', 'active-backup', 'active-backup');
    expect(standingTrial(bondOf('tap', 'balance-rr'), backup)).toBeNull();
    const bond = standing.devices.get('bond0');
    if (bond === undefined) throw new Error('no bond');
    const alone = { ...standing, devices: new Map([['bond0', bond]]) };
    expect(standingTrial(bondOf('tap', 'balance-rr'), alone)).toBeNull();
    const foreign = new Map([...standing.devices, ['bond0', { ...bond, alias: null }]] as const);
    const theirs = { ...standing, devices: foreign };
    expect(standingTrial(bondOf('tap', 'balance-rr'), theirs)).toBeNull();
    expect(
      standingTrial(bondOf('tap', 'balance-rr'), { ...standing, devices: new Map() }),
    ).toBeNull();
  });
});

it('nothing is planned where the driver takes no such device at all', () => {
  const config = configOf(2);
  config.bond.deviceType = 'tun';
  const trial: Trial = { type: 'tun', mode: 'balance-rr', takes: null };
  const input = { config, wans: wansOf(2), links: new Map(), files: FILES, now: 0, carrying: true };
  const actual = fakeKernel({ devices }).actual();
  const planned = plan({ ...input, actual, abilities: { ...ABLE, trial } });
  expect(planned.desired).toEqual(NOTHING);
  expect(planned.problems.map(({ code }) => code)).toEqual(['driver-refused']);
});
