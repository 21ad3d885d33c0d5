import { beforeAll, describe, expect, it } from 'vitest';
import type { Failures } from './guest/programs/failures.ts';
import type { TunEnds } from './guest/programs/tun-ends.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';

/** Both lines of the first test together, bit/s. */
const SUM = 8e6;
/** Of that; 92 % is the ceiling with tun. */
const ENOUGH = 0.85;

const PATCHED = { driver: 'patched' } as const;

describe('tun at both ends, on the patched driver', () => {
  let seen: TunEnds;

  beforeAll(async () => {
    const good = ({ mixed, both }: TunEnds): boolean =>
      [mixed.down, both.down, both.up].every(({ bitsPerSecond }) => bitsPerSecond > ENOUGH * SUM);
    const lines = '4/4/20,4/4/20';
    seen = await secondOpinion(
      async () => (await play('tun-ends', [lines], PATCHED)) as TunEnds,
      good,
    );
  });

  it('is used in balance-rr', () => {
    const { router, options } = seen.both;
    expect(router).toMatchObject({ state: 'up', driver: 'bond-tun', problems: [] });
    expect(router.bond.mode).toBe('balance-rr');
    expect(options).toMatchObject({ mode: 'balance-rr 0', all_slaves_active: '0', mtu: '1440' });
  });

  it('carries one flow at the rate of both lines together, both ways', () => {
    expect(seen.both.down.bitsPerSecond).toBeGreaterThan(ENOUGH * SUM);
    expect(seen.both.up.bitsPerSecond).toBeGreaterThan(ENOUGH * SUM);
  });

  it('works with a router in active-backup without loss: one tunnel up, both down', () => {
    const { router, server, rows } = seen.mixed;
    expect([router.driver, server.driver]).toEqual(['active-backup', 'bond-tun']);
    expect(rows.map(({ ping }) => ping.lost)).toEqual([0, 0]);
    const [first, second] = rows.map((row) => row.router);
    expect([first?.tun1, second?.tun0]).toEqual([0, 0]);
    for (const { server: sent } of rows)
      for (const packets of Object.values(sent)) expect(Math.abs(packets - 20)).toBeLessThan(3);
    expect(seen.mixed.down.bitsPerSecond).toBeGreaterThan(ENOUGH * SUM);
  });

  it('keeps the bond with its addresses when the last tunnel device is gone', () => {
    const { before, after, slaves, lost } = seen.devicesGone;
    expect(slaves).toEqual([]);
    expect(before.join('\n')).toMatch(/inet 10\.0\.0\.2\/24[\s\S]*default/);
    expect(after.map((line) => line.replace(/ linkdown/, ''))).toEqual(before);
    expect(lost).toBe(0);
  });

  it('leaves everything as it was at a stop, also in the midst of a start', () => {
    expect(seen.stops).toEqual([[], [], []]);
  });

  it('leaves nothing bad in the kernel log', () => {
    expect(seen.faults).toEqual([]);
  });
});

describe('on tun, during a download over two lines', () => {
  let seen: Failures;
  const LINE = 2e6;

  beforeAll(async () => {
    seen = (await play('failures', ['2/2/20,2/2/20', 'tun'], PATCHED)) as Failures;
  });

  it('a killed tunnel and a silent line leave at both ends, and come back', () => {
    expect(seen.tunnelKilled.left).toBeLessThan(2_000);
    expect(seen.tunnelKilled.back).toBeLessThan(20_000);
    expect(seen.lineDead.left).toBeLessThan(11_000);
    expect(seen.lineDead.leftAtServer).toBeLessThan(11_000);
    expect(seen.lineDead.back).toBeLessThan(15_000);
    expect(seen.lineDead.resumed).toBeLessThan(30_000);
  });

  it('the daemon killed with SIGKILL disturbs nothing', () => {
    const { sameTunnels, up, commands, download } = seen.daemonKilled;
    expect([sameTunnels, up]).toEqual([true, true]);
    expect(commands).not.toMatch(/^(ip|nft|openvpn|kill) /m);
    // More than one line could carry: both tunnels were used in each second.
    const slowest = Math.min(...download.series.map((e) => e.bitsPerSecond));
    expect(slowest).toBeGreaterThan(1.25 * LINE);
  });

  it('stop cleans up', () => {
    expect(seen.remaining).toEqual([]);
    expect(seen.changed).toEqual([]);
  });
});
