import type { LineSample } from './heartbeats.ts';
import { carriedBy } from './learn-second.ts';
import { type LineHistory, newHistory, wasQuiet, withSample } from './line-history.ts';

/** What speaks for and against one line, gathered second by second. */
export interface Evidence {
  readonly history: LineHistory;
  /** Packets (heartbeats among them) that left in seconds without a queue; old ones fade (MEMORY). */
  readonly sent: number;
  /** Those of them that were lost, fading alike. */
  readonly lost: number;
  /** The same, but what was lost within one round trip is one loss, as a TCP sender sees it. */
  readonly events: number;
  /** Seconds with a loss, fading alike: one bad second is an accident, not a line. */
  readonly badSeconds: number;
  /** Heartbeats since the link was parked or tried again, and those lost. */
  readonly beats: number;
  readonly beatsLost: number;
  /** Heartbeats that came in a row, since then or since the last one that was lost. */
  readonly beatsInRow: number;
  /** Round trip without queues, ms. */
  readonly rtt: number | null;
  /** The most that it has carried in a second, bit/s; slowly forgotten. */
  readonly most: number;
  /** Seconds in a row that the peer's heartbeats were lost beyond the user's limit. */
  readonly deaf: number;
  /** Seconds that the delay was too long, less those in which it was not. */
  readonly slow: number;
}

/** Packets that evidence is made of: 0.01 % of them are two. */
const MEMORY = 20_000;

/** What is left of the most that a line has carried, after a second; after 10 minutes half of it. */
const REMEMBERED = 0.999;

/** How far the round trip without queues moves in a second. */
const SMOOTH = 0.1;

/** One-sided confidence of a bound: 2 standard deviations, 98 %. */
const DEVIATIONS = 2;

/** Fewer bad seconds than this are no evidence. */
const BAD_SECONDS = 4;

/** What a trial begins with, of what spoke against the line before: so many losses. */
const KEPT_LOSSES = 4;

/** So many losses would have been expected where there was none: by chance that is 5 %. */
const MENDED = 3;

/** Nothing known. */
export function newEvidence(): Evidence {
  return {
    history: newHistory(),
    sent: 0,
    lost: 0,
    events: 0,
    badSeconds: 0,
    beats: 0,
    beatsLost: 0,
    beatsInRow: 0,
    rtt: null,
    most: 0,
    deaf: 0,
    slow: 0,
  };
}

/** With one more second of figures; `isTwice`: the tunnel's packets are sent twice, and heartbeats once. */
export function withSecond(before: Evidence, sample: LineSample, isTwice = false): Evidence {
  const history = withSample(before.history, sample);
  const most = Math.max(before.most * REMEMBERED, carriedBy(sample));
  const evidence = { ...before, history, most, rtt: baseOf(before.rtt, sample) };
  const beats = sample.beatsTx ?? 0;
  const beatsLost = sample.beatsLostTx ?? 0;
  const heard = {
    ...evidence,
    beats: evidence.beats + beats,
    beatsLost: evidence.beatsLost + beatsLost,
    beatsInRow: beatsLost > 0 ? 0 : evidence.beatsInRow + beats,
  };
  // What a full queue drops is no chance; the second before counts too, since drops are told late.
  if (!wasQuiet(history, 2)) return heard;
  const sent = sample.sentTx ?? 0;
  const lost = sample.lostTx ?? 0;
  if (isTwice) return withPackets(heard, sent, lost);
  return withPackets(heard, sent + beats, lost + beatsLost);
}

/** The fraction lost by chance, as low as the evidence allows; 0 while it is too thin. */
export function leastLoss({ sent, events, badSeconds }: Evidence): number {
  return badSeconds < BAD_SECONDS ? 0 : lowerBound(events, sent);
}

/** The fraction lost by chance, rather more than it looks (1 standard deviation); 1 where nothing is known. */
export function mostLoss({ sent, events }: Evidence): number {
  return sent === 0 ? 1 : Math.min(1, (events + 1 + Math.sqrt(events)) / sent);
}

/** The fraction lost by chance as it looks now, for texts. */
export function likelyLoss({ sent, lost }: Evidence): number {
  return sent === 0 ? 0 : lost / sent;
}

/** The same as a TCP sender sees it. */
export function likelyEvents({ sent, events }: Evidence): number {
  return sent === 0 ? 0 : events / sent;
}

/** Whether more than `limit` of its packets are surely lost, each one counted. */
export function losesMoreThan({ sent, lost, badSeconds }: Evidence, limit: number): boolean {
  return badSeconds >= BAD_SECONDS && lowerBound(lost, sent) > limit;
}

/** The fraction of heartbeats lost since it was parked, as low as they allow. */
export function leastBeatLoss({ beats, beatsLost }: Evidence): number {
  return lowerBound(beatsLost, beats);
}

/**
 * Whether so many heartbeats in a row would hardly have come if the line still lost what it did: where
 * `expected` losses would have been, and there was none.
 */
export function soundsMended(evidence: Evidence, expected = MENDED): boolean {
  return evidence.beatsInRow * likelyEvents(evidence) >= expected;
}

/** What a link that is parked begins its pause with. */
export function parkedNow(evidence: Evidence): Evidence {
  return { ...evidence, beats: 0, beatsLost: 0, beatsInRow: 0 };
}

/** What a link begins with whose packets are sent twice: what was lost of one copy says nothing of two. */
export function copiedNow(evidence: Evidence): Evidence {
  return { ...newEvidence(), ...lineOf(evidence) };
}

/** What it begins with when they are sent once again: what spoke against it `before`, and the line as it is now. */
export function onceAgainNow(before: Evidence, now: Evidence): Evidence {
  return { ...triedNow(before), ...lineOf(now) };
}

/** What a link begins a trial with: a little of what spoke against it, so that it is judged sooner. */
export function triedNow(evidence: Evidence): Evidence {
  const part = evidence.lost <= KEPT_LOSSES ? 1 : KEPT_LOSSES / evidence.lost;
  return {
    ...parkedNow(evidence),
    sent: evidence.sent * part,
    lost: evidence.lost * part,
    events: evidence.events * part,
    badSeconds: Math.min(evidence.badSeconds * part, BAD_SECONDS - 1),
    deaf: 0,
    slow: 0,
  };
}

/** What is known of the line itself, however its packets are sent. */
function lineOf({ history, rtt, most }: Evidence): Pick<Evidence, 'history' | 'rtt' | 'most'> {
  return { history, rtt, most };
}

function lowerBound(count: number, of: number): number {
  return of === 0 ? 0 : Math.max(0, count - DEVIATIONS * Math.sqrt(count)) / of;
}

/** `lost` is below 0 where packets came that were under way the second before. */
function withPackets(evidence: Evidence, sent: number, lost: number): Evidence {
  if (sent <= 0) return evidence;
  const fade = Math.max(0, 1 - sent / MEMORY);
  const perSecond = 1000 / Math.max(evidence.rtt ?? 50, 1);
  const added = (before: number, more: number): number => Math.max(0, before * fade + more);
  return {
    ...evidence,
    sent: added(evidence.sent, sent),
    lost: added(evidence.lost, lost),
    events: added(evidence.events, Math.min(lost, perSecond)),
    badSeconds: added(evidence.badSeconds, Math.sign(lost)),
  };
}

function baseOf(before: number | null, sample: LineSample): number | null {
  if (sample.rtt === null) return before;
  const base = Math.max(0, sample.rtt - (sample.queueTx ?? 0) - (sample.queueRx ?? 0));
  return before === null ? base : before + SMOOTH * (base - before);
}
