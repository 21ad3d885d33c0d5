import { beforeAll, describe, expect, it } from 'vitest';
import type { DeviceTypes, OptionsSeen } from './guest/programs/device-types.ts';
import { findDriver, findKernel } from './host/paths.ts';
import { play } from './host/play.ts';

let seen: DeviceTypes;

beforeAll(async () => {
  const args = ['8/8/20,8/8/20', findDriver(findKernel())];
  seen = (await play('device-types', args)) as DeviceTypes;
});

describe('tun devices on a stock bonding driver', () => {
  it('stand in active-backup, and a chain divides the packets', () => {
    const { status, options } = seen.onStock;
    expect(status).toMatchObject({ driver: 'spread', problems: [] });
    expect(options).toMatchObject({ mode: 'active-backup 1', all_slaves_active: '1' });
  });

  it('carry traffic, whatever slave the driver has chosen', () => {
    expect(seen.onStock.ping.map(({ lost }) => lost)).toEqual([0, 0]);
  });

  it('are tried again when another driver is loaded, which may take them', () => {
    const { status, lost } = seen.swapped;
    expect(status).toMatchObject({ state: 'up', driver: 'bond-tun', problems: [] });
    expect(lost).toBe(0);
  });

  it('nothing is left after a stop, not of the trial either', () => {
    expect(seen.onStock.changed).toEqual([]);
  });

  it('no process is started while nothing changes', () => {
    expect(seen.idle.started).toBe(0);
  });
});

describe('options of a tap bond that are changed by reload', () => {
  const after = (step: number): OptionsSeen => seen.tap[step] ?? expect.fail(`no step ${step}`);

  it.each([
    [0, { mode: 'balance-xor 2', xmit_hash_policy: 'layer2+3 2', miimon: '50', mtu: '1426' }],
    [1, { arp_interval: '500', arp_ip_target: '10.0.0.1 10.0.0.2', miimon: '0', mtu: '1380' }],
    [2, { arp_interval: '400', arp_ip_target: '10.0.0.1', xmit_hash_policy: 'layer3+4 1' }],
    [3, { mode: 'balance-xor 2', miimon: '200', arp_interval: '0' }],
    [4, { mode: '802.3ad 4', miimon: '100', mtu: '1380' }],
  ])('are in the kernel: step %i', (step, expected) => {
    expect(after(step).options).toMatchObject(expected);
  });

  it('carry traffic, and leave no problem', () => {
    expect(seen.tap.map(({ lost }) => lost)).toEqual(seen.tap.map(() => 0));
    expect(seen.tap.flatMap(({ problems }) => problems)).toEqual([]);
    expect(seen.tap.map(({ driver }) => driver)).toEqual(seen.tap.map(() => 'bond-tap'));
  });
});
