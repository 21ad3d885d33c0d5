import { type Bounds, nextSize } from './path-sizes.ts';

/**
 * The largest packet that comes through one line, the way that this end sends: found by probes, which
 * are heartbeats padded to a size, and by what the peer says of them. Sizes are bytes of whole packets
 * with IPv4 and UDP headers, times ms. Changed in place.
 */
export interface PathMtu {
  /** The largest that the tunnel ever sends; null: nobody wants to know. */
  largest: number | null;
  /** The largest that is known to come through; while it is searched for anew, the last; null: none. */
  result: number | null;
  search: Search | null;
  /** When the next search begins; null: some time after the next heartbeat of the peer's. */
  nextAt: number | null;
  /** How long after a search with a result below `largest` the next one begins. */
  pause: number;
  /** What the last search ended with, to be asked first where the largest does not come through. */
  hints: number[];
}

interface Search extends Bounds {
  /** What is asked for now. */
  size: number;
  /** How many of that size have gone, and how many must without an answer before it is bad. */
  tries: number;
  needed: number;
  /** When the newest went: ms, and by the clock in heartbeats (0.1 ms, mod 2^32). */
  sentAt: number;
  mark: number;
  /** When the next may go; infinite: not before the peer has spoken. */
  from: number;
  /** Heartbeats of the peer which say that it has heard something that went after the newest probe. */
  covered: number;
}

/** What the peer's heartbeat says that matters here. */
export interface Said {
  probed: number;
  echo: number;
}

/** How the line is otherwise. Losses are 0 to 1; null: not known. */
export interface LineNow {
  /** Of the heartbeats. */
  loss: number | null;
  /** Of the tunnel's packets that we send. */
  tunnelLoss: number | null;
  /** Between two heartbeats. */
  interval: number;
}

/** Times in ms. */
const TIMES = {
  /** Least between two probes. */
  gap: 200,
  /** Before the search on a line that is new, or another now: what the peer says may be of the old one. */
  settle: 3_000,
  /** Between two searches where the largest comes through: its route may be another one any time. */
  again: 60_000,
  /** The same where it does not, at first, and at most: it doubles. */
  retry: 60_000,
  retryMost: 600_000,
} as const;

/** Least time between two searches, in heartbeats: who pays for each byte has few of those. */
const BEATS_APART = 600;

/** As long as the peer tells of a probe, and one more, in heartbeats. */
const SETTLE_BEATS = 4;

/** Probes without an answer that make a size bad: more where others are lost as well. */
const TRIES = { least: 5, most: 12 } as const;

/** A size may be wrongly bad once in so many. */
const CHANCE = 1e-5;

/** The peer's word counts when it was given so often: a small packet may overtake a large one. */
const SURE = 3;

/** Nothing is asked until {@link setLargest}. */
export function newPath(): PathMtu {
  const pause = TIMES.retry;
  return { largest: null, result: null, search: null, nextAt: null, pause, hints: [] };
}

/** Says what the tunnel sends at most. */
export function setLargest(path: PathMtu, largest: number | null): void {
  if (path.largest === largest) return;
  // That it was as much as could be asked for is no limit of the line's.
  if (path.result === path.largest || largest === null) path.result = null;
  path.largest = largest;
  askAnew(path);
}

/** The line is another now, as far as anybody knows: it is asked anew. The result stays until then. */
export function askAnew(path: PathMtu): void {
  Object.assign(path, { search: null, nextAt: null, pause: TIMES.retry, hints: [] });
}

/** When the next probe may go; infinite: none may before the peer speaks. */
export function probeDue({ search, nextAt }: PathMtu): number {
  return search?.from ?? nextAt ?? Number.POSITIVE_INFINITY;
}

/** The size of the probe that goes now, `mark` being its time as it tells it; null: none does. */
export function takeProbe(path: PathMtu, mark: number, now: number): number | null {
  const { largest } = path;
  if (largest === null || probeDue(path) > now) return null;
  path.search ??= newSearch(largest, now);
  const { search } = path;
  search.tries += 1;
  Object.assign(search, { sentAt: now, mark, from: Number.POSITIVE_INFINITY, covered: 0 });
  return search.size;
}

function newSearch(size: number, now: number): Search {
  const needed = TRIES.least;
  const none = { good: null, bad: null, tries: 0, covered: 0, mark: 0, sentAt: now };
  return { ...none, size, needed, from: now };
}

/** What an ordinary heartbeat of the peer's says of our probes. */
export function hearProbed(path: PathMtu, said: Said, line: LineNow, now: number): void {
  const { search, largest } = path;
  if (largest === null) return;
  path.nextAt ??= now + Math.max(TIMES.settle, SETTLE_BEATS * line.interval);
  if (search === null) return;
  if (said.probed >= search.size) {
    search.good = Math.min(said.probed, largest);
    // It came late: what was made of its silence was wrong.
    if (search.bad !== null && search.bad <= search.good) search.bad = null;
    advance(path, search, line.interval, now);
    return;
  }
  const isAfter = said.echo !== 0 && ((said.echo - search.mark) | 0) > 0;
  if (!isAfter || search.tries === 0) return;
  search.covered += 1;
  search.needed = triesFor(search, line);
  if (search.tries < search.needed) search.from = Math.max(now, search.sentAt + TIMES.gap);
  else if (search.covered >= SURE) {
    search.bad = search.size;
    advance(path, search, line.interval, now);
  }
}

/**
 * A line that is full loses large packets first. Once the largest is known to be bad, that is why the
 * tunnel loses some.
 */
function triesFor({ bad }: Search, { loss: ofBeats, tunnelLoss }: LineNow): number {
  const loss = Math.max(ofBeats ?? 0, bad === null ? (tunnelLoss ?? 0) : 0);
  if (loss <= 0) return TRIES.least;
  const needed = Math.ceil(Math.log(CHANCE) / Math.log(Math.min(loss, 0.9)));
  return Math.min(TRIES.most, Math.max(TRIES.least, needed));
}

function advance(path: PathMtu, search: Search, interval: number, now: number): void {
  const { largest } = path;
  const size = largest === null ? null : nextSize(largest, search, path.hints);
  if (size !== null) Object.assign(search, { size, tries: 0, covered: 0, from: now });
  else end(path, search, interval, now);
}

function end(path: PathMtu, { good, bad }: Search, interval: number, now: number): void {
  const least = BEATS_APART * interval;
  path.search = null;
  // Where not even the least comes through, it is the probes that do not: nothing is known.
  path.result = good ?? path.result;
  if (good !== null && bad === null) {
    path.hints = [];
    path.pause = TIMES.retry;
    path.nextAt = now + Math.max(TIMES.again, least);
    return;
  }
  path.hints = good === null || bad === null ? [] : [good, bad];
  path.nextAt = now + Math.max(path.pause, least);
  path.pause = Math.min(TIMES.retryMost, 2 * path.pause);
}
