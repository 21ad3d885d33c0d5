import { describe, expect, it } from 'vitest';
import type { Actual } from '../../../backend/src/facts/actual.ts';
import { readSysctls } from '../../../backend/src/facts/sysctls.ts';
import type { DesiredSysctl } from '../../../backend/src/plan/desired.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { diffSysctls } from '../../../backend/src/reconcile/sysctls.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

const LOOSE: DesiredSysctl = { device: 'eth1', name: 'rp_filter' };
const DEAF: DesiredSysctl = { device: 'eth1', name: 'accept_redirects' };
const FILE = '/proc/sys/net/ipv4/conf/eth1/rp_filter';

type Values = Record<string, string>;

function lines(wanted: DesiredSysctl[], now: Values, saved: Values = {}): string[] {
  const actual: Actual = { ...fakeKernel().actual(), sysctls: readSysctls({ now, saved }) };
  return diffSysctls({ ...NOTHING, sysctls: wanted }, actual).map(printCommand);
}

describe('kernel settings of a device', () => {
  it('are saved before they are changed', () => {
    expect(lines([LOOSE], { 'eth1/rp_filter': '1', 'all/rp_filter': '0' })).toEqual([
      'echo \'{"eth1/rp_filter":"1"}\' > sysctls.json',
      `echo 2 > ${FILE}`,
    ]);
  });

  it.each<[string, string, boolean]>([
    ['0', '0', false],
    ['0', '1', true],
    ['1', '0', true],
    ['2', '1', false],
    ['1', '2', false],
  ])('rp_filter %s of the device and %s of all: changed is %s', (own, all, changed) => {
    const found = lines([LOOSE], { 'eth1/rp_filter': own, 'all/rp_filter': all });
    expect(found.length > 0).toBe(changed);
  });

  it.each<[string, string, boolean]>([
    ['1', '1', true],
    ['1', '0', false],
    ['0', '1', false],
  ])('accept_redirects %s of the device and %s of all: changed is %s', (own, all, changed) => {
    const found = lines([DEAF], { 'eth1/accept_redirects': own, 'all/accept_redirects': all });
    expect(found.length > 0).toBe(changed);
  });

  it('are given back, and the file goes with the last', () => {
    expect(lines([], { 'eth1/rp_filter': '2' }, { 'eth1/rp_filter': '1' })).toEqual([
      `echo 1 > ${FILE}`,
      'rm sysctls.json',
    ]);
  });

  it('are left alone where somebody else has changed them since', () => {
    expect(lines([], { 'eth1/rp_filter': '0' }, { 'eth1/rp_filter': '1' })).toEqual([
      'rm sysctls.json',
    ]);
    expect(lines([LOOSE], { 'eth1/rp_filter': '0' }, { 'eth1/rp_filter': '1' })).toEqual([]);
  });

  it('go with their device, and begin anew with the next one', () => {
    expect(lines([LOOSE], {}, { 'eth1/rp_filter': '1' })).toEqual(['rm sysctls.json']);
    expect(lines([LOOSE], {})).toEqual([]);
  });

  it('are written at last when a crash came between saving and writing', () => {
    const found = lines([LOOSE], { 'eth1/rp_filter': '1' }, { 'eth1/rp_filter': '1' });
    expect(found).toEqual([`echo 2 > ${FILE}`]);
    expect(lines([], { 'eth1/rp_filter': '1' }, { 'eth1/rp_filter': '1' })).toEqual([
      'rm sysctls.json',
    ]);
  });

  it('of one device come while those of another go', () => {
    const now = { 'eth1/rp_filter': '1', 'eth2/rp_filter': '2' };
    expect(lines([LOOSE], now, { 'eth2/rp_filter': '1' })).toEqual([
      'echo \'{"eth2/rp_filter":"1","eth1/rp_filter":"1"}\' > sysctls.json',
      `echo 2 > ${FILE}`,
      'echo 1 > /proc/sys/net/ipv4/conf/eth2/rp_filter',
      'echo \'{"eth1/rp_filter":"1"}\' > sysctls.json',
    ]);
  });

  it('are read with care: names and values that we would not write are left out', () => {
    const odd = {
      'eth1/rp_filter': '1',
      '../rp_filter': '1',
      '/rp_filter': '1',
      'a/b/rp_filter': '1',
      'eth1/forwarding': '1',
      'eth2/rp_filter': '1; reboot',
      'eth3/rp_filter': 1,
    };
    const { now, saved } = readSysctls({ now: odd, saved: 'x' });
    expect([...now.keys()]).toEqual(['eth1/rp_filter']);
    expect(saved.size).toBe(0);
    expect(readSysctls(undefined)).toEqual({ now: new Map(), saved: new Map() });
  });
});
