/**
 * How long what this end sends is held back on its quick lines, so that it arrives in the order in
 * which it was sent: from what the other end says of the ways there (heartbeat-behind.ts).
 */

/** What is decided, and what may be decided next. */
export interface Equaliser {
  /**
   * By link, whole ms; the same map until something else is decided. 0: held back no longer, while
   * what was may still be on its way. Null: nothing is decided yet, what an earlier daemon has left
   * stays.
   */
  readonly delays: ReadonlyMap<string, number> | null;
  /** When that was decided, ms. */
  readonly at: number;
  /** Since when something else would be better, ms; null: it would not. */
  readonly wrongSince: number | null;
  /** Since when a line in use says nothing, ms; null: all do. */
  readonly unknownSince: number | null;
}

/** Less than this is no matter: packets of 1500 bytes take as long at 4 Mbit/s, ms. */
const LEAST = 3;

/**
 * A line that is further behind than this is not waited for, ms: that costs every packet too much. Where
 * it is waited for, a little more is borne, so that it does not come and go.
 */
const MOST = { begin: 50, keep: 60 } as const;

/** How much a delay must be off, ms and in parts of itself, before it is changed. */
const OFF = { ms: 2, part: 0.25 } as const;

/** For how long it must be off, ms; and how long a delay of 0 stays. */
const HOLD = 5_000;

/** How long a line that says nothing is waited for, ms: the other end's daemon may be starting. */
const PATIENCE = 30_000;

/** Nothing is known. `now`: ms. */
export function newEqualiser(now: number): Equaliser {
  return { delays: null, at: now, wrongSince: null, unknownSince: null };
}

/** Nothing is held back, from now on. */
export function equaliseNothing(before: Equaliser, now: number): Equaliser {
  if (before.delays?.size === 0) return before;
  return { ...newEqualiser(now), delays: new Map() };
}

/**
 * A second has passed. `behind`: by link in use, how much longer the way there is than by the quickest
 * one, ms; null: nothing is said of it.
 */
export function equalise(
  before: Equaliser,
  behind: ReadonlyMap<string, number | null>,
  now: number,
): Equaliser {
  const isUnknown = [...behind.values()].includes(null);
  const unknownSince = isUnknown ? (before.unknownSince ?? now) : null;
  if (unknownSince !== null && now - unknownSince < PATIENCE)
    return { ...before, wrongSince: null, unknownSince };
  const { delays } = before;
  const wanted = delaysFor(behind, (delays?.size ?? 0) > 0 ? MOST.keep : MOST.begin);
  if (delays !== null && !isOff(delays, wanted))
    return { ...before, delays: withoutZeros(before, now), wrongSince: null, unknownSince };
  const wrongSince = before.wrongSince ?? now;
  if (now - wrongSince < HOLD) return { ...before, wrongSince, unknownSince };
  return { delays: changed(delays, wanted), at: now, wrongSince: null, unknownSince };
}

/** What each line would have to be held back now; none of them where one would be by more than `limit`. */
function delaysFor(behind: ReadonlyMap<string, number | null>, limit: number): Map<string, number> {
  const said = [...behind].filter((entry): entry is [string, number] => entry[1] !== null);
  const most = Math.max(...said.map(([, value]) => value));
  const delays = said.map(([link, value]): [string, number] => [link, Math.round(most - value)]);
  return new Map(delays.some(([, delay]) => delay > limit) ? [] : delays);
}

function isOff(delays: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>): boolean {
  return [...new Set([...delays.keys(), ...wanted.keys()])].some((link) => {
    const now = delays.get(link) ?? 0;
    const then = wanted.get(link) ?? 0;
    if (now === 0 && then < LEAST) return false;
    return Math.abs(now - then) >= Math.max(OFF.ms, now * OFF.part);
  });
}

/** A line that was held back and is no more keeps a 0: what is held may go first. */
function changed(
  delays: ReadonlyMap<string, number> | null,
  wanted: ReadonlyMap<string, number>,
): Map<string, number> {
  const held = [...(delays ?? [])].filter(([, delay]) => delay > 0);
  const worth = [...wanted].filter(([, delay]) => delay >= LEAST);
  return new Map([...held.map(([link]): [string, number] => [link, 0]), ...worth]);
}

function withoutZeros({ delays, at }: Equaliser, now: number): Equaliser['delays'] {
  if (delays === null || now - at < HOLD) return delays;
  const kept = [...delays].filter(([, delay]) => delay > 0);
  return kept.length === delays.size ? delays : new Map(kept);
}
