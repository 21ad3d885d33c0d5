import type { Problem } from '../errors.ts';
import { type Evidence, withSecond } from './line-evidence.ts';
import { isFull, onlyAnswers } from './line-history.ts';
import { reviewCopies, settledCopies } from './parking-copies.ts';
import { delayOf, limitOf } from './parking-model.ts';
import {
  followPeer,
  holdLimits,
  keepOne,
  newRecord,
  parkHarmful,
  reviewParked,
  usedLinks,
} from './parking-steps.ts';
import type { LineRecord, ParkInput, Parking, Traffic, Work } from './parking-types.ts';

export type { ParkInput, Parking, ParkLimits } from './parking-types.ts';

/**
 * No line that hurts: a link that would make the bond slower than it is without it is left out of
 * what this end sends, and tried again after a while. Each end judges only its own direction: a line
 * that ruins the download may be most of the upload.
 */

/** Seconds with too long a delay are counted up to this. */
const MOST_SLOW_SECONDS = 60;

/** A long delay of a parked link is over when it is below this part of what is borne. */
const CALM = 0.8;

/** How old the traffic that is looked at may be, ms. */
const TRAFFIC_AGE = 10_000;

/** Less than this is nobody who waits, bit/s. */
const LEAST_TRAFFIC = 100_000;

/** Nothing known, nothing parked. */
export function newParking(): Parking {
  const nothing = {
    ...{ parked: new Map(), refused: new Set<string>() },
    ...{ tried: new Map(), twice: new Map(), turned: new Map() },
  };
  return { records: new Map(), traffic: [], ...nothing };
}

/** What is parked after one more second at `now`. At least one usable link is never parked. */
export function park(state: Parking, input: ParkInput, now: number): Parking {
  if (!input.enabled) return state.records.size === 0 ? state : newParking();
  const records = gather(state, input, now);
  const work: Work = { input, now, records, tried: new Map(), turned: new Map(), traffic: [] };
  work.traffic = withTraffic(state.traffic, work);
  reviewCopies(work);
  reviewParked(work);
  followPeer(work);
  holdLimits(work);
  parkHarmful(work);
  keepOne(work);
  const { traffic, tried, turned } = work;
  return { ...given(state, work), records, traffic, tried, turned };
}

function gather(state: Parking, input: ParkInput, now: number): Map<string, LineRecord> {
  const records = new Map(state.records);
  for (const sample of input.samples) {
    const record = records.get(sample.link) ?? newRecord();
    const evidence = withSecond(record.evidence, sample, record.twice !== null);
    records.set(sample.link, { ...record, evidence: settledCopies(record, evidence, now) });
  }
  for (const [name, record] of records) {
    // A link that is down has other things to be waited for.
    const usable = input.shares.has(name);
    const used = usable ? record : { ...record, out: null };
    records.set(name, { ...used, evidence: withDelay(used, name, records, input) });
  }
  return records;
}

function withDelay(
  record: LineRecord,
  name: string,
  records: ReadonlyMap<string, LineRecord>,
  input: ParkInput,
): Evidence {
  const { evidence } = record;
  const sample = input.samples.find(({ link }) => link === name);
  if (sample === undefined) return evidence;
  const calm = record.out === null ? 1 : CALM;
  const slow = evidence.slow + (delayOf(name, records, input).part > calm ? 1 : -2);
  const { maxLoss } = limitOf(input, name);
  const deaf = maxLoss !== null && (sample.loss ?? 0) > maxLoss;
  return {
    ...evidence,
    slow: Math.min(MOST_SLOW_SECONDS, Math.max(0, slow)),
    deaf: deaf ? evidence.deaf + 1 : 0,
  };
}

/** Seconds in which next to nothing is sent, or what acknowledges a download, tell of no line what it brings. */
function withTraffic(before: readonly Traffic[], work: Work): readonly Traffic[] {
  const { now, input } = work;
  const lately = before.filter(({ at }) => now - at < TRAFFIC_AGE);
  const used = input.samples.filter(({ link }) => usedLinks(work).includes(link));
  const known = used.filter(({ deliveredTx }) => deliveredTx !== null);
  const arrived = known.reduce((sum, { deliveredTx }) => sum + (deliveredTx ?? 0), 0);
  if (arrived < LEAST_TRAFFIC || onlyAnswers(input.samples)) return lately;
  const full = known.some((sample) => {
    const record = work.records.get(sample.link);
    return record !== undefined && isFull(record.evidence.history, sample);
  });
  return [...lately, { at: now, arrived, full }];
}

function given(state: Parking, work: Work): Pick<Parking, 'parked' | 'refused' | 'twice'> {
  const parked = new Map<string, Problem>();
  const refused = new Set<string>();
  const copied = new Map<string, Problem>();
  for (const [name, { out, twice: copies }] of work.records) {
    if (copies !== null) copied.set(name, copies.problem);
    if (out === null) continue;
    parked.set(name, out.problem);
    if (out.reason.kind === 'max-loss' || out.reason.kind === 'max-latency') refused.add(name);
  }
  const twice = isSame(copied, state.twice) ? state.twice : copied;
  return isSame(parked, state.parked) ? { ...state, twice } : { parked, refused, twice };
}

type Reasons = ReadonlyMap<string, Problem>;

function isSame(now: Reasons, before: Reasons): boolean {
  return now.size === before.size && [...now].every(([name, why]) => before.get(name) === why);
}
