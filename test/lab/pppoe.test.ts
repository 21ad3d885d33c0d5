import { beforeAll, describe, expect, it } from 'vitest';
import type { Pppoe } from './guest/programs/pppoe.ts';
import { play } from './host/play.ts';

const LINE = 4e6;

/** From the WAN's address to a link that carries, ms. */
const SOON = 5_000;

describe('a PPPoE line beside another', () => {
  let seen: Pppoe;

  beforeAll(async () => {
    seen = (await play('pppoe', ['4/4/20,4/4/20'])) as Pppoe;
  });

  it('that is down at the start is waited for; the bond starts without it', () => {
    expect(seen.without.map(({ state }) => state)).toEqual(['up', 'waiting']);
    expect(seen.first.after).toBeLessThan(SOON);
  });

  it('that reconnects has its link back within 5 s, with its new address', () => {
    expect(seen.again.address).not.toBe(seen.first.address);
    expect(seen.again.after).toBeLessThan(SOON);
    expect(seen.router.links[1]?.local_address).toBe(seen.again.address);
    expect(seen.router.problems).toEqual([]);
  });

  it('leaves the other link alone', () => {
    expect(seen.pids[1]).toBe(seen.pids[0]);
    expect(seen.commands.length).toBeGreaterThan(0);
    expect(seen.commands.filter((line) => /link0|tap0|wan0|20101|10\.1\.0\./.test(line))).toEqual(
      [],
    );
  });

  it('does not disturb a download over the other tunnel', () => {
    const { series, bitsPerSecond } = seen.download;
    expect(bitsPerSecond).toBeGreaterThan(0.85 * LINE);
    const slowest = Math.min(...series.slice(0, -1).map((half) => half.bitsPerSecond));
    expect(slowest).toBeGreaterThan(0.5 * LINE);
  });
});
