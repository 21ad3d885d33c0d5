import { overLines } from './flow-model.ts';
import {
  copiedNow,
  type Evidence,
  mostLoss,
  newEvidence,
  onceAgainNow,
  soundsMended,
} from './line-evidence.ts';
import { wasQuiet } from './line-history.ts';
import { goesByRates, MARGIN, modelOf } from './parking-model.ts';
import { longer, PATIENCE, pauseOf } from './parking-pause.ts';
import { twiceProblem } from './parking-text.ts';
import { provedWrong, SETTLING } from './parking-traffic.ts';
import type { LineRecord, Reason, Twice, Work } from './parking-types.ts';

/**
 * A line that loses by chance is of use all the same where each of its packets leaves twice: only what is
 * lost twice is lost. It carries half as much then, so it is for lines that would be left out otherwise.
 */

/**
 * After sending twice has not helped it is not tried again for this long, ms: the line loses several packets
 * in a row, and each trial slows a connection for some seconds.
 */
const FAILED_PAUSE = 3_600_000;

/** How much faster than what it has carried a line may be that its loss keeps from being full. */
const HIDDEN = 3;

/** So many heartbeats would have been lost where none was: by chance that is once in some hours. */
const MENDED = 6;

/**
 * In the middle of much traffic it is done without for a trial: some senders (BBR) bear the loss. So many full
 * seconds more than others are much.
 */
const BUSY_SECONDS = 10;

/**
 * A link whose rate is not known is taken for as fast as the fastest one. What is learned of one that loses, and
 * has had no queue for long, is what its loss has left of it: it may carry some times as much as it ever has. Three
 * of ten connections stayed at 15.5 of 20.2 Mbit/s for good.
 */
function halfRate({ input: { sharesBy, rates }, records }: Work, name: string): number {
  const fastest = Math.max(0, ...rates.values());
  const rate = rates.get(name) ?? fastest;
  if (sharesBy !== 'learned') return rate / 2;
  const { history, most } = records.get(name)?.evidence ?? newEvidence();
  const guess = wasQuiet(history) ? Math.min(fastest, HIDDEN * most) : most;
  return Math.max(rate, guess) / 2;
}

/**
 * Those of `names` whose packets are rather to be sent twice than not at all; none where that is not sure to be
 * better. `beside`: the links that stay as they are; `otherwise`: bit/s that one connection has anyway.
 */
export function worthCopies(
  work: Work,
  names: readonly string[],
  beside: readonly string[],
  otherwise = 0,
): string[] {
  const { input, records, now } = work;
  // By weights that are given it would get more than half of its line carries.
  if (!goesByRates(input) || !beside.every((name) => input.rates.has(name))) return [];
  const copied = names.filter((name) => {
    const record = records.get(name);
    return input.mayCopy.has(name) && record?.twice === null && now >= record.copyFrom;
  });
  // What the others lose is the same with and without: taken for much, it once kept a link out for good.
  const others = beside.map((name) => modelOf(work, name));
  const halves = copied.map((name) => {
    const model = modelOf(work, name);
    const lost = mostLoss(records.get(name)?.evidence ?? newEvidence());
    return { ...model, rate: halfRate(work, name), weight: model.weight / 2, loss: lost ** 2 };
  });
  const without = Math.max(otherwise, overLines(others));
  return overLines([...others, ...halves]) > without * MARGIN ? copied : [];
}

/** From now on its packets are sent twice; `flow`: what one connection would have with each sent once, bit/s. */
export function beginCopies(
  work: Work,
  name: string,
  { flow, before }: { flow: number; before: number },
): void {
  const { now } = work;
  const record = work.records.get(name);
  if (record === undefined) return;
  const { evidence } = record;
  const pause = pauseOf(record, now);
  const twice = {
    ...{ since: now, soonest: now + pause, until: now + PATIENCE * pause, fullSeconds: 0 },
    ...{ before, kept: evidence },
    problem: twiceProblem(name, flow, evidence),
  };
  work.turned.set(name, halfRate(work, name));
  work.records.set(name, {
    ...{ ...record, out: null, backAt: now, pause: longer(pause) },
    ...{ twice, evidence: copiedNow(evidence) },
  });
}

/**
 * Ends it where the line seems to have mended, less goes through than before, or it may not be any more; for a
 * trial after a while.
 */
export function reviewCopies(work: Work): void {
  for (const [name, record] of work.records)
    if (record.twice !== null) review(work, name, record, record.twice);
}

function review(work: Work, name: string, record: LineRecord, before: Twice): void {
  const { now, input, traffic } = work;
  const twice = { ...before, fullSeconds: nextFull(work, before) };
  const isWrong = provedWrong(traffic, twice);
  const { beatsInRow } = record.evidence;
  const isMended = soundsMended({ ...twice.kept, beatsInRow }, MENDED);
  const isTime = now >= twice.until && twice.fullSeconds >= BUSY_SECONDS;
  const isDone = isWrong || isTime || (now >= twice.soonest && isMended);
  if (input.mayCopy.has(name) && goesByRates(input) && !isDone) {
    work.records.set(name, { ...record, twice });
    return;
  }
  const rate = input.rates.get(name);
  if (rate !== undefined) work.turned.set(name, 2 * rate);
  work.records.set(name, {
    ...record,
    twice: null,
    backAt: now,
    trustedUntil: isWrong ? now + record.pause : record.trustedUntil,
    evidence: onceAgainNow(twice.kept, record.evidence),
  });
}

function nextFull({ traffic, now }: Work, { fullSeconds }: Twice): number {
  const latest = traffic.at(-1);
  if (latest?.at !== now) return 0;
  return Math.max(0, fullSeconds + (latest.full ? 1 : -1));
}

/** A link that is left out, whose packets may have been sent twice: where it still lost some, that has not helped. */
export function afterCopies(record: LineRecord, { kind }: Reason, now: number): LineRecord {
  if (record.twice === null) return record;
  const copyFrom = kind === 'loss' ? now + FAILED_PAUSE : record.copyFrom;
  return { ...record, twice: null, copyFrom };
}

/** In the first seconds packets that were sent once are lost still: they say nothing of the copies. */
export function settledCopies({ twice }: LineRecord, evidence: Evidence, now: number): Evidence {
  if (twice === null || now - twice.since >= SETTLING) return evidence;
  const { beats, beatsLost, beatsInRow } = evidence;
  return { ...copiedNow(evidence), beats, beatsLost, beatsInRow };
}
