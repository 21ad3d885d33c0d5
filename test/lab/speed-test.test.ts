import { beforeAll, describe, expect, it } from 'vitest';
import type { TestLink } from '../../backend/src/status/test-result.ts';
import type { SpeedTest } from './guest/programs/speed-test.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';
import { parseLines } from './lines.ts';

const LINES = '12/2/20,8/1/20';
const lines = parseLines(LINES);

/**
 * The part of a line that one TCP flow through a tunnel can have: its segments, which are the MTU less
 * 52 bytes, of the frames around them, which have 14 bytes more than the tunnel's packets.
 */
const PART = {
  tap: (1426 - 52) / (1426 + 66 + 14),
  tun: (1440 - 52) / (1440 + 52 + 14),
} as const;

/** How far from that a line may be measured. */
const NEAR = 0.1;

describe.each([
  ['tap', 'stock'],
  ['tun', 'patched'],
] as const)('bonding test over %s, %s driver', (kind, driver) => {
  let seen: SpeedTest;

  async function measure(): Promise<SpeedTest> {
    return (await play('speed-test', [LINES, kind, '4'], { driver })) as SpeedTest;
  }

  /** Measured rates of what the lines can have, down and up of each. */
  const parts = (measured: readonly TestLink[]): number[] =>
    measured.flatMap(({ down, up }, index) => {
      const { down: most, up: mostUp } = lines[index] ?? { down: 0, up: 0 };
      return [(down ?? 0) / (most * 1e6 * PART[kind]), (up ?? 0) / (mostUp * 1e6 * PART[kind])];
    });

  beforeAll(async () => {
    seen = await secondOpinion(measure, ({ router }) =>
      parts(router.links).every((part) => Math.abs(part - 1) < NEAR),
    );
  });

  it('says what each line brings alone', () => {
    expect(seen.router).toMatchObject({ state: 'done', problem: null });
    for (const part of parts(seen.router.links)) {
      expect(part).toBeGreaterThan(1 - NEAR);
      expect(part).toBeLessThan(1 + NEAR);
    }
  });

  it('adds them up, and says what part of that the bond brings', () => {
    const { sum, bond, percent, links } = seen.router;
    expect(sum.down).toBe(links.reduce((total, { down }) => total + (down ?? 0), 0));
    expect(sum.up).toBe(links.reduce((total, { up }) => total + (up ?? 0), 0));
    // Round robin gives each line as many packets as the slower one can carry.
    for (const way of ['down', 'up'] as const) {
      expect(percent?.[way]).toBe(Math.round((100 * (bond?.[way] ?? 0)) / sum[way]));
      expect(percent?.[way]).toBeGreaterThan(40);
      expect(percent?.[way]).toBeLessThan(90);
    }
  });

  it('says what limits the bond: where the shares do not follow the rates, the slow line', () => {
    for (const way of ['down', 'up'] as const) {
      const { limit, text = '' } = seen.router.verdict?.[way] ?? {};
      expect(text).toMatch(/^lines [\d.]+ Mbit\/s, bond [\d.]+ Mbit\/s \(\d+ % of what/);
      // The more of the sum the bond brings, the less the shares are to blame.
      if ((seen.router.percent?.[way] ?? 0) < 80)
        expect({ limit, text }).toMatchObject({ limit: 'shares' });
    }
  });

  it('works from the server: one line alone, its down is the other end’s up', () => {
    const { state, links, bond } = seen.server;
    expect({ state, bond }).toEqual({ state: 'done', bond: null });
    const [{ down, up } = { down: 0, up: 0 }] = links;
    expect(down).toBeGreaterThan(2e6 * PART[kind] * (1 - NEAR));
    expect(up).toBeGreaterThan(12e6 * PART[kind] * (1 - NEAR));
  });

  it('keeps what belongs to one line off the other', () => {
    const [own = 0, other = 0] = seen.carried;
    expect(own).toBeGreaterThan(5e6);
    expect(other / own).toBeLessThan(0.01);
  });

  it('is not for hosts of the LAN, not even with the router’s address', () => {
    expect(seen.fromLan).toEqual({ guarded: 'silence', beside: 'ECONNREFUSED' });
  });

  it('ends with Ctrl-C', () => {
    expect(seen.stopped.code).toBe(1);
    expect(seen.stopped.text).toContain('ended early: it was stopped');
  });

  it('leaves nothing behind, not even when the daemon is killed meanwhile', () => {
    expect(seen.crashed.state).toBe('idle');
    expect(seen.left).toEqual([]);
  });
});
