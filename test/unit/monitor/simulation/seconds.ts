import type { LineSample } from '../../../../backend/src/monitor/heartbeats.ts';
import {
  type ParkInput,
  type Parking,
  type ParkLimits,
  park,
} from '../../../../backend/src/monitor/parking.ts';

/** Seconds made by hand, where a simulation would say too much at once. */

const M = 1_000_000;

/** What is decided by: all links usable, alike, no limits. */
export function inputOf(samples: readonly LineSample[], more: Partial<ParkInput> = {}): ParkInput {
  return {
    enabled: true,
    sharesBy: 'weight',
    samples,
    rates: new Map(),
    shares: new Map(samples.map(({ link }) => [link, 1])),
    limits: new Map(),
    refusedByPeer: new Set(),
    mayCopy: new Set(),
    ...more,
  };
}

/** A second of a line that carries 5 Mbit/s. */
export function sample(link: string, more: Partial<LineSample> = {}): LineSample {
  return {
    link,
    rtt: 30,
    jitter: 1,
    loss: 0,
    queueTx: 1,
    queueTxMax: 2,
    queueRx: 1,
    lossTx: 0,
    lossRx: 0,
    sentTx: 500,
    lostTx: 0,
    beatsTx: 10,
    beatsLostTx: 0,
    deliveredTx: 5 * M,
    txRate: 5 * M,
    rxRate: 0,
    ...more,
  };
}

/** Plays the same second again and again; `at`: the first one with a parked link. */
export function played(
  state: Parking,
  seconds: number,
  input: ParkInput,
  from = 0,
): { state: Parking; at: number | null } {
  let now = state;
  let at: number | null = null;
  for (let second = 0; second < seconds; second += 1) {
    now = park(now, input, (from + second) * 1000);
    if (at === null && now.parked.size > 0) at = second;
  }
  return { state: now, at };
}

/** Limits of link b. */
export const limits = (
  maxLoss: number | null,
  maxLatency: number | null,
): Map<string, ParkLimits> => new Map([['b', { maxLoss, maxLatency }]]);

/** Why it is parked. */
export const whyOf = (state: Parking, name = 'b'): string | undefined =>
  state.parked.get(name)?.text;
