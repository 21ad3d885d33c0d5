import { describe, expect, it } from 'vitest';
import { newEvidence } from '../../../backend/src/monitor/line-evidence.ts';
import { trialRate } from '../../../backend/src/monitor/parking-model.ts';
import { newRecord } from '../../../backend/src/monitor/parking-steps.ts';
import type { LineRecord } from '../../../backend/src/monitor/parking-types.ts';
import { inputOf, sample } from './simulation/seconds.ts';

const M = 1_000_000;

describe('what a link that loses is tried with, beside one that does not', () => {
  const record = (rtt: number, loss: number): LineRecord => ({
    ...newRecord(),
    evidence: { ...newEvidence(), rtt, sent: 10_000, lost: loss * 10_000, events: loss * 10_000 },
  });
  /** bit/s; `rates` of the clean one at 30 ms and of the other at 60. */
  const tried = (rates: Record<string, number>, loss: number): number | null => {
    const known = new Map(Object.entries(rates));
    const input = inputOf([sample('dsl'), sample('lte')], { rates: known, shares: known });
    const records = new Map([
      ['dsl', record(30, 0)],
      ['lte', record(60, loss)],
    ]);
    return trialRate({ input, records }, 'lte', ['dsl']);
  };

  it('is little where its whole share would slow a connection down', () => {
    for (const loss of [0.005, 0.02]) {
      const rate = tried({ dsl: 16 * M, lte: 12 * M }, loss) ?? 0;
      expect(rate).toBeGreaterThan(0.1 * M);
      expect(rate).toBeLessThan(1.5 * M);
    }
  });

  it('is all that it had where a connection is no slower with it', () => {
    expect(tried({ dsl: 2 * M, lte: 4 * M }, 0.005)).toBe(4 * M);
    expect(tried({ dsl: 16 * M, lte: 12 * M }, 0)).toBe(12 * M);
  });

  it('is not known where no rate is', () => {
    const input = inputOf([sample('dsl'), sample('lte')]);
    expect(trialRate({ input, records: new Map() }, 'lte', ['dsl'])).toBeNull();
  });
});
