import { describe, expect, it } from 'vitest';
import { type End, type LineInput, twoEnds, type Way } from './two-ends.ts';

const ENDS: readonly End[] = ['router', 'server'];

function line(delay: number, more: Partial<Way> = {}): LineInput {
  return { up: { delay, ...more }, down: { delay, ...more } };
}

/** When each end found the link silent after `from`, ms. */
function timesOf(world: ReturnType<typeof twoEnds>, link: string, from: number) {
  return ENDS.map((end) => {
    const found = world
      .since(from)
      .find((one) => one.end === end && one.link === link && one.verdict === 'silent');
    return found === undefined ? null : found.time - from;
  });
}

/** The first line dies as `cut` says; both ends must find it in time, and find it back. */
function dieAndReturn(
  interval: number,
  [delay, other]: [number, number],
  cut: Partial<Record<'up' | 'down', boolean>>,
  seed: number,
): void {
  const every = { interval: { router: interval, server: interval } };
  const world = twoEnds(
    [
      { ...line(delay), ...every },
      { ...line(other), ...every },
    ],
    seed,
  );
  world.run(2_000 + seed * 7);
  const from = world.now();
  const dead = world.line(0);
  dead.up.cut = cut.up === true;
  dead.down.cut = cut.down === true;
  world.run(3_000);
  const oneWay = !(cut.up && cut.down);
  // Three missed and half an interval, the last one's phase, and the way; the other end hears of it by
  // one more way. The other line's marks come by its own way.
  const limit = 4.8 * interval + Math.max(delay, other) + (oneWay ? delay : 0) + 15;
  for (const time of timesOf(world, 'link0', from)) {
    expect(time).not.toBeNull();
    expect(time).toBeLessThanOrEqual(limit);
  }
  expect(world.found.some((one) => one.link === 'link1' && one.verdict === 'silent')).toBe(false);
  // And back.
  dead.up.cut = dead.down.cut = false;
  world.run(3_000);
  for (const end of ENDS) expect(world.verdictAt(end, 0)).toBe('alive');
}

describe('heartbeats, a line that dies', { timeout: 60_000 }, () => {
  it('finds both ends alive within two round trips', () => {
    const world = twoEnds([line(12), line(30)]);
    world.run(300);
    for (const end of ENDS)
      for (const link of [0, 1]) expect(world.verdictAt(end, link)).toBe('alive');
  });

  const cases: [string, number, number, Partial<Record<'up' | 'down', boolean>>][] = [
    ['both ways, 12 and 12 ms', 12, 12, { up: true, down: true }],
    ['both ways, 200 ms dies, 12 ms lives', 200, 12, { up: true, down: true }],
    ['both ways, 12 ms dies, 200 ms lives', 12, 200, { up: true, down: true }],
    ['only up', 12, 12, { up: true }],
    ['only down', 12, 12, { down: true }],
    ['only up, 200 ms', 200, 12, { up: true }],
  ];
  describe.each([100, 50, 20])('each %i ms', (interval) => {
    it.each(cases)('%s', (_, delay, other, cut) => {
      for (let seed = 0; seed < 10; seed += 1) dieAndReturn(interval, [delay, other], cut, seed);
    });
  });

  it('is known at the other end one way after the end that found it first', () => {
    // By their clocks the two send at different moments.
    const every = { interval: { router: 80, server: 80 } };
    for (let seed = 0; seed < 10; seed += 1) {
      const world = twoEnds(
        [
          { ...line(12), ...every },
          { ...line(20), ...every },
        ],
        seed,
      );
      world.run(2_000 + 7 * seed);
      const from = world.now();
      const dead = world.line(0);
      dead.up.cut = dead.down.cut = true;
      world.run(1_000);
      const [router, server] = timesOf(world, 'link0', from);
      expect(Math.abs((router ?? 9_999) - (server ?? 0))).toBeLessThanOrEqual(22);
    }
  });

  it.each([200, 0])(
    'is found a heartbeat sooner where its tunnel was busy: %d packets/s',
    (rate) => {
      const times = Array.from({ length: 20 }, (_, seed) => {
        const world = twoEnds([line(12, { traffic: () => rate }), line(12)], seed);
        world.run(2_000 + 7 * seed);
        const from = world.now();
        const dead = world.line(0);
        dead.down.cut = true;
        dead.up.cut = seed % 2 === 0;
        world.run(1_000);
        return timesOf(world, 'link0', from).map((time) => time ?? 9_999);
      });
      if (rate > 0) expect(Math.max(...times.flat())).toBeLessThanOrEqual(270);
      else expect(Math.min(...times.flat())).toBeGreaterThan(240);
    },
  );

  it('is none when a busy line pauses for 150 ms', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const world = twoEnds([line(12, { traffic: () => 200 }), line(12)], seed);
      world.run(2_000 + 7 * seed);
      const pausing = world.line(0);
      const from = world.now();
      pausing.down.cut = pausing.up.cut = true;
      world.run(150);
      pausing.down.cut = pausing.up.cut = false;
      world.run(1_000);
      expect(world.since(from)).toEqual([]);
    }
  });

  it('is found in time though the timers of the other end are late', () => {
    const world = twoEnds([line(12), line(12)]);
    world.run(2_050);
    const from = world.now();
    const dead = world.line(0);
    dead.up.cut = true;
    // The second of what it sends: so near to the third that one would do for both.
    world.run(120);
    world.stall('router', 80);
    world.run(1_000);
    for (const time of timesOf(world, 'link0', from)) expect(time).toBeLessThanOrEqual(400);
  });

  it('takes out two that die at once while a third lives', () => {
    const world = twoEnds([line(12), line(200), line(40)]);
    world.run(1_500);
    const from = world.now();
    for (const dead of world.lines.slice(0, 2)) dead.up.cut = dead.down.cut = true;
    world.run(1_500);
    for (const link of ['link0', 'link1'])
      for (const time of timesOf(world, link, from)) expect(time).toBeLessThan(800);
    expect(timesOf(world, 'link2', from)).toEqual([null, null]);
  });

  it('takes out nothing when all die at once, and takes none that come back for dead', () => {
    const world = twoEnds([line(12), line(200), line(40)]);
    world.run(1_500);
    const from = world.now();
    for (const dead of world.lines) dead.up.cut = dead.down.cut = true;
    world.run(20_000);
    for (const dead of world.lines) dead.up.cut = dead.down.cut = false;
    world.run(5_000);
    expect(world.since(from)).toEqual([]);
  });

  it('never takes out the last one, and uses one in its hold-down when it is the last', () => {
    const world = twoEnds([line(12), line(12)]);
    const [first, second] = world.lines;
    if (first === undefined || second === undefined) throw new Error('no lines');
    world.run(1_000);
    for (let flap = 0; flap < 7; flap += 1) {
      first.up.cut = first.down.cut = true;
      world.run(800);
      first.up.cut = first.down.cut = false;
      // Long enough to come back while the hold-down is short.
      world.run(flap < 5 ? 9_000 : 1_000);
    }
    expect(world.verdictAt('router', 0)).toBe('silent');
    let bothSilent = 0;
    const watch = () => {
      for (const end of ENDS)
        if ([0, 1].every((link) => world.verdictAt(end, link) === 'silent')) bothSilent += 1;
    };
    second.up.cut = second.down.cut = true;
    world.run(700, watch);
    for (const end of ENDS) {
      expect(world.verdictAt(end, 0)).toBe('alive');
      expect(world.verdictAt(end, 1)).toBe('silent');
    }
    first.up.cut = first.down.cut = true;
    world.run(3_000, watch);
    for (const end of ENDS) expect(world.verdictAt(end, 0)).not.toBe('silent');
    expect(bothSilent).toBe(0);
  });

  it('waits longer each time a line flaps, and 30 s at most', () => {
    const world = twoEnds([line(12), line(12)]);
    const flapping = world.line(0);
    world.run(1_000);
    const waits: number[] = [];
    for (let flap = 0; flap < 8; flap += 1) {
      flapping.up.cut = flapping.down.cut = true;
      world.run(700);
      const from = world.now();
      flapping.up.cut = flapping.down.cut = false;
      while (world.verdictAt('router', 0) === 'silent' && world.now() - from < 40_000)
        world.run(10);
      waits.push(world.now() - from);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[0]).toBeLessThan(900);
    for (let i = 1; i < 5; i += 1) expect(waits[i]).toBeGreaterThan(1.7 * (waits[i - 1] ?? 0));
    for (const wait of waits) expect(wait).toBeLessThan(30_500);
  });

  it('judges a quick line by a slow (metered) one as quickly as it answers', () => {
    const slow = { router: 1_000, server: 100 };
    for (let seed = 0; seed < 10; seed += 1) {
      const world = twoEnds([line(12), { ...line(40), interval: slow }], seed);
      world.run(5_000 + 97 * seed);
      const from = world.now();
      const dead = world.line(0);
      dead.up.cut = true;
      dead.down.cut = seed % 2 === 0;
      world.run(3_000);
      for (const time of timesOf(world, 'link0', from)) expect(time ?? 9_999).toBeLessThan(900);
      expect(timesOf(world, 'link1', from)).toEqual([null, null]);
    }
  });

  it('finds a slow (metered) line dead after 3.5 of its own intervals', () => {
    const world = twoEnds([line(12), { ...line(40), interval: { router: 1_000, server: 100 } }]);
    world.run(5_000);
    const sentBefore = world.sides.router.sent;
    world.run(10_000);
    // Ten each second on the quick one, one on the slow one.
    expect(world.sides.router.sent - sentBefore).toBeLessThanOrEqual(112);
    const from = world.now();
    const dead = world.lines[1];
    if (dead === undefined) throw new Error('no line');
    dead.up.cut = dead.down.cut = true;
    world.run(6_000);
    for (const time of timesOf(world, 'link1', from)) expect(time ?? 9_999).toBeLessThan(4_800);
    expect(timesOf(world, 'link0', from)).toEqual([null, null]);
  });
});
