import { describe, expect, it } from 'vitest';
import type { BondRates } from './guest/rates.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';
import { parseLines } from './lines.ts';

/** One flow over equal lines must reach this part of the sum of the line rates; 91 % is the ceiling. */
const ENOUGH = 0.85;

async function rates(lines: string): Promise<BondRates> {
  return (await play('bond-rates', [lines, 'tap', '0', '5'])) as BondRates;
}

describe.each([
  ['two equal lines', '5/5/20,5/5/20'],
  ['four equal lines', '3/3/20,3/3/20,3/3/20,3/3/20'],
])('a bond of %s', (_name, text) => {
  const lines = parseLines(text);
  const sum = {
    down: lines.reduce((total, line) => total + line.down, 0) * 1e6,
    up: lines.reduce((total, line) => total + line.up, 0) * 1e6,
  };
  let measured: BondRates;
  const parts = ({ down, up }: BondRates): number[] => [
    down.bitsPerSecond / sum.down,
    up.bitsPerSecond / sum.up,
  ];
  const enough = (result: BondRates): boolean => parts(result).every((part) => part > ENOUGH);

  it('comes up at both ends from UCI files', async () => {
    measured = await secondOpinion(() => rates(text), enough);
    for (const end of [measured.router, measured.server]) {
      expect(end.state).toBe('up');
      expect(end.driver).toBe('bond-tap');
      expect(end.problems).toEqual([]);
      expect(end.links.map((link) => link.slave)).toEqual(lines.map(() => true));
    }
  });

  it('carries one download at the rate of all lines together', () => {
    expect(parts(measured)[0]).toBeGreaterThan(ENOUGH);
  });

  it('carries one upload at the rate of all lines together', () => {
    expect(parts(measured)[1]).toBeGreaterThan(ENOUGH);
  });

  it('tells the truth in status', () => {
    const { router } = measured;
    const carried = (measured.down.bitsPerSecond * 5) / 8;
    expect(router.bond.rx_bytes).toBeGreaterThan(carried);
    const shares = router.links.map((link) => link.tx_bytes / router.bond.tx_bytes);
    for (const part of shares) expect(part).toBeCloseTo(1 / lines.length, 1);
    expect(router.links.reduce((total, link) => total + link.share.tx, 0)).toBeCloseTo(1, 1);
  });
});
