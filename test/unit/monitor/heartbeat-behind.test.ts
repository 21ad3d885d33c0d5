import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../backend/src/monitor/heartbeat-report.ts';
import { type End, type LineInput, twoEnds } from './two-ends.ts';

type World = ReturnType<typeof twoEnds>;

/** What this end is told of its ways, by line. */
function toldTo(world: World, end: End): (number | null)[] {
  const { session, clock } = world.sides[end];
  const now = world.now() * clock.rate + clock.offset;
  return world.lines.map((_, i) => stateOf(session, `link${i}`, now)?.behind ?? null);
}

function worldOf(ways: LineInput[], drift = 0): World {
  const world = twoEnds(ways, 5, drift);
  world.run(60_000);
  return world;
}

const DSL: LineInput[] = [
  { up: { delay: 25 }, down: { delay: 30 } },
  { up: { delay: 12 }, down: { delay: 10 } },
];

describe('how much longer a way is than the quickest', { timeout: 60_000 }, () => {
  it.each([0, 4e-4, -4e-4])('is told of each way by itself, clocks drifting by %d', (drift) => {
    const world = worldOf(DSL, drift);
    for (const [end, most] of [
      ['router', 13],
      ['server', 20],
    ] as const) {
      const [slow, quick] = toldTo(world, end);
      expect(slow).toBeGreaterThan(most - 2);
      expect(slow).toBeLessThan(most + 2);
      expect(quick).toBe(0);
    }
  });

  it('does not count the queue of a line that is full', () => {
    const traffic = (time: number) => (time > 50_000 ? 600 : 0);
    const busy = { delay: 12, rate: 500, depth: 80, traffic };
    const world = worldOf([{ up: { delay: 25 } }, { up: busy }]);
    const [slow = 0] = toldTo(world, 'router');
    expect(slow).toBeGreaterThan(8);
    expect(slow).toBeLessThan(15);
  });

  it('is nothing where one of the two varies by more', () => {
    const steady = worldOf([{ up: { delay: 25 } }, { up: { delay: 12, jitter: 10 } }]);
    expect(toldTo(steady, 'router')[0]).toBeGreaterThan(9);
    const wild = worldOf([{ up: { delay: 25 } }, { up: { delay: 12, jitter: 60 } }]);
    expect(toldTo(wild, 'router')).toEqual([0, 0]);
    const wildSlow = worldOf([{ up: { delay: 25, jitter: 60 } }, { up: { delay: 12 } }]);
    expect(toldTo(wildSlow, 'router')).toEqual([0, 0]);
  });

  it('is told of the lines that are heard: a dead one is no measure', () => {
    const world = worldOf([...DSL, { up: { delay: 2 } }]);
    expect(toldTo(world, 'router').map((value) => Math.round(value ?? -1))).toEqual([23, 10, 0]);
    const third = world.lines[2] ?? expect.fail('no line');
    third.up.cut = true;
    world.run(3_000);
    expect(
      toldTo(world, 'router')
        .slice(0, 2)
        .map((value) => Math.round(value ?? -1)),
    ).toEqual([13, 0]);
  });

  it('is not known at first, and of a line without heartbeats', () => {
    const world = twoEnds(DSL, 5);
    expect(toldTo(world, 'router')).toEqual([null, null]);
    world.run(1_000);
    expect(toldTo(world, 'router')).toEqual([0, 0]);
  });
});
