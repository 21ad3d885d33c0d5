import { type ModelLine, overLines } from './flow-model.ts';
import { type Evidence, leastLoss, likelyEvents, newEvidence } from './line-evidence.ts';
import type { LineRecord, ParkInput, ParkLimits } from './parking-types.ts';

/** The round trip of a line of which nothing is known yet, ms. */
const USUAL_RTT = 50;

/**
 * A round trip that is longer than the others' by this much hurts, ms. Up to 50 ms cost nothing
 * (measured); Linux senders bear reordering of up to about one round trip, so it is also twice that
 * of the others, where that is more.
 */
const EXCESS = 150;
const EXCESS_FACTOR = 2;

/** Whatever is done about a line must promise so much more than what is. */
export const MARGIN = 1.05;

/** A trial begins with at least this part of the fastest line's rate. */
const LEAST_TRIAL = 0.02;

/** Of the most that the model bears: it knows the loss from some packets only. */
const TRIAL = 0.5;

/** How far the jitter of a line adds to its delay. */
const JITTERS = 2;

/** The line as the model of one connection needs it, with the least loss that is sure. */
export function modelOf(
  { input, records }: { input: ParkInput; records: ReadonlyMap<string, LineRecord> },
  name: string,
): ModelLine {
  const evidence = records.get(name)?.evidence;
  return {
    rate: input.rates.get(name) ?? null,
    weight: input.shares.get(name) ?? 0,
    loss: evidence === undefined ? 0 : leastLoss(evidence),
    rtt: evidence?.rtt ?? USUAL_RTT,
  };
}

/** bit/s that one connection reaches over these links together, with `lossOf` each. */
export function flowOver(
  work: { input: ParkInput; records: ReadonlyMap<string, LineRecord> },
  names: readonly string[],
  lossOf: (evidence: Evidence) => number,
): number {
  return overLines(
    names.map((name) => {
      const evidence = work.records.get(name)?.evidence;
      return { ...modelOf(work, name), loss: lossOf(evidence ?? newEvidence()) };
    }),
  );
}

/**
 * bit/s that a line which loses may begin with beside these: all that it had where one connection is no
 * slower with it, else half of the most with which that is so. Null: no rate is known.
 */
export function trialRate(
  work: { input: ParkInput; records: ReadonlyMap<string, LineRecord> },
  name: string,
  beside: readonly string[],
): number | null {
  const fastest = Math.max(0, ...work.input.rates.values());
  if (fastest === 0) return null;
  const others = beside.map((other) => ({ ...modelOf(work, other), loss: 0 }));
  const loss = likelyEvents(work.records.get(name)?.evidence ?? newEvidence());
  const own = modelOf(work, name);
  const full = own.rate ?? fastest;
  const bears = (rate: number): boolean => {
    const weight = (own.weight * rate) / full;
    return overLines([...others, { ...own, rate, weight, loss }]) >= overLines(others);
  };
  if (bears(full)) return full;
  let rate = full / 2;
  while (rate > fastest * LEAST_TRIAL && !bears(rate)) rate /= 2;
  return rate * TRIAL;
}

/** Whether the shares follow rates, given or learned. */
export function goesByRates({ sharesBy }: ParkInput): boolean {
  return sharesBy === 'rate' || sharesBy === 'learned';
}

/** The user's limits of one link. */
export function limitOf(input: ParkInput, name: string): ParkLimits {
  return input.limits.get(name) ?? { maxLoss: null, maxLatency: null };
}

/** How long the link's delay is, in parts of what is borne; above 1 it hurts. */
export function delayOf(
  name: string,
  records: ReadonlyMap<string, LineRecord>,
  input: ParkInput,
): { part: number; others: number } {
  const own = records.get(name)?.evidence;
  const { maxLatency } = limitOf(input, name);
  if (own === undefined || own.rtt === null) return { part: 0, others: 0 };
  const others = othersRtt(name, records, input);
  const limit = Math.max(EXCESS, EXCESS_FACTOR * (others ?? 0));
  const excess = own.rtt + JITTERS * (own.history.jitter ?? 0) - (others ?? 0);
  const relative = others === null || !isSmaller(name, records, input) ? 0 : excess / limit;
  const absolute = maxLatency === null ? 0 : own.rtt / maxLatency;
  return { part: Math.max(relative, absolute), others: others ?? 0 };
}

/** Mean round trip of the other links in use, by their shares; null: there is none. */
function othersRtt(
  name: string,
  records: ReadonlyMap<string, LineRecord>,
  input: ParkInput,
): number | null {
  let weights = 0;
  let sum = 0;
  for (const [other, weight] of input.shares) {
    const record = records.get(other);
    if (other === name || record === undefined || record.out !== null) continue;
    if (record.evidence.rtt === null) continue;
    weights += weight;
    sum += weight * record.evidence.rtt;
  }
  return weights === 0 ? null : sum / weights;
}

/** Whether the others in use bring at least as much as this one: else they are not the better half. */
function isSmaller(
  name: string,
  records: ReadonlyMap<string, LineRecord>,
  input: ParkInput,
): boolean {
  const others = [...input.shares.keys()].filter(
    (other) => other !== name && (records.get(other)?.out ?? null) === null,
  );
  const rated = [name, ...others].every((link) => input.rates.has(link));
  const sizes = rated ? input.rates : input.shares;
  const size = (link: string): number => sizes.get(link) ?? 0;
  return size(name) <= others.reduce((sum, other) => sum + size(other), 0);
}
