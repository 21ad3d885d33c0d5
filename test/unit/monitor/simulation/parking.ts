import {
  type Learning,
  learn,
  newLearning,
  tryAgain,
  turnTo,
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
  /** Packets may be sent twice; the shares go by the rates, also where these are given. */
  copies?: boolean;
}

/** What it brought. */
export interface Parked {
  seconds: Second[];
  state: Parking;
  /** Links that were parked in each second. */
  parked: string[][];
  /** Links whose packets were sent twice in each second. */
  twice: string[][];
  texts: string[];
}

/** Plays a run in which links are parked, and shares follow the rates. */
export function playParking(run: ParkRun): Parked {
  const names = run.lines.map(({ name }) => name);
  const set = new Map(run.lines.map(({ name, rate }) => [name, rate]));
  const result: Parked = { seconds: [], state: newParking(), parked: [], twice: [], texts: [] };
  let learned: Learning = newLearning();
  const rates = (): ReadonlyMap<string, number> =>
    run.configured ? halved(set, result.state.twice) : learned.rates;
  result.seconds = play({
    ...run,
    weights: weightsFrom(names, rates()),
    twice: () => result.state.twice,
    decide: ({ samples, time }) => {
      learned = learn(learned, samples, time * 1000);
      const shares = weightsFrom(names, rates());
      const input: ParkInput = {
        enabled: run.enabled ?? true,
        sharesBy: byWhat(run),
        samples,
        rates: rates(),
        shares,
        limits: run.limits ?? new Map(),
        refusedByPeer: new Set(),
        mayCopy: new Set(run.copies === true ? names : []),
      };
      const before = result.state;
      result.state = park(result.state, input, time * 1000);
      learned = turnTo(tryAgain(learned, result.state.tried), result.state.turned);
      const { parked, twice } = result.state;
      result.parked.push([...parked.keys()]);
      result.twice.push([...twice.keys()]);
      if (parked !== before.parked) tell(result, time, parked);
      if (twice !== before.twice) tell(result, time, twice);
      return new Map(
        [...weightsFrom(names, rates())].map(([name, share]) => [
          name,
          parked.has(name) ? 0 : share,
        ]),
      );
    },
  });
  return result;
}

function byWhat({ configured, copies }: ParkRun): ParkInput['sharesBy'] {
  if (configured !== true) return 'learned';
  return copies === true ? 'rate' : 'weight';
}

function tell({ texts }: Parked, time: number, problems: Parking['parked']): void {
  for (const { subject, text } of problems.values()) texts.push(`${time} ${subject}: ${text}`);
}

function halved(
  rates: ReadonlyMap<string, number>,
  twice: Parking['twice'],
): ReadonlyMap<string, number> {
  return new Map([...rates].map(([name, rate]) => [name, twice.has(name) ? rate / 2 : rate]));
}
