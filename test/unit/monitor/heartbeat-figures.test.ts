import { describe, expect, it } from 'vitest';
import type { LineSample } from '../../../backend/src/monitor/heartbeats.ts';
import { twoEnds } from './two-ends.ts';

/** The first line's sample of the router after so many seconds, one sample taken each second. */
function sampleAfter(world: ReturnType<typeof twoEnds>, seconds: number): LineSample {
  for (let i = 0; i < seconds; i += 1) {
    world.run(1_000);
    if (i < seconds - 1) world.samples('router');
  }
  const sample = world.samples('router')[0];
  if (sample === undefined) throw new Error('no sample');
  return sample;
}

describe('heartbeats, figures', { timeout: 60_000 }, () => {
  it('measures the round trip, and no queue, on an idle line with clocks that drift apart', () => {
    for (const drift of [0, 4e-4, -4e-4]) {
      const sample = sampleAfter(
        twoEnds([{ up: { delay: 12 }, down: { delay: 30 } }], 1, drift),
        180,
      );
      expect(sample.rtt).toBeGreaterThanOrEqual(41);
      expect(sample.rtt).toBeLessThan(45);
      expect(sample.queueRx).toBeLessThan(2);
      expect(sample.queueTx).toBeLessThan(2);
      expect(sample.jitter).toBeLessThan(1);
      expect(sample).toMatchObject({ loss: 0, lossTx: null, lossRx: null, deliveredTx: 0 });
    }
  });

  it('tells the queues of the two ways apart, though the clocks are days apart and drift', () => {
    for (const drift of [0, 1e-4, -1e-4]) {
      const busy = (time: number) => (time > 20_000 ? 130 : 0);
      const world = twoEnds(
        [{ up: { delay: 20, rate: 100, depth: 200, traffic: busy }, down: { delay: 20 } }],
        2,
        drift,
      );
      const sample = sampleAfter(world, 200);
      expect(sample.queueTx).toBeGreaterThan(120);
      expect(sample.queueTxMax).toBeGreaterThanOrEqual(sample.queueTx ?? 0);
      expect(sample.queueRx).toBeLessThan(30);
    }
  });

  it('takes no queue that the other end only repeats, since it hears nothing of ours', () => {
    const full = (time: number) => (time < 10_000 ? 130 : 0);
    const world = twoEnds([
      { up: { delay: 20, rate: 100, depth: 200, traffic: full }, down: { delay: 20 } },
      {},
    ]);
    expect(sampleAfter(world, 10).queueTx).toBeGreaterThan(80);
    const dead = world.line(0);
    dead.up.cut = true;
    world.run(1_000);
    world.samples('router');
    expect(sampleAfter(world, 2)).toMatchObject({ queueTx: null, queueTxMax: null });
  });

  it('counts what the tunnel lost, each way, and what arrived', () => {
    const world = twoEnds(
      [
        {
          up: { delay: 20, loss: 0.05, traffic: () => 500 },
          down: { delay: 20, loss: 0.2, traffic: () => 800 },
        },
      ],
      3,
    );
    const sample = sampleAfter(world, 30);
    expect(sample.lossTx).toBeGreaterThan(0.03);
    expect(sample.lossTx).toBeLessThan(0.07);
    expect(sample.lossRx).toBeGreaterThan(0.17);
    expect(sample.lossRx).toBeLessThan(0.23);
    expect(sample.loss).toBeGreaterThan(0.1);
    expect(sample.loss).toBeLessThan(0.3);
    const arrived = 500 * 0.95 * 1400 * 8;
    expect(sample.deliveredTx).toBeGreaterThan(0.85 * arrived);
    expect(sample.deliveredTx).toBeLessThan(1.15 * arrived);
    expect(sample.txRate).toBeGreaterThan(0.9 * 500 * 1400 * 8);
    expect(sample.rxRate).toBeGreaterThan(0.9 * 800 * 0.8 * 1400 * 8);
    expect(sample.sentTx).toBeGreaterThan(400);
    expect(sample.lostTx).toBeGreaterThan(5);
    expect(sample.beatsTx).toBeGreaterThanOrEqual(8);
    expect(sample.beatsTx).toBeLessThanOrEqual(12);
  });

  it('sums the steps to what was sent and lost, heartbeats too', () => {
    const world = twoEnds([{ up: { loss: 0.1, traffic: () => 300 } }], 4);
    const sums = { sentTx: 0, lostTx: 0, beatsTx: 0, beatsLostTx: 0 };
    for (let i = 0; i < 60; i += 1) {
      world.run(1_000);
      const sample = world.samples('router')[0];
      for (const name of ['sentTx', 'lostTx', 'beatsTx', 'beatsLostTx'] as const)
        sums[name] += sample?.[name] ?? 0;
    }
    expect(sums.sentTx).toBeGreaterThan(17_000);
    expect(sums.lostTx / sums.sentTx).toBeGreaterThan(0.08);
    expect(sums.lostTx / sums.sentTx).toBeLessThan(0.12);
    expect(sums.beatsTx).toBeGreaterThan(560);
    expect(sums.beatsLostTx / sums.beatsTx).toBeGreaterThan(0.04);
    expect(sums.beatsLostTx / sums.beatsTx).toBeLessThan(0.17);
  });

  it('begins anew when a tunnel device is made anew, and is not told nonsense', () => {
    const world = twoEnds([{ up: { traffic: () => 300 }, down: { traffic: () => 300 } }], 5);
    sampleAfter(world, 12);
    const counts = world.sides.server.counts[0];
    if (counts === undefined) throw new Error('no counts');
    Object.assign(counts, { rxPackets: 1, txPackets: 1, rxBytes: 0, txBytes: 0 });
    for (let i = 0; i < 15; i += 1) {
      const sample = sampleAfter(world, 1);
      expect(sample.lossTx ?? 0).toBeLessThan(0.01);
      expect(sample.lossRx ?? 0).toBeLessThan(0.01);
      expect(sample.deliveredTx ?? 0).toBeLessThan(2 * 300 * 1400 * 8);
    }
  });

  it('has nothing to say of a line that is not heard', () => {
    const world = twoEnds([{}, {}], 6);
    sampleAfter(world, 5);
    const dead = world.line(0);
    dead.up.cut = dead.down.cut = true;
    const sample = sampleAfter(world, 40);
    expect(sample).toMatchObject({
      rtt: null,
      jitter: null,
      loss: null,
      queueTx: null,
      lossTx: null,
    });
  });
});
