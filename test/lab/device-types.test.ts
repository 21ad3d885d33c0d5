import { beforeAll, describe, expect, it } from 'vitest';
import type { DeviceTypes } from './guest/programs/device-types.ts';
import { boot } from './host/machine.ts';

describe('tun devices on a stock bonding driver', () => {
  let seen: DeviceTypes;

  beforeAll(async () => {
    const machine = await boot();
    try {
      seen = (await machine.result('device-types', ['8/8/20,8/8/20'])) as DeviceTypes;
    } finally {
      await machine.close();
    }
  });

  it('are refused in balance-rr with a problem that says what to do, and nothing is left', () => {
    const { status, changed } = seen.refused;
    expect(status.problems.map(({ code }) => code)).toContain('tun-refused');
    expect(status.problems[0]?.fix).toMatch(/dev_type 'tap'/);
    expect(status.driver).toBeNull();
    expect(changed).toEqual([]);
  });

  it('carry traffic in active-backup', () => {
    const { status, ping } = seen.activeBackup;
    expect(status.driver).toBe('active-backup');
    expect(status.problems).toEqual([]);
    expect(ping.lost).toBe(0);
  });

  it('no process is started while nothing changes', () => {
    expect(seen.idle.started).toBe(0);
  });
});
