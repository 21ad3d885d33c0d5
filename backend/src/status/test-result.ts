import type { Problem } from '../errors.ts';
import type { Verdict } from './bottleneck.ts';

/** Rates in bit/s: `down` is what this end receives, `up` what it sends. */
export interface TestRates {
  down: number;
  up: number;
}

/** One line, measured through its tunnel alone. */
export interface TestLink {
  name: string;
  /** Null where it was not measured. */
  down: number | null;
  up: number | null;
  /** Why it was left out of the sum; null when it was not. */
  skipped: string | null;
}

/** What is being measured now. */
export interface TestProgress {
  /** Name of the link; null: the bond as a whole. */
  link: string | null;
  direction: keyof TestRates;
  /** In the last half second. */
  rate: number;
  /** From 1 to `steps`. */
  step: number;
  steps: number;
}

/** The answer of `ubus call bonding test_result`, and the notification `test`. */
export interface TestResult {
  /** Number of the test since the daemon started; 0: none yet. */
  id: number;
  state: 'idle' | 'running' | 'done' | 'failed';
  /** Of each measurement. */
  seconds: number;
  links: TestLink[];
  sum: TestRates;
  /** Null while it is not measured, and when only some links were asked for. */
  bond: TestRates | null;
  /** The bond in whole percent of the sum. */
  percent: TestRates | null;
  progress: TestProgress | null;
  /** What kept it from being faster, by direction; null until the end, or where nothing is to be said. */
  verdict: { down: Verdict | null; up: Verdict | null } | null;
  problem: Problem | null;
}

/** Before the first test. */
export const NO_TEST: TestResult = {
  id: 0,
  state: 'idle',
  seconds: 0,
  links: [],
  sum: { down: 0, up: 0 },
  bond: null,
  percent: null,
  progress: null,
  verdict: null,
  problem: null,
};

/** The result with sum and percent of what has been measured. A line without both rates does not count. */
export function withSum(result: TestResult): TestResult {
  const sum = { down: 0, up: 0 };
  for (const { down, up, skipped } of result.links) {
    if (skipped !== null) continue;
    sum.down += down ?? 0;
    sum.up += up ?? 0;
  }
  const { bond } = result;
  const part = (way: keyof TestRates): number =>
    bond === null || sum[way] === 0 ? 0 : Math.round((100 * bond[way]) / sum[way]);
  const percent = bond === null ? null : { down: part('down'), up: part('up') };
  return { ...result, sum, percent };
}
