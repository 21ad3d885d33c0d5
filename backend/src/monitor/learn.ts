import type { LineSample } from './heartbeats.ts';
import { areLongQueues, carriedBy, easyLines, fullLines } from './learn-second.ts';
import {
  type LineHistory,
  losesByChance,
  newHistory,
  onlyAnswers,
  withSample,
} from './line-history.ts';

/**
 * Learns how fast each line is in the direction that this end sends, for users who gave no rates. A
 * line that is given more than it can carry shows its rate: its queue grows, and what arrives is what
 * it can carry. A line that is not full while another one is can carry more than it does: its rate
 * is raised in growing steps, until it is full too. In balance all queues grow together.
 */

/** What is known of the lines' rates. */
export interface Learning {
  readonly lines: ReadonlyMap<string, LearnedLine>;
  /** bit/s by link, as last given out; the same object until one of them matters (MATTERS). */
  readonly rates: ReadonlyMap<string, number>;
}

interface LearnedLine {
  readonly history: LineHistory;
  /** bit/s; null: it has not been under pressure yet. */
  readonly rate: number | null;
  /** Its rate when it was last full; a search that ends there again has found nothing. */
  readonly known: number | null;
  /** What arrived in the latest seconds in which it was full, bit/s. */
  readonly full: readonly { readonly at: number; readonly arrived: number }[];
  /** What arrived in the newest second with figures, and in the one before it, bit/s; null: there was none. */
  readonly latest: number | null;
  readonly before: number | null;
  /** In how many seconds it was full; counted up to FULL_SECONDS: then its rate is sure. */
  readonly pressed: number;
  /** Seconds in which another line was full and this one was not, since it was full itself. */
  readonly easy: number;
  /** So many easy seconds go by before its rate is raised. */
  readonly patience: number;
  /** Its rate is raised by this factor next. */
  readonly step: number;
}

/** A change of a rate by less than this is kept back: the kernel's table is replaced rarely. */
const MATTERS = 0.05;

/** A line keeps at least this part of the fastest one's rate, so that it can be learned again. */
const FLOOR = 0.01;

/** Factors of a search; each next one adds twice as much. A line that never was full: UNKNOWN_STEP. */
const FIRST_STEP = 1.06;
const UNKNOWN_STEP = 1.25;
const QUICK_STEP = 1.2;
const LAST_STEP = 1.3;
/**
 * For a line that loses by chance, since that hurts before the losses are many enough to count. Where the
 * others have a long queue all the same, the sender bears it (BBR, many connections): then no time is lost.
 */
const CAREFUL_STEP = 1.12;

/** Easy seconds before a line's rate is searched for; doubled each time that nothing is found. */
const UNKNOWN_PATIENCE = 2;
const PATIENCE = 3;
const MOST_PATIENCE = 12;

/** A line whose rate is not searched for yet. */
const BEGIN = { easy: 0, patience: PATIENCE, step: FIRST_STEP } as const;

/** A search that brings less than this has found nothing. */
const FOUND = 1.1;

/** How long and how many full seconds count, ms. */
const FULL_AGE = 8_000;
const FULL_SECONDS = 4;

/** A line that carried less than this part of it in the second before has only begun to carry. */
const BEGUN = 0.1;

/** How far a rate moves in a second towards what arrives. */
const SMOOTH = 0.5;

/** Its rate is not raised further above what it carries: then the shares do not follow what is learned. */
const AHEAD = 1.7;

/** Nothing learned. */
export function newLearning(): Learning {
  return { lines: new Map(), rates: new Map() };
}

/** Starts with rates learned earlier, bit/s by link; what is no rate is left out. */
export function fromRates(rates: ReadonlyMap<string, number>): Learning {
  const usable = [...rates].filter(([, rate]) => Number.isFinite(rate) && rate > 0);
  const lines = usable.map(([name, rate]) => [name, knownLine(rate)] as const);
  return { lines: new Map(lines), rates: new Map(usable) };
}

/**
 * What is known after the samples of one more second at `now` (ms, monotonic). Links without
 * figures, and seconds in which no line is full, change nothing. `returning`: links that were not in use
 * for all of this second. Between the return of a line and its use lies less than a second, so there need be
 * none in which it carried nothing: one of 6 Mbit/s was learned as 0.3, and a download stayed at half.
 */
export function learn(
  state: Learning,
  samples: readonly LineSample[],
  now: number,
  returning: ReadonlySet<string> = new Set(),
): Learning {
  const lines = new Map(state.lines);
  for (const sample of samples) {
    const line = lines.get(sample.link) ?? newLine();
    const latest = sample.deliveredTx === null ? line.latest : carriedBy(sample);
    const history = withSample(line.history, sample);
    const carried = returning.has(sample.link)
      ? { latest: null, before: null }
      : { latest, before: line.latest };
    lines.set(sample.link, { ...line, history, ...carried });
  }
  const seen = samples.filter((sample) => sample.deliveredTx !== null && sample.queueTx !== null);
  const full = fullLines(lines, seen);
  if (full.size === 0) return { lines, rates: state.rates };
  const easy = easyLines(lines, seen);
  const answers = onlyAnswers(seen);
  const quick = areLongQueues(lines, seen, full);
  const rated = new Map(lines);
  for (const sample of seen) {
    const line = lines.get(sample.link);
    if (line === undefined) continue;
    if (full.has(sample.link)) rated.set(sample.link, withFull(line, sample, { now, answers }));
    else if (easy.has(sample.link)) rated.set(sample.link, withEasy(line, sample, quick));
  }
  return { lines: rated, rates: givenOut(state.rates, rated) };
}

/**
 * Lets links that were left out because of what they lose begin with these rates (bit/s), if they are
 * less than what was learned. Of 16 + 12 Mbit/s, where the second loses 0.5 %, a connection fell to 5
 * Mbit/s for 5 s when that one began with a quarter of the packets, and not at all when it began with 4 %.
 */
export function tryAgain(state: Learning, begin: ReadonlyMap<string, number>): Learning {
  const isLess = ([name, rate]: [string, number]): boolean => {
    const known = state.lines.get(name)?.rate ?? null;
    return known === null || known > rate;
  };
  return turnTo(state, new Map([...begin].filter(isLess)));
}

/** Begins anew with exactly these rates (bit/s): of links whose packets are sent twice from now on, or no more. */
export function turnTo(state: Learning, turned: ReadonlyMap<string, number>): Learning {
  if (turned.size === 0) return state;
  const lines = new Map(state.lines);
  for (const [name, rate] of turned)
    lines.set(name, { ...(lines.get(name) ?? newLine()), ...BEGIN, rate, known: null, full: [] });
  return { lines, rates: givenOut(state.rates, lines) };
}

function newLine(): LearnedLine {
  return {
    history: newHistory(),
    rate: null,
    known: null,
    full: [],
    latest: null,
    before: null,
    pressed: 0,
    easy: 0,
    patience: UNKNOWN_PATIENCE,
    step: UNKNOWN_STEP,
  };
}

function knownLine(rate: number): LearnedLine {
  return { ...newLine(), ...BEGIN, pressed: FULL_SECONDS, rate, known: rate };
}

function withFull(
  line: LearnedLine,
  sample: LineSample,
  { now, answers }: { now: number; answers: boolean },
): LearnedLine {
  const arrived = carriedBy(sample);
  // ACKs come in bursts, and a busy processor looks like a queue: 2 + 4 Mbit/s were 0.25 + 4 after a download.
  if (answers && arrived < (line.rate ?? 0)) return line;
  // Most connections begin in the midst of a second, and lines come back so. Of two lines of 3 Mbit/s one
  // was learned as 0.8: a download stayed at 70 % for 10 s.
  if (line.before === null || line.before < BEGUN * arrived) return line;
  const recent = line.full.filter(({ at }) => now - at < FULL_AGE);
  const full = [...recent, { at: now, arrived }].slice(-FULL_SECONDS);
  const target = high(full.map(({ arrived }) => arrived));
  const searched = line.easy >= line.patience;
  const found = line.known === null || target > line.known * FOUND;
  const longer = Math.min(line.patience * 2, MOST_PATIENCE);
  return {
    ...line,
    full,
    pressed: Math.min(line.pressed + 1, FULL_SECONDS),
    rate: nextRate(line, target),
    known: target,
    easy: 0,
    patience: found ? PATIENCE : searched ? longer : line.patience,
    step: FIRST_STEP,
  };
}

/** Towards what arrives; at once while it is not sure, for a line can carry what it has carried. */
function nextRate({ rate, pressed }: LearnedLine, target: number): number {
  if (rate === null || (pressed < FULL_SECONDS && target > rate)) return target;
  return rate + SMOOTH * (target - rate);
}

/** The second largest, or the largest of two: what arrives is measured with some noise. */
function high(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => b - a);
  return sorted[sorted.length > 2 ? 1 : 0] ?? 0;
}

function withEasy(line: LearnedLine, sample: LineSample, quick: boolean): LearnedLine {
  const easy = line.easy + 1;
  const carried = Math.max(line.rate ?? 0, carriedBy(sample));
  const loses = losesByChance(line.history);
  const patience = quick && loses ? PATIENCE : line.patience;
  if (easy < patience) return { ...line, easy, rate: line.rate === null ? null : carried };
  // What a small step does is waited for: a line that is equal to another is not to be overrun.
  if (line.step < QUICK_STEP && (easy - patience) % 2 === 1) return { ...line, easy };
  if (carried > AHEAD * carriedBy(sample)) return { ...line, easy };
  const most = !quick && loses ? CAREFUL_STEP : LAST_STEP;
  const step = Math.min(1 + 2 * (line.step - 1), most);
  return { ...line, easy, rate: carried * line.step, full: [], step };
}

function givenOut(
  before: ReadonlyMap<string, number>,
  lines: ReadonlyMap<string, LearnedLine>,
): ReadonlyMap<string, number> {
  const most = Math.max(...[...lines.values()].map(({ rate }) => rate ?? 0));
  const rates = new Map<string, number>();
  for (const [name, { rate }] of lines)
    if (rate !== null) rates.set(name, Math.max(rate, most * FLOOR));
  const matters = [...rates].some(([name, rate]) => {
    const old = before.get(name);
    return old === undefined || Math.abs(rate - old) > old * MATTERS;
  });
  return matters ? rates : before;
}
