import { overLines } from './flow-model.ts';
import {
  type Evidence,
  leastBeatLoss,
  likelyEvents,
  losesMoreThan,
  mostLoss,
  newEvidence,
  parkedNow,
  soundsMended,
  triedNow,
} from './line-evidence.ts';
import { afterCopies, beginCopies, worthCopies } from './parking-copies.ts';
import {
  delayOf,
  flowOver,
  goesByRates,
  limitOf,
  MARGIN,
  modelOf,
  trialRate,
} from './parking-model.ts';
import { FIRST_PAUSE, LONGEST_PAUSE, longer, PATIENCE, pauseOf } from './parking-pause.ts';
import { parkedProblem } from './parking-text.ts';
import { meanOf, PROOF_SECONDS, provedWrong, SETTLING } from './parking-traffic.ts';
import type { LineRecord, Out, Reason, Work } from './parking-types.ts';

/** Seconds that the delay must have been too long. */
const SLOW_SECONDS = 20;

/** Seconds that the peer's heartbeats must have been lost beyond the user's limit. */
const DEAF_SECONDS = 30;

/** A link that is out may come back with each packet sent twice, once the rates of the others are seen, ms. */
const COPIES_AFTER = SETTLING + PROOF_SECONDS * 1_000;

/** A link of which nothing is known. */
export function newRecord(): LineRecord {
  return {
    evidence: newEvidence(),
    out: null,
    twice: null,
    pause: FIRST_PAUSE,
    backAt: null,
    trustedUntil: 0,
    copyFrom: 0,
  };
}

/** The links that are sent through. */
export function usedLinks({ input, records }: Work): string[] {
  return [...input.shares.keys()].filter((name) => (records.get(name)?.out ?? null) === null);
}

/** Takes back what the time has come for, and what was parked wrongly. */
export function reviewParked(work: Work): void {
  for (const [name, record] of work.records)
    if (record.out !== null) review(work, name, record, record.out);
}

function review(work: Work, name: string, record: LineRecord, out: Out): void {
  if (out.reason.kind === 'peer') {
    if (!work.input.refusedByPeer.has(name)) takeBack(work, name, record);
  } else if (out.reason.kind === 'loss' && provedWrong(work.traffic, out)) {
    takeBack(work, name, { ...record, trustedUntil: work.now + record.pause });
  } else if (out.reason.kind === 'loss' && isWorthTwice(work, name, out.since)) {
    beginCopies(work, name, { flow: out.reason.flow, before: out.before });
  } else if (isTime(work.now, record, out)) {
    if (isFit(work, name, record)) tryAgain(work, name, record, out);
    else leaveOut(work, name, out.reason, out.before);
  }
}

/** Which of the lines was to blame is known when the rates of the others are. */
function isWorthTwice(work: Work, name: string, since: number): boolean {
  if (work.now < since + COPIES_AFTER) return false;
  return worthCopies(work, [name], usedLinks(work)).includes(name);
}

function tryAgain(work: Work, name: string, record: LineRecord, { reason }: Out): void {
  const rate = trialRate(work, name, usedLinks(work));
  const isGradual = reason.kind === 'loss' && goesByRates(work.input);
  if (isGradual && rate !== null) work.tried.set(name, rate);
  takeBack(work, name, record);
}

function isTime(now: number, { evidence }: LineRecord, out: Out): boolean {
  return now >= out.until || (now >= out.soonest && soundsMended(evidence));
}

/** Whether its heartbeats allow a trial. */
function isFit(work: Work, name: string, record: LineRecord): boolean {
  const loss = leastBeatLoss(record.evidence);
  const limit = work.input.limits.get(name)?.maxLoss ?? null;
  if (record.evidence.slow > 0) return false;
  if (limit !== null && (loss > limit || record.evidence.deaf > 0)) return false;
  const used = usedLinks(work).map((other) => modelOf(work, other));
  return overLines(used) <= overLines([...used, { ...modelOf(work, name), loss }]) * MARGIN;
}

/** Leaves out what the peer's user does not want. */
export function followPeer(work: Work): void {
  for (const name of work.input.refusedByPeer)
    if (mayPark(work, name)) leaveOut(work, name, { kind: 'peer' }, 0);
}

/** Used, and not the only one that is. */
function mayPark(work: Work, name: string): boolean {
  const used = usedLinks(work);
  return used.length > 1 && used.includes(name);
}

/** Leaves out what is beyond the user's limits, and what delays the others. */
export function holdLimits(work: Work): void {
  for (const name of work.input.shares.keys()) {
    const record = work.records.get(name);
    if (record === undefined || !mayPark(work, name)) continue;
    const reason = beyondLimits(work, name, record.evidence);
    if (reason !== null) leaveOut(work, name, reason, meanOf(work.traffic));
  }
}

function beyondLimits(work: Work, name: string, evidence: Evidence): Reason | null {
  const { maxLoss, maxLatency } = limitOf(work.input, name);
  const lost = maxLoss !== null && losesMoreThan(evidence, maxLoss);
  const deaf = maxLoss !== null && evidence.deaf >= DEAF_SECONDS;
  if (lost || deaf) return { kind: 'max-loss', limit: maxLoss, deaf: !lost };
  if (evidence.slow < SLOW_SECONDS) return null;
  if (maxLatency !== null && (evidence.rtt ?? 0) > maxLatency)
    return { kind: 'max-latency', limit: maxLatency };
  return { kind: 'delay', others: delayOf(name, work.records, work.input).others };
}

/**
 * Parks those that lose most, as many as it takes for the best half; nothing when that gains little.
 * All together are taken for as good as the evidence allows, the rest for as bad. Where it is better still,
 * their packets are sent twice instead; also where to park them would gain nothing.
 */
export function parkHarmful(work: Work): void {
  // A link was parked for the ACKs that it had lost: an upload over the rest had a third, and nobody knew.
  if (work.traffic.length < PROOF_SECONDS) return;
  const lossy = usedLinks(work)
    .map((name) => ({ name, model: modelOf(work, name) }))
    .sort((a, b) => b.model.loss - a.model.loss);
  const names = lossy.map(({ name }) => name);
  const all = overLines(lossy.map(({ model }) => model));
  const before = meanOf(work.traffic);
  const asItIs = Math.max(all, before) * MARGIN;
  let best = { count: 0, flow: asItIs };
  for (let count = 1; count < lossy.length && mayJudge(work, lossy[count - 1]); count += 1) {
    const flow = flowOver(work, names.slice(count), mostLoss);
    if (flow > best.flow) best = { count, flow };
  }
  const reason = { kind: 'loss', flow: flowOver(work, names, likelyEvents) } as const;
  const sure = lossy.filter((line) => mayJudge(work, line)).length;
  const count = best.count > 0 ? best.count : sure;
  const twice = worthCopies(work, names.slice(0, count), names.slice(count), asItIs);
  for (const name of twice) beginCopies(work, name, { flow: reason.flow, before });
  for (const name of names.slice(0, best.count))
    if (!twice.includes(name)) leaveOut(work, name, reason, before);
}

function mayJudge(
  work: Work,
  line: { name: string; model: { loss: number } } | undefined,
): boolean {
  if (line === undefined || line.model.loss === 0) return false;
  return work.now >= (work.records.get(line.name)?.trustedUntil ?? 0);
}

/** Where all that could be used are parked, the one that brings most comes back. */
export function keepOne(work: Work): void {
  if (work.input.shares.size === 0 || usedLinks(work).length > 0) return;
  const flows = [...work.input.shares.keys()].map((name) => ({
    name,
    flow: overLines([modelOf(work, name)]),
  }));
  const best = flows.sort((a, b) => b.flow - a.flow)[0];
  const record = best === undefined ? undefined : work.records.get(best.name);
  if (best !== undefined && record !== undefined) takeBack(work, best.name, record);
}

function takeBack(work: Work, name: string, record: LineRecord): void {
  work.records.set(name, {
    ...record,
    out: null,
    backAt: work.now,
    evidence: triedNow(record.evidence),
  });
}

function leaveOut(work: Work, name: string, reason: Reason, before: number): void {
  const { now } = work;
  const record = afterCopies(work.records.get(name) ?? newRecord(), reason, now);
  const pause = pauseOf(record, now);
  const isPatient = reason.kind === 'loss' && !goesByRates(work.input);
  const longest = isPatient ? Math.min(pause * PATIENCE, LONGEST_PAUSE) : pause;
  const problem = parkedProblem(name, reason, record.evidence, { soonest: pause, longest });
  const since = record.out?.since ?? now;
  work.records.set(name, {
    ...record,
    evidence: parkedNow(record.evidence),
    pause: reason.kind === 'peer' ? pause : longer(pause),
    out: { reason, since, soonest: now + pause, until: now + longest, before, problem },
  });
}
