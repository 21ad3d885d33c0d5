import { beforeAll, describe, expect, it } from 'vitest';
import type { ThreeLines } from './guest/programs/three-lines.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';

const LINE = 4e6;
const ENOUGH = 0.85;

async function measure(): Promise<ThreeLines> {
  return (await play('three-lines', ['4/4/20,4/4/20,4/4/20'])) as ThreeLines;
}

describe('a bond of three lines, of which one dies', () => {
  let seen: ThreeLines;

  beforeAll(async () => {
    const good = ({ dead, revived }: ThreeLines): boolean =>
      dead.down > ENOUGH * 2 * LINE && revived.down > ENOUGH * 3 * LINE;
    seen = await secondOpinion(measure, good);
  });

  it('gives the dead slave no turns, so that the other two carry their sum', () => {
    expect(seen.dead.turns).toEqual(['tap0', 'tap2']);
    expect(seen.dead.down).toBeGreaterThan(ENOUGH * 2 * LINE);
  });

  it('takes it back, and leaves the turns of three equal lines to the driver', () => {
    expect(seen.revived.turns).toEqual([]);
    expect(seen.revived.down).toBeGreaterThan(ENOUGH * 3 * LINE);
    expect(seen.revived.status.problems).toEqual([]);
  });
});
