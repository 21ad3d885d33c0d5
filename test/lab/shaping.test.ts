import { beforeAll, describe, expect, it } from 'vitest';
import { payloadPart } from '../../backend/src/config/numbers.ts';
import type { ShapedFlow, Shaping } from './guest/programs/shaping.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';

/** Both lines together, bit/s. */
const SUM = { down: 13e6, up: 5e6 };
/** Of what encapsulation leaves of them; 97 and 93 % were measured (docs/shaping.md). */
const ENOUGH = 0.85;
/** What pings may take longer under load, ms: 5 to 25 are usual, and without shaping 50 to 70. */
const LATE = 40;

describe('shaping two unequal lines', () => {
  let seen: Shaping;

  const isGood = ({ flows, idle }: Shaping): boolean =>
    flows.every((flow) => goodputOf(flow) > ENOUGH && laterThan(idle.p95, flow) <= LATE);

  beforeAll(async () => {
    const args = ['10/4/20,3/1/20', '98', '4', '3', 'tun'];
    seen = await secondOpinion(async () => (await play('shaping', args)) as Shaping, isGood);
  });

  it.each(['down', 'up'] as const)('%s: keeps the rate, and other packets are not late', (way) => {
    const flow = seen.flows.find((one) => one.way === way);
    if (flow === undefined) throw new Error(`nothing went ${way}`);
    expect(goodputOf(flow)).toBeGreaterThan(ENOUGH);
    expect(laterThan(seen.idle.p95, flow)).toBeLessThan(LATE);
    expect(flow.ping.lost).toBe(0);
  });

  it('uses the rates of the lines, and is then left alone', () => {
    const qdiscs = (seen.qdiscs['98'] ?? []) as { kind: string; options: { rate?: number } }[];
    const rates = qdiscs.flatMap(({ options: { rate } }) => (rate === undefined ? [] : rate * 8));
    // 98 %, less the heartbeats.
    expect(rates).toEqual([3_912_800, 972_800]);
    expect(qdiscs.map(({ kind }) => kind).sort()).toEqual(['fq_codel', 'fq_codel', 'tbf', 'tbf']);
    expect([seen.router.problems, seen.server.problems]).toEqual([[], []]);
    expect(seen.late).toEqual([]);
  });

  it('can be switched off', () => {
    expect(seen.off).toEqual([]);
  });
});

/** Part of the most that one flow can reach. */
function goodputOf({ way, bitsPerSecond }: ShapedFlow): number {
  return bitsPerSecond / (SUM[way] * payloadPart('tun', 1440));
}

function laterThan(idle: number | null, { ping }: ShapedFlow): number {
  return (ping.p95 ?? Number.POSITIVE_INFINITY) - (idle ?? 0);
}
