import { beforeAll, describe, expect, it } from 'vitest';
import { payloadPart } from '../../backend/src/config/numbers.ts';
import type { Quality } from './guest/programs/quality.ts';
import type { SendTwice } from './guest/programs/send-twice.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';

/** The second loses 2 %: one connection over both would have less than over the first alone. */
const LINES = '2/0.5/30,1.5/0.5/60/0/2';
/** What the first carries, and that with half of the second, bit/s of payload. */
const FIRST = 2e6 * payloadPart('tun', 1_440);
const MOST = 2.75e6 * payloadPart('tun', 1_440);
/** One packet in 2,500 is lost twice, and TCP feels it. Measured: 99 to 100 %. */
const ENOUGH = 0.9;

/** ms between two of the guest's pings. */
const PACE = 20;

const isGood = ({ down }: SendTwice): boolean => down.bitsPerSecond > ENOUGH * MOST;

describe('a line that loses packets, each of which is sent twice', () => {
  let seen: SendTwice;

  beforeAll(async () => {
    seen = await secondOpinion(
      async () => (await play('send-twice', [LINES])) as SendTwice,
      isGood,
    );
  });

  it('carries its part of one connection', () => {
    expect(seen.server).toMatchObject({ state: 'up', driver: 'spread', problems: [] });
    expect(ENOUGH * MOST).toBeGreaterThan(1.2 * FIRST);
    expect(seen.down.bitsPerSecond).toBeGreaterThan(ENOUGH * MOST);
  });

  it('carries each packet twice, behind OpenVPN', () => {
    for (const { tunnel, line } of [seen.packets.router, seen.packets.server]) {
      expect(tunnel).toBeGreaterThan(100);
      // And a few heartbeats.
      expect(line / tunnel).toBeGreaterThan(1.95);
      expect(line / tunnel).toBeLessThan(2.3);
    }
  });

  it('fills no log with packets that come twice', () => {
    expect(seen.logged).toBeLessThan(50);
  });

  it('is taken over by the next daemon as it is', () => {
    const { before, next } = seen.killed;
    expect(before.rules).toContain('dup to');
    expect(next).toEqual(before);
  });

  it('is left within half a second when it dies', () => {
    const { dying, dead, deadPackets } = seen.death;
    const [first = 0] = dying.lostNumbers;
    const last = dying.lostNumbers.at(-1) ?? Number.POSITIVE_INFINITY;
    expect(dying.lost).toBeGreaterThan(2);
    expect((last - first) * PACE).toBeLessThan(500);
    expect(dead.lost).toBe(0);
    expect(deadPackets.tunnel).toBe(0);
  });

  it('carries each packet twice again when it is back', () => {
    const { back, backPackets } = seen.death;
    expect(back.lost).toBeLessThan(3);
    // 3 s of heartbeats, ten a second, go by that line as well.
    expect((backPackets.line - 35) / backPackets.tunnel).toBeGreaterThan(1.7);
    expect((backPackets.line - 25) / backPackets.tunnel).toBeLessThan(2.4);
  });

  it('leaves no table when that is over', () => {
    expect(seen.left).not.toContain('table ip bonding');
    expect(seen.left).toContain('table inet bonding');
  });
});

/** The second loses 1 %: one connection over both has two thirds of what the first alone carries. */
const LOSSY = '8/1/30,6/1/60/0/1';
/** What the first carries, and that with half of the second, bit/s of payload. */
const CLEAN = 8e6 * payloadPart('tun', 1_440);
const BOTH = 11e6 * payloadPart('tun', 1_440);
/** Half seconds at the end of the download in which all is settled. */
const SETTLED = 16;

function settled({ flows }: Quality): number {
  const end = flows[0]?.series.slice(-SETTLED) ?? [];
  return end.reduce((sum, rate) => sum + rate, 0) / end.length;
}

describe('a line that loses packets, and no option says what to do', () => {
  let seen: Quality;

  beforeAll(async () => {
    seen = await secondOpinion(
      async () => (await play('quality', [LOSSY, 'rates', 'down', '24'])) as Quality,
      (quality) => settled(quality) > ENOUGH * BOTH,
    );
  });

  it('has each packet sent twice, and says why', () => {
    const last = seen.flows[0]?.steps.at(-1);
    expect(last?.links.map(({ state }) => state)).toEqual(['up', 'up']);
    expect(last?.problems.filter((text) => text.startsWith('link-'))).toEqual([
      expect.stringMatching(
        /^link-twice link 'link1': each of its packets is sent twice, .* of its packets are lost, which would cut /,
      ),
    ]);
    expect(last?.sent.tun1).toBeGreaterThan(100);
  });

  it('brings one connection more than the clean line alone', () => {
    expect(ENOUGH * BOTH).toBeGreaterThan(1.2 * CLEAN);
    expect(settled(seen)).toBeGreaterThan(ENOUGH * BOTH);
  });
});
