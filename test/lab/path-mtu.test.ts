import { beforeAll, describe, expect, it } from 'vitest';
import type { PathMtuRun } from './guest/programs/path-mtu.ts';
import { play } from './host/play.ts';

/** Bond and both tunnels, at both ends. */
const all = (mtu: number) => Array.from({ length: 6 }, () => mtu);

/** What two lines of 3 Mbit/s carry in packets of 1348 bytes inside tun, bit/s. */
const CARRIED = (2 * 3e6 * (1348 - 52)) / (1348 + 52 + 14);

/** Until it is asked again, what a search takes, and some for a slow `ip`, ms. Seen: 51 s to raise it. */
const SOON = 60_000 + 15_000 + 5_000;

describe('two lines over tun, the middle of one carries 1400 bytes', () => {
  let seen: PathMtuRun;

  beforeAll(async () => {
    seen = (await play('path-mtu', [])) as PathMtuRun;
  });

  it.each(['hole', 'told'] as const)(
    'lowers the MTU of bond and tunnels to what comes through: %s',
    (how) => {
      expect(seen[how].mtus).toEqual(all(1348));
      expect(seen[how].paths).toEqual([
        [1400, 1492],
        [1400, 1492],
      ]);
      const said =
        "link 'link0': packets of 1492 bytes do not come through (1400 do); the bond's MTU is lowered here from 1440 to 1348";
      expect(seen[how].problems).toEqual([said, said]);
    },
  );

  it('knows it soon after the tunnel has connected, and soon when that changes', () => {
    expect(seen.before).toEqual(all(1440));
    // Seen: 9.4 s.
    expect(seen.hole.took).toBeLessThan(15_000);
    expect(seen.told.took).toBeLessThan(SOON);
  });

  it.each(['hole', 'told'] as const)(
    'then carries a download over both lines, and no kernel cuts a packet in two: %s',
    (how) => {
      expect(seen[how].download.bitsPerSecond).toBeGreaterThan(0.9 * CARRIED);
      expect(seen[how].cut).toEqual([0, 0]);
    },
  );

  it('raises it when the line is whole, and no tunnel is started anew all along', () => {
    expect(seen.whole.mtus).toEqual(all(1440));
    expect(seen.whole.took).toBeLessThan(SOON);
    expect(seen.whole.problems).toEqual([]);
    expect(seen.sameTunnels).toBe(true);
  });
});
