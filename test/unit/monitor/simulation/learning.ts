import { type Learning, learn, newLearning } from '../../../../backend/src/monitor/learn.ts';
import { learnedShares } from '../../../../backend/src/plan/shares.ts';
import { play, type Run, type Second } from './bond.ts';

/** What a run with learned shares brought. */
export interface Learned {
  seconds: Second[];
  state: Learning;
  /** How often the shares changed, and the rates of each second. */
  changes: number;
  rates: ReadonlyMap<string, number>[];
}

/** The weights of lines by what is learned of them. */
export function weightsFrom(
  names: readonly string[],
  rates: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const shares = learnedShares(names.map((name) => rates.get(name))) ?? [];
  return new Map(names.map((name, index) => [name, shares[index] ?? 1]));
}

/** Plays a run whose shares follow what is learned. */
export function playLearning(
  run: Omit<Run, 'decide' | 'weights'>,
  start: Learning = newLearning(),
): Learned {
  const names = run.lines.map(({ name }) => name);
  const result: Learned = { seconds: [], state: start, changes: 0, rates: [] };
  result.seconds = play({
    ...run,
    weights: weightsFrom(names, start.rates),
    decide: ({ samples, time }) => {
      const before = result.state.rates;
      result.state = learn(result.state, samples, time * 1000);
      if (result.state.rates !== before) result.changes += 1;
      result.rates.push(result.state.rates);
      return weightsFrom(names, result.state.rates);
    },
  });
  return result;
}
