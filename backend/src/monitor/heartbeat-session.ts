import { backFrom, missingFrom } from './heartbeat-judge.ts';
import {
  forget,
  intervalOf,
  type Line,
  type LineConfig,
  newLine,
  renew,
  ticksOf,
} from './heartbeat-line.ts';
import { probeFrom } from './heartbeat-probes.ts';
import type { TunnelCounts, Verdict } from './heartbeats.ts';
import { setLargest } from './path-mtu.ts';

/** All lines of one end. Changed in place; time is ms of a monotonic clock, an argument everywhere. */
export interface Session {
  role: 'router' | 'server';
  /** Those that have heartbeats now. */
  lines: readonly Line[];
  /** Those that have had some under this key, too, by their number on the wire. */
  all: Map<number, Line>;
  /** Those whose tunnel has ended, or that are heard no more, while the peer is being told. */
  ended: Ended[];
  /** What the caller was told last, by link; not there: unknown. */
  told: Map<string, Verdict>;
  /** When `tick` should be called next, ms. */
  due: number;
  /** Nothing is judged before this time, ms: our own timer was late, and what came has to be read. */
  quietUntil: number;
}

/** A line by which nothing comes: how often the peer is told yet, and when next, ms. */
export interface Ended {
  line: Line;
  left: number;
  next: number;
}

/** A timer later than this was held up, ms. */
export const LATE = 50;

/** How often the peer is told: single ones may be lost. */
const GOODBYES = 3;

/** Reads a link's tunnel counters; null: it has no device. */
export type CountsOf = (link: string) => TunnelCounts | null;

/** Starts with no lines. */
export function newSession(role: 'router' | 'server'): Session {
  const never = Number.POSITIVE_INFINITY;
  return {
    role,
    lines: [],
    all: new Map(),
    ended: [],
    told: new Map(),
    due: never,
    quietUntil: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Gives all lines that have heartbeats. One that is new, or comes again, is unknown. `ended`: numbers of
 * links whose tunnel is not there; the peer is told of those that were until now.
 */
export function setLines(
  session: Session,
  configs: readonly LineConfig[],
  now: number,
  ended: readonly number[] = [],
): void {
  const lines = new Map<number, Line>();
  for (const config of configs) {
    const known = session.all.get(config.id);
    const line = known ?? newLine(config, now);
    // By number, for that is its name on the wire: a section may be renamed under one key.
    const same = known?.config.name === config.name && session.lines.includes(known);
    if (known !== undefined && !same) {
      forget(known);
      known.nextSend = now;
    }
    configure(line, config, now);
    lines.set(config.id, line);
    session.all.set(config.id, line);
  }
  const left = session.lines.filter(({ config: { id } }) => !lines.has(id) && ended.includes(id));
  const back = ({ line }: Ended): boolean =>
    lines.has(line.config.id) && !session.lines.includes(line);
  session.ended = session.ended.filter((ended) => !back(ended));
  for (const line of left) farewell(session, line, now);
  session.lines = [...lines.values()];
  session.due = wakeOf(session, now);
}

/** Nothing comes by this line: the peer is told by all that there are, from now on. */
export function farewell(session: Session, line: Line, now: number): void {
  const others = session.ended.filter((ended) => ended.line !== line);
  session.ended = [...others, { line, left: GOODBYES, next: now }];
}

function configure(line: Line, config: LineConfig, now: number): void {
  const before = line.config.interval;
  line.config = config;
  setLargest(line.path, config.largest ?? null);
  if (config.interval === before) return;
  line.changed = ticksOf(now);
  line.expected = Math.max(line.expected, intervalOf(line));
  line.nextSend = Math.min(line.nextSend, now);
}

/** The line with this number on the wire, of those that have heartbeats now. */
export function lineOf({ lines }: Session, id: number): Line | undefined {
  return lines.find(({ config }) => config.id === id);
}

/** The line's tunnel is another now: it is unknown until it is heard. */
export function resetLine(session: Session, name: string): void {
  for (const line of session.lines) if (line.config.name === name) forget(line);
}

/** There is another key: the peer's numbers begin anew. A dead line stays out until it is good. */
export function newKey(session: Session, now: number): void {
  session.all.clear();
  session.ended = [];
  for (const line of session.lines) {
    renew(line, now);
    session.all.set(line.config.id, line);
  }
  session.due = wakeOf(session, now);
}

/** No other line of this end can be used. */
export function isAlone(session: Session, line: Line): boolean {
  return session.lines.every((other) => other === line || other.dead);
}

/**
 * What is known of the link. A dead one is only called silent while there is another to use: the last
 * one is never taken out by heartbeats, and when all are dead each tunnel's own state decides.
 */
export function verdictOf(session: Session, line: Line): Verdict {
  if (line.dead) return isAlone(session, line) ? 'unknown' : 'silent';
  return line.known ? 'alive' : 'unknown';
}

/** The verdicts that have changed since the last call. */
export function newVerdicts(session: Session): { link: string; verdict: Verdict }[] {
  const changed: { link: string; verdict: Verdict }[] = [];
  for (const line of session.lines) {
    const link = line.config.name;
    const verdict = verdictOf(session, line);
    if (verdict === (session.told.get(link) ?? 'unknown')) continue;
    if (verdict === 'unknown') session.told.delete(link);
    else session.told.set(link, verdict);
    changed.push({ link, verdict });
  }
  return changed;
}

/** A server does not know where to send to before it has heard somebody. */
export function speaks(session: Session, line: Line): boolean {
  return session.role === 'router' || line.heard !== null;
}

/** When `tick` should be called next. */
export function wakeOf(session: Session, now: number): number {
  let due = Number.POSITIVE_INFINITY;
  for (const line of session.lines) {
    if (speaks(session, line)) due = Math.min(due, line.nextSend);
    const judged = Math.min(missingFrom(line, now) ?? due, backFrom(line, now) ?? due);
    due = Math.min(due, Math.max(judged, session.quietUntil), Math.max(now, probeFrom(line)));
  }
  for (const { next } of session.ended) due = Math.min(due, next);
  return due;
}
