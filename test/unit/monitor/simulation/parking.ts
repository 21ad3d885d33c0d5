import {
  type Learning,
  learn,
  newLearning,
  tryAgain,
} from '../../../../backend/src/monitor/learn.ts';
import {
  newParking,
  type ParkInput,
  type Parking,
  type ParkLimits,
  park,
} from '../../../../backend/src/monitor/parking.ts';
import { play, type Run, type Second } from './bond.ts';
import { weightsFrom } from './learning.ts';

/** How a run with parking goes. */
export interface ParkRun extends Omit<Run, 'decide' | 'weights'> {
  /** The shares are given, as weights that fit the lines, whose rates are known; otherwise they are learned. */
  configured?: boolean;
  limits?: ReadonlyMap<string, ParkLimits>;
  enabled?: boolean;
}

/** What it brought. */
export interface Parked {
  seconds: Second[];
  state: Parking;
  /** Links that were parked in each second. */
  parked: string[][];
  texts: string[];
}

/** Plays a run in which links are parked, and shares follow the rates. */
export function playParking(run: ParkRun): Parked {
  const names = run.lines.map(({ name }) => name);
  const set = new Map(run.lines.map(({ name, rate }) => [name, rate]));
  const result: Parked = { seconds: [], state: newParking(), parked: [], texts: [] };
  let learned: Learning = newLearning();
  const rates = (): ReadonlyMap<string, number> => (run.configured ? set : learned.rates);
  result.seconds = play({
    ...run,
    weights: weightsFrom(names, rates()),
    decide: ({ samples, time }) => {
      learned = learn(learned, samples, time * 1000);
      const shares = weightsFrom(names, rates());
      const input: ParkInput = {
        enabled: run.enabled ?? true,
        byRate: run.configured !== true,
        samples,
        rates: rates(),
        shares,
        limits: run.limits ?? new Map(),
        refusedByPeer: new Set(),
      };
      const before = result.state.parked;
      result.state = park(result.state, input, time * 1000);
      learned = tryAgain(learned, result.state.tried);
      result.parked.push([...result.state.parked.keys()]);
      if (result.state.parked !== before)
        for (const { subject, text } of result.state.parked.values())
          result.texts.push(`${time} ${subject}: ${text}`);
      return new Map(
        [...shares].map(([name, share]) => [name, result.state.parked.has(name) ? 0 : share]),
      );
    },
  });
  return result;
}
