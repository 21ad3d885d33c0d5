import { lossOf } from './heartbeat-figures.ts';
import { between, type Line, ticksOf } from './heartbeat-line.ts';

/**
 * When a line is dead, and when it is back. What did not come proves something only if the peer has
 * sent it: so each heartbeat that comes by another line is a mark, "the peer was sending at that
 * time", and what it sent here at that time is missed once it should have arrived. A peer that is
 * stopped, is busy or has another key leaves no marks, and nor does a timer of ours that is late.
 */

/**
 * Heartbeats missed in a row that make a line dead; more where single ones are often lost. One less where
 * none was lost lately, and the tunnel was busy and has stopped, too: it is then that somebody waits.
 */
const NEEDED = { busy: 2, least: 3, most: 6 } as const;

/** A tunnel that delivers so many packets from one heartbeat to the next is busy. */
const BUSY = 5;

/** A line may be wrongly dead once in so many heartbeats. */
const CHANCE = 1e-4;

/** Good ones in a row before a dead line is used again. */
const GOOD = 5;

/** Waits before a line that is good again is used, ms: doubles with each death of the last minute. */
const HOLD = { first: 500, most: 30_000, memory: 60_000 } as const;

/** What marks are kept at most: what is under way on the slowest of lines. */
const MARKS = 128;

/** Least parts of an interval between two heartbeats: by their number, and of a peer that was late. */
const APART = { usual: 0.75, late: 0.3 } as const;

/** What the heartbeat of line `by`, sent at `sent` of the peer's clock, says of this one. */
export function mark(line: Line, by: Line, sent: number): void {
  if (line.heard === null || line.missing || line.marks.length >= MARKS) return;
  const apart = between(line.marks.at(-1) ?? line.heard.sent, sent) / line.expected;
  // Closer ones stand for the same heartbeat of this line, unless that before was late: lines of one
  // interval are sent on at once, so as many have been sent here as there, and it is time for this one.
  const wanted = line.marks.length + APART.usual;
  const due = between(line.heard.sent, sent) / line.expected >= wanted;
  const late = due && by.expected === line.expected && apart >= APART.late;
  if (apart >= APART.usual || late) line.marks.push(sent);
}

/** The line was heard by one sent at `sent`: marks up to it are met. */
export function clearMarks(line: Line, sent: number): void {
  while (line.marks.length > 0 && between(sent, line.marks[0] ?? sent) < line.expected / 2)
    line.marks.shift();
}

/**
 * When the line will be found missing if nothing comes until then, ms; null: nothing suggests it.
 * What still comes through the tunnel is life as well: where a line is full, heartbeats are lost with
 * everything else.
 */
export function missingFrom(line: Line, now: number): number | null {
  if (line.missing || line.marks.length < NEEDED.busy) return null;
  const sent = line.marks[neededOf(line, now) - 1];
  if (sent === undefined) return null;
  // By the peer's clock and the way here; half an interval is for a queue that grows meanwhile. Where the
  // tunnel was delivering, that need not be waited for: a queue that grows delivers on.
  const grows = isDelivering(line) ? 0 : line.expected / 2;
  const wait = (line.figures.slowest ?? 0) + grows;
  const due = now - between(sent, ticksOf(now)) + wait;
  return Math.max(due, line.deliveredAt + 2 * line.expected);
}

/** Packets came out of the tunnel until the last heartbeat did. */
function isDelivering({ heard, deliveredAt, expected }: Line): boolean {
  return heard !== null && deliveredAt > heard.at - expected;
}

/** Its tunnel delivered many packets between the last two heartbeats. */
export function isBusy({ heard }: Line): boolean {
  return heard !== null && heard.carried >= BUSY;
}

function neededOf(line: Line, now: number): number {
  const loss = lossOf(line.figures, now) ?? 0;
  if (loss <= 0) return isDelivering(line) && isBusy(line) ? NEEDED.busy : NEEDED.least;
  const needed = Math.ceil(Math.log(CHANCE) / Math.log(Math.min(loss, 0.9)));
  return Math.min(NEEDED.most, Math.max(NEEDED.least, needed));
}

/** Finds the line missing where it is time for that; whether it did, and it was not dead before. */
export function judgeMissing(line: Line, now: number): boolean {
  const from = missingFrom(line, now);
  if (from === null || from > now) return false;
  const { dead } = line;
  judgeGone(line, now);
  return line.dead && !dead;
}

/** Judges by what the newest heartbeat says, which came right after the one before: `next`. */
export function judgeHeard(line: Line, hears: boolean, next: boolean, now: number): void {
  line.missing = false;
  if (hears) line.wasHeard = true;
  else if (line.wasHeard) die(line, now);
  if (!line.dead) return;
  if (!hears) line.streak = { count: 0, from: now };
  else if (next && line.streak.count > 0) line.streak.count += 1;
  else line.streak = { count: 1, from: now };
  if (line.streak.count >= GOOD) line.goodSince ??= line.streak.from;
}

/** Nothing comes there any more, or so the peer says: its tunnel has ended. */
export function judgeGone(line: Line, now: number): void {
  line.missing = true;
  line.marks = [];
  // One that was not heard since its tunnel connected may have no heartbeats at all.
  if (line.known) die(line, now);
}

function die(line: Line, now: number): void {
  line.goodSince = null;
  line.streak = { count: 0, from: now };
  if (line.dead) return;
  line.dead = true;
  line.deaths = [...line.deaths.filter((time) => time > now - HOLD.memory), now];
}

/** When a dead line is used again if it stays good, ms; null: it is not good. */
export function backFrom(line: Line, now: number): number | null {
  if (!line.dead || line.goodSince === null) return null;
  const deaths = line.deaths.filter((time) => time > now - HOLD.memory).length;
  const hold = HOLD.first * 2 ** Math.max(0, Math.min(deaths, 16) - 1);
  return line.goodSince + Math.min(HOLD.most, hold);
}

/** Uses the line again where it is time. `alone`: no other can be used, so there is no waiting. */
export function judgeBack(line: Line, alone: boolean, now: number): void {
  const from = backFrom(line, now);
  if (from === null || (from > now && !alone)) return;
  line.dead = false;
  line.goodSince = null;
}
