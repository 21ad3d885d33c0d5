import type { LineSample } from './heartbeats.ts';

/**
 * What the last seconds of one line say of its queue and its losses. The queue that heartbeats measure has the line's
 * jitter in it, so what counts as a queue depends on the least jitter seen.
 */
export interface LineHistory {
  /** Largest queue of each of the last seconds, ms; the newest last. */
  readonly queues: readonly number[];
  /** Packets lost in each of them. */
  readonly losses: readonly number[];
  /** How many of the latest seconds on end had a queue (isFull). */
  readonly fullSeconds: number;
  /** Least jitter seen for long, ms; it creeps up, since lines change. */
  readonly jitter: number | null;
}

/** Seconds remembered: as many as `lossTx` looks back. */
const SECONDS = 11;

/** A queue below this is none, ms: a few packets of a slow line. */
const QUEUE = 15;

/** How far the jitter moves the queue that counts: its mean difference, times this. */
const JITTERS = 2;

/** More jitter than this is the queue itself, ms. */
const MOST_JITTER = 40;

/** Fewer losses, or seconds with any, are no sign of anything. */
const LOSSES = 4;
const BAD_SECONDS = 3;

/** Less than this part of what comes in is what acknowledges it: 2 to 8 %. */
const ANSWERS = 0.2;

/** Growth of the least jitter, per second. */
const CREEP = 1.01;

/** Nothing seen. */
export function newHistory(): LineHistory {
  return { queues: [], losses: [], fullSeconds: 0, jitter: null };
}

/** With one more second; nothing heard in it: as before. */
export function withSample(history: LineHistory, sample: LineSample): LineHistory {
  const queue = sample.queueTxMax ?? sample.queueTx;
  const crept = history.jitter === null ? MOST_JITTER : history.jitter * CREEP + 0.01;
  const next = {
    ...history,
    losses: [...history.losses, sample.lostTx ?? 0].slice(-SECONDS),
    jitter: sample.jitter === null ? history.jitter : Math.min(sample.jitter, crept),
  };
  if (queue === null) return next;
  const fullSeconds = isFull(next, sample) ? history.fullSeconds + 1 : 0;
  return { ...next, queues: [...history.queues, queue].slice(-SECONDS), fullSeconds };
}

/** The queue (mean of a second, ms) from which on the line counts as full. */
export function fullFrom(history: LineHistory): number {
  return QUEUE + JITTERS * Math.min(history.jitter ?? 0, MOST_JITTER);
}

/** Whether the line had more to carry in this second than it can. */
export function isFull(history: LineHistory, sample: LineSample): boolean {
  const limit = fullFrom(history);
  return (sample.queueTx ?? 0) >= limit || (sample.queueTxMax ?? 0) >= 2 * limit;
}

/** No queue to speak of in the last `seconds`: what was lost in them was lost by chance. */
export function wasQuiet(history: LineHistory, seconds = SECONDS): boolean {
  const limit = fullFrom(history);
  return history.queues.slice(-seconds).every((queue) => queue < limit);
}

/** Whether it lost a packet, and not by a queue of its own. */
export function losesByChance(history: LineHistory): boolean {
  return wasQuiet(history) && history.losses.some((count) => count > 0);
}

/** Whether it lost packets again and again. */
export function losesOften({ losses }: LineHistory): boolean {
  const lost = losses.reduce((sum, count) => sum + count, 0);
  return lost >= LOSSES && losses.filter((count) => count > 0).length >= BAD_SECONDS;
}

/**
 * Whether all that this end sent in a second acknowledges what came in. That says nothing of the lines:
 * after a download the upload of 2 + 4 Mbit/s once stood at 2.0, since the ACKs had lost some on the
 * faster line.
 */
export function onlyAnswers(samples: readonly LineSample[]): boolean {
  const sent = samples.reduce((sum, { txRate }) => sum + (txRate ?? 0), 0);
  const received = samples.reduce((sum, { rxRate }) => sum + (rxRate ?? 0), 0);
  return sent < ANSWERS * received;
}
