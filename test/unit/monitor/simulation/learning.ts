import { type Learning, learn, newLearning } from '../../../../backend/src/monitor/learn.ts';
import { play, type Run, type Second } from './bond.ts';

/** What a run with learned shares brought. */
export interface Learned {
  seconds: Second[];
  state: Learning;
  /** How often the shares changed, and the rates of each second. */
  changes: number;
  rates: ReadonlyMap<string, number>[];
}

/** As plan/shares.ts has it: a link without a rate gets the mean of the others. */
export function weightsFrom(
  names: readonly string[],
  rates: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const known = names.flatMap((name) => rates.get(name) ?? []);
  const mean = known.length === 0 ? 1 : known.reduce((sum, rate) => sum + rate, 0) / known.length;
  return new Map(names.map((name) => [name, rates.get(name) ?? mean]));
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
