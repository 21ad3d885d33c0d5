import { beforeAll, describe, expect, it } from 'vitest';
import type { Failures } from './guest/programs/failures.ts';
import { play } from './host/play.ts';

const LINE = 4e6;

/** Heartbeats find a silent line within half a second; `status` is asked each 50 ms. */
const HEARTBEATS = 1_500;

describe('during a download over two lines', () => {
  let seen: Failures;

  beforeAll(async () => {
    seen = (await play('failures', ['4/4/20,4/4/20'])) as Failures;
  });

  it('each line’s own round trip and loss are measured, at both ends', () => {
    const { router, server, dead } = seen.figures;
    for (const { latency, jitter, packetloss } of [...router, ...server]) {
      expect(latency).toBeGreaterThanOrEqual(20);
      // Both daemons share the machine's one processor with tunnels that are being made: 31 to 47 seen.
      expect(latency).toBeLessThan(100);
      expect(jitter).toBeLessThan(40);
      // One of the first heartbeats may fall into the making of the tunnels.
      expect(packetloss).toBeLessThan(10);
    }
    // What was measured before would make a dead line look well.
    expect(dead[1]).toMatchObject({ latency: null, jitter: null });
    expect([100, null]).toContain(dead[1]?.packetloss);
    expect(dead[0]?.packetloss).toBeLessThan(100);
  });

  it('a tunnel that is killed leaves the bond and comes back by itself', () => {
    expect(seen.tunnelKilled.left).toBeLessThan(2_000);
    expect(seen.tunnelKilled.seenAtServer).toBeLessThan(HEARTBEATS);
    expect(seen.tunnelKilled.back).toBeLessThan(20_000);
  });

  it('a dead line leaves at both ends, long before its tunnel notices, and returns', () => {
    expect(seen.lineDead.left).toBeLessThan(HEARTBEATS);
    expect(seen.lineDead.leftAtServer).toBeLessThan(HEARTBEATS);
    expect(seen.lineDead.back).toBeLessThan(15_000);
  });

  it('the download survives the dead line: one line carries it, then both again', () => {
    const { resumed, bothAgain, download } = seen.lineDead;
    expect(resumed).toBeLessThan(3_000);
    expect(bothAgain).toBeLessThan(30_000);
    const best = (from: number): number =>
      Math.max(...download.series.filter(({ at }) => at >= from).map((e) => e.bitsPerSecond));
    expect(best(50)).toBeGreaterThan(1.5 * LINE);
  });

  it('the daemon killed with SIGKILL: the download goes on, the next daemon restarts nothing', () => {
    const { daemonKilled } = seen;
    expect(daemonKilled.sameTunnels).toBe(true);
    expect(daemonKilled.up).toBe(true);
    expect(daemonKilled.commands).not.toMatch(/^(ip|openvpn|kill) |table inet/m);
    const slowest = Math.min(...daemonKilled.download.series.map((e) => e.bitsPerSecond));
    // In its slowest second it still had more than one line can carry.
    expect(slowest).toBeGreaterThan(LINE);
  });

  it('stop cleans up after all that, also what was adopted', () => {
    expect(seen.remaining).toEqual([]);
    expect(seen.changed).toEqual([]);
  });
});
