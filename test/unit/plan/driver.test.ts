import { describe, expect, it } from 'vitest';
import type {
  BondConfig,
  BondMode,
  DeviceType,
  DriverOption,
} from '../../../backend/src/config/types.ts';
import type { Actual, Trial } from '../../../backend/src/facts/actual.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import {
  chooseDriver,
  modesToTry,
  standingTrial,
  wantedMode,
} from '../../../backend/src/plan/driver.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { type FakeKernel, fakeKernel } from '../../fakes/kernel.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

function bondOf(deviceType: DeviceType, mode: BondMode): BondConfig {
  return { ...configOf(2).bond, deviceType, mode };
}

/** What is asked for, and what the trials found. */
interface Asked {
  driver?: DriverOption;
  /** undefined: no trial */
  takes?: BondMode | null | undefined;
  egress?: boolean;
}

/** `driver in mode: codes`, as chosen. */
function chosen(deviceType: DeviceType, mode: BondMode, asked: Asked = {}): string {
  const { driver = 'auto', takes, egress = null } = asked;
  const bond = { ...bondOf(deviceType, mode), driver };
  const trial = takes === undefined ? null : { type: deviceType, mode: wantedMode(bond), takes };
  const choice = chooseDriver(bond, { trial, egress });
  return `${choice.driver} ${choice.mode}: ${choice.problems.map(({ code }) => code).join(' ')}`;
}

describe('the driver', () => {
  it.each<[DeviceType, BondMode, BondMode | null | undefined, string]>([
    ['tun', 'balance-rr', 'balance-rr', 'bond-tun balance-rr: '],
    ['tun', 'balance-rr', 'active-backup', 'spread active-backup: '],
    ['tun', 'broadcast', 'active-backup', 'active-backup active-backup: driver-fallback'],
    ['tun', 'active-backup', 'active-backup', 'active-backup active-backup: '],
    ['tun', 'balance-rr', null, 'null balance-rr: driver-refused'],
    ['tun', '802.3ad', 'balance-rr', 'bond-tun balance-rr: mode-ethernet'],
    ['tun', 'balance-alb', 'active-backup', 'spread active-backup: mode-ethernet'],
    ['tap', '802.3ad', '802.3ad', 'bond-tap 802.3ad: '],
    ['tap', 'balance-rr', 'balance-rr', 'bond-tap balance-rr: '],
    ['tap', 'active-backup', 'active-backup', 'active-backup active-backup: '],
    ['tun', 'balance-xor', undefined, 'bond-tun balance-xor: '],
    ['tun', 'balance-tlb', undefined, 'bond-tun balance-rr: mode-ethernet'],
  ])('on %s in %s, where %s is taken: %s', (type, mode, takes, expected) => {
    expect(chosen(type, mode, { takes })).toBe(expected);
  });

  it.each<[DeviceType, BondMode, Asked, string]>([
    ['tun', 'balance-rr', { takes: 'active-backup' }, 'driver-fallback'],
    ['tun', 'balance-alb', { takes: 'active-backup' }, 'mode-ethernet driver-fallback'],
    ['tun', 'balance-rr', { driver: 'spread', takes: 'active-backup' }, 'egress-missing'],
    ['tun', 'balance-rr', { driver: 'bond-tun', takes: 'active-backup' }, 'driver-fallback'],
  ])('on %s in %s without the hook, asked %o: %s', (type, mode, asked, codes) => {
    const choice = chosen(type, mode, { ...asked, egress: false });
    expect(choice).toBe(`active-backup active-backup: ${codes}`);
  });

  it.each<[DriverOption, DeviceType, BondMode | undefined, string]>([
    ['spread', 'tun', 'active-backup', 'spread active-backup: '],
    ['spread', 'tun', undefined, 'spread active-backup: '],
    ['spread', 'tap', 'balance-rr', 'bond-tap balance-rr: driver-conflict'],
    ['bond-tun', 'tun', 'balance-rr', 'bond-tun balance-rr: '],
    ['bond-tun', 'tun', 'active-backup', 'spread active-backup: driver-unpatched'],
    ['bond-tun', 'tap', 'balance-rr', 'bond-tap balance-rr: driver-conflict'],
    ['bond-tap', 'tap', 'balance-rr', 'bond-tap balance-rr: '],
    ['bond-tap', 'tun', 'active-backup', 'spread active-backup: driver-conflict'],
    ['active-backup', 'tun', 'active-backup', 'active-backup active-backup: '],
    ['active-backup', 'tap', undefined, 'active-backup active-backup: '],
  ])('that is asked for as %s on %s, where %s is taken: %s', (driver, type, takes, expected) => {
    expect(chosen(type, 'balance-rr', { driver, takes, egress: true })).toBe(expected);
  });

  it('names what goes together where the option does not', () => {
    const bond = { ...bondOf('tap', 'balance-rr'), driver: 'spread' } as const;
    const [found] = chooseDriver(bond, { trial: null }).problems;
    expect(found?.text).toBe("driver 'spread' does not go with dev_type 'tap'; 'bond-tap' is used");
    expect(found?.fix).toMatch(/dev_type 'tun' at both ends/);
  });

  it('does not trust a trial of another device or mode', () => {
    const trial: Trial = { type: 'tun', mode: 'balance-rr', takes: 'active-backup' };
    expect(chooseDriver(bondOf('tap', 'balance-rr'), { trial }).driver).toBe('bond-tap');
    expect(chooseDriver(bondOf('tun', 'balance-xor'), { trial }).driver).toBe('bond-tun');
  });

  it('says how to use all lines when it fell back', () => {
    const trial: Trial = { type: 'tun', mode: 'balance-rr', takes: 'active-backup' };
    const tried = { trial, egress: false };
    const [found] = chooseDriver(bondOf('tun', 'balance-rr'), tried).problems;
    expect(found?.severity).toBe('warning');
    expect(found?.text).toMatch(/one tunnel at a time/);
    expect(found?.fix).toMatch(/kmod-nft-netdev.*dev_type 'tap' at both ends.*patched driver/);
  });

  it('is tried in the wanted mode, then in active-backup', () => {
    expect(modesToTry(bondOf('tun', 'broadcast'))).toEqual(['broadcast', 'active-backup']);
    expect(modesToTry(bondOf('tun', '802.3ad'))).toEqual(['balance-rr', 'active-backup']);
    expect(modesToTry(bondOf('tap', '802.3ad'))).toEqual(['802.3ad', 'active-backup']);
    expect(modesToTry(bondOf('tun', 'active-backup'))).toEqual(['active-backup']);
    const spread = { ...bondOf('tun', 'balance-rr'), driver: 'spread' } as const;
    expect(modesToTry(spread)).toEqual(['active-backup']);
  });
});

/** The machine after a start with this trial. */
function started(
  kernel: FakeKernel,
  type: DeviceType,
  mode: BondMode,
  takes: BondMode,
  egress = false,
): { actual: Actual; codes: string[] } {
  const config = configOf(2);
  Object.assign(config.bond, { deviceType: type, mode });
  const abilities = { ...ABLE, egress, trial: { type, mode, takes } };
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

  it('a tun has a chain at its egress where the kernel takes one', () => {
    const kernel = fakeKernel({ devices, driver: 'stock' });
    const { actual, codes } = started(kernel, 'tun', 'balance-rr', 'active-backup', true);
    expect(codes).toEqual([]);
    expect(actual.devices.get('bond0')?.bond?.mode).toBe('active-backup');
    expect(actual.spread?.devices).toEqual(['tap0', 'tap1']);
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
