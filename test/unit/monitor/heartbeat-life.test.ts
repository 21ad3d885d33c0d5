import { describe, expect, it } from 'vitest';
import { type End, type LineInput, twoEnds, type Way } from './two-ends.ts';

const ENDS: readonly End[] = ['router', 'server'];

function line(delay: number, more: Partial<Way> = {}): LineInput {
  return { up: { delay, ...more }, down: { delay, ...more } };
}

describe('heartbeats, lines that live', { timeout: 60_000 }, () => {
  it('takes no full line for dead: 300 ms of queue, a fifth of all lost, its tunnel delivers', () => {
    for (const rate of [83, 800])
      for (const other of [line(12), line(200)])
        for (let seed = 0; seed < 2; seed += 1) {
          const full: Partial<Way> = { delay: 20, rate, traffic: () => rate * 1.25 };
          const world = twoEnds([{ up: full, down: full }, other], seed);
          world.run(75_000);
          expect(world.found.filter((one) => one.verdict === 'silent')).toEqual([]);
          world.samples('router');
          world.run(1_000);
          const sample = world.samples('router')[0];
          expect(sample?.queueTx).toBeGreaterThan(200);
          expect((sample?.lostTx ?? 0) / (sample?.sentTx ?? 1)).toBeGreaterThan(0.05);
        }
  });

  it('takes no lossy idle line for dead more than rarely', () => {
    let deaths = 0;
    for (let seed = 0; seed < 10; seed += 1) {
      const world = twoEnds([line(25, { loss: 0.1 }), line(12)], seed);
      world.run(120_000);
      deaths += world.found.filter(
        (one) => one.end === 'router' && one.verdict === 'silent',
      ).length;
    }
    // Three in a row are lost once in a thousand: some twenty times, counted at both ends.
    expect(deaths).toBeLessThanOrEqual(8);
  });

  it('takes none for dead whose tunnel is busy and idle by turns, loses 1 % and varies by 40 ms', () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const traffic = (time: number) => (time % 700 < 400 ? 300 : 0);
      const mobile = line(25, { jitter: 40, loss: 0.01, traffic });
      const world = twoEnds([mobile, line(12)], seed);
      world.run(120_000);
      expect(world.found.filter((one) => one.verdict === 'silent')).toEqual([]);
    }
  });

  it.each(ENDS)('takes none for dead when the event loop of the %s stops under load', (end) => {
    const busy = { traffic: () => 400 };
    for (const length of [150, 300, 2_000])
      for (let seed = 0; seed < 20; seed += 1) {
        const world = twoEnds([line(12, busy), line(40, busy)], seed);
        world.run(1_500 + seed * 13);
        const from = world.now();
        world.stall(end, length);
        world.run(length + 2_000);
        expect(world.since(from)).toEqual([]);
      }
  });

  it('takes none for dead when a queue fills all at once', () => {
    for (const rate of [83, 800])
      for (const depth of [80, 300, 600]) {
        // Each two seconds, within 5 ms, what the line needs 600 ms for.
        const traffic = (time: number) => (time % 2_000 < 5 ? rate * 120 : 0);
        const burst: Partial<Way> = { delay: 20, rate, depth, traffic };
        const world = twoEnds([{ up: burst, down: burst }, line(12)]);
        world.run(30_000);
        expect(world.found.filter((one) => one.verdict === 'silent')).toEqual([]);
      }
  });

  it('takes none for dead whose delay varies by three intervals', () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const every = { interval: { router: 50, server: 50 } };
      const mobile = { ...line(25, { jitter: 150 }), ...every };
      const world = twoEnds([mobile, { ...line(12), ...every }], seed);
      world.run(60_000);
      expect(world.found.filter((one) => one.verdict === 'silent')).toEqual([]);
      expect(world.samples('router')[0]?.jitter).toBeGreaterThan(15);
    }
  });

  it('goes on where the clock of 32 bits begins anew', () => {
    for (const end of ENDS) {
      const world = twoEnds([line(12), line(40)]);
      const { clock } = world.sides[end];
      clock.offset = 2 ** 32 / 10 - 4_000;
      world.run(3_000);
      const from = world.now();
      world.run(3_000);
      expect(world.since(from)).toEqual([]);
      const sample = world.samples('router')[1];
      expect(sample?.rtt).toBeGreaterThan(78);
      expect(sample?.rtt).toBeLessThan(86);
      expect(sample?.queueTx).toBeLessThan(2);
      expect(sample?.queueRx).toBeLessThan(2);
    }
  });

  const stalls: [End, number][] = ENDS.flatMap((end) =>
    [300, 700, 2_000, 9_000].map((length): [End, number] => [end, length]),
  );
  it.each(stalls)(
    'takes none for dead when the event loop of the %s stops for %i ms',
    (end, length) => {
      for (let seed = 0; seed < 20; seed += 1) {
        const world = twoEnds([line(12), line(200), line(40, { loss: 0.02 })], seed);
        world.run(1_500 + seed * 13);
        const from = world.now();
        world.stall(end, length);
        world.run(length + 3_000);
        expect(world.since(from)).toEqual([]);
        const sample = world.samples('router')[0];
        expect(sample?.rtt).toBeLessThan(40);
      }
    },
  );

  it('takes none for dead when the peer is killed, starts again and there is a new key', () => {
    for (const end of ENDS) {
      const world = twoEnds([line(12), line(200)]);
      world.run(1_500);
      const from = world.now();
      world.restart(end);
      world.run(4_000);
      world.comeBack(end);
      world.run(500);
      world.rekey(end, 800);
      world.run(2_000);
      expect(world.since(from).filter((one) => one.verdict === 'silent')).toEqual([]);
      for (const each of ENDS) expect(world.verdictAt(each, 1)).toBe('alive');
    }
  });

  it('keeps a dead line out over a new key, and gives up when its tunnel is another', () => {
    const world = twoEnds([line(12), line(12)]);
    world.run(1_000);
    const dead = world.line(0);
    dead.up.cut = dead.down.cut = true;
    world.run(1_000);
    world.rekey('router', 300);
    world.run(5_000);
    for (const end of ENDS) expect(world.verdictAt(end, 0)).toBe('silent');
    world.reset('router', 0);
    world.run(200);
    expect(world.verdictAt('router', 0)).toBe('unknown');
  });

  it('takes a link whose tunnel connected anew at one end only for nothing worse than unknown', () => {
    for (const end of ENDS) {
      const world = twoEnds([line(60), line(12)]);
      world.run(1_000);
      const from = world.now();
      world.reset(end, 0);
      world.run(2_000);
      expect(world.since(from).filter((one) => one.verdict === 'silent')).toEqual([]);
      expect(world.verdictAt(end, 0)).toBe('alive');
    }
  });

  it('follows an interval that is changed at one end, down and up, without a false death', () => {
    for (const delay of [12, 200])
      for (const end of ENDS) {
        const world = twoEnds([line(delay), line(12)]);
        world.run(2_000);
        const from = world.now();
        world.setInterval(end, 0, 1_000);
        world.run(5_000);
        const slow = world.sides.server.sent;
        world.run(10_000);
        expect(world.sides.server.sent - slow).toBeLessThan(115);
        world.setInterval(end, 0, 100);
        world.run(2_000);
        const quick = world.sides.server.sent;
        world.run(10_000);
        expect(world.sides.server.sent - quick).toBeGreaterThan(190);
        expect(world.since(from)).toEqual([]);
      }
  });
});
