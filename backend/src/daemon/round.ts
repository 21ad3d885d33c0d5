import type { Config } from '../config/types.ts';
import type { Turn } from '../effects/apply.ts';
import type { Problem } from '../errors.ts';
import { problem } from '../errors.ts';
import type { Abilities, Actual, RawFacts } from '../facts/actual.ts';
import { readActual } from '../facts/actual.ts';
import type { Wans } from '../facts/wans.ts';
import { wansFromIp, wansFromNetifd } from '../facts/wans.ts';
import type { LinkEvent, Links } from '../monitor/links.ts';
import { step } from '../monitor/links.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import type { TunnelEvent } from '../openvpn/log.ts';
import { type Desired, NOTHING } from '../plan/desired.ts';
import type { Plan } from '../plan/plan.ts';
import { isCarrying, plan } from '../plan/plan.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import type { Command } from '../reconcile/commands.ts';
import { printCommand } from '../reconcile/commands.ts';
import { diff } from '../reconcile/diff.ts';
import { isTurn } from '../reconcile/quick.ts';

/** What a round knows before it begins. */
export interface RoundInput {
  config: Config;
  /** False: the user said stop; nothing should be there. */
  running: boolean;
  links: Links;
  abilities: Abilities;
  /** Links whose tunnel was running, or started, at the end of the last round. */
  expected: ReadonlySet<string>;
  files: TunnelFiles;
  /** The speed test that runs now. */
  testing?: TestPaths | null;
  /** What the peer says of its links, by their ports. */
  peer?: ReadonlyMap<number, PeerLink>;
  /** What each line was found to carry from here, bit/s by link. */
  learned?: ReadonlyMap<string, number>;
  /** How long what is sent is held back, ms by link; null: not decided yet. */
  delays?: ReadonlyMap<string, number> | null;
  /** How long a flow's packets may wait in front of a shaped line, ms; null: not decided yet. */
  target?: number | null;
  /** Links whose packets were found to be better sent twice, and why. */
  twice?: ReadonlyMap<string, Problem>;
  /** Bytes of the largest packet that comes through, by link, where a tunnel's full one does not. */
  narrow?: ReadonlyMap<string, number>;
}

/** How a round touches the world. */
export interface Rim {
  now: () => number;
  readFacts: (abilities: Abilities) => Promise<RawFacts>;
  /** New log lines of one link's tunnel. */
  readLog: (link: string) => TunnelEvent[];
  apply: (commands: Command[], turn?: Turn) => Promise<Problem[]>;
  /** How commands share the kernel with those of the quick way (quick.ts). */
  turn?: Turn;
  /** What was said of links since it was called last: taken up when the round plans. */
  news?: () => LinkEvent[];
  /** The links as this round plans with them. */
  observed?: (links: Links) => void;
  /** There is newer news: the quick way has brought that into the kernel. */
  outdated?: () => boolean;
  /**
   * The scripts of the user's that come before the first command; `clear`: nothing of ours is there.
   * True when one ran.
   */
  before?: (desired: Desired, clear: boolean) => Promise<boolean>;
}

/** What a round leaves. */
export interface RoundResult {
  links: Links;
  wans: Wans;
  actual: Actual;
  abilities: Abilities;
  carrying: boolean;
  expected: ReadonlySet<string>;
  problems: Problem[];
  /** Commands carried out; 0 when everything was as it should be. */
  commands: number;
  /** The system is as planned. */
  settled: boolean;
  /** What was applied has changed the plan (a pause is over, a tunnel ended): the next round is due. */
  due: boolean;
}

interface View {
  raw: RawFacts;
  actual: Actual;
  wans: Wans;
}

/**
 * One round: read everything, bring the links up to date, plan, apply the difference, read again. The
 * second difference must be empty, to the plan that was applied: seconds have passed since, so the
 * plan of now may be another one, which the next round carries out. Rejects when the system cannot
 * be read at all.
 */
export async function round(input: RoundInput, rim: Rim): Promise<RoundResult> {
  const view = await look(rim, input.abilities);
  const observed = observe(input, view, rim);
  rim.observed?.(observed);
  const planned = planFor(input, observed, view, rim.now());
  const expected = new Set(planned.desired.tunnels.map((tunnel) => tunnel.link));
  const commands = diff(planned.desired, view.actual, view.raw.abilities);
  if (commands.length === 0) {
    const { problems } = planned;
    const nothing = { commands: 0, settled: true, due: false };
    return { ...seen(view, observed, rim.now()), ...nothing, expected, problems };
  }

  const clear = diff(NOTHING, view.actual, view.raw.abilities).length === 0;
  // What such a script has changed is seen at the second look.
  if (await rim.before?.(planned.desired, clear)) {
    return await round({ ...input, links: observed }, rim);
  }
  const failures = await rim.apply(commands, rim.turn);
  const after = await look(rim, input.abilities);
  const links = withStarted(observed, commands, rim.now());
  const left = missing(diff(planned.desired, after.actual, after.raw.abilities), rim);
  const problems = failures.length > 0 ? failures : notAsPlanned(left, commands.length);
  const again = planFor(input, links, after, rim.now());
  const next = diff(again.desired, after.actual, after.raw.abilities);
  return {
    ...seen(after, links, rim.now()),
    expected,
    problems: [...again.problems, ...problems],
    commands: commands.length,
    settled: problems.length === 0,
    due: problems.length === 0 && next.length > 0,
  };
}

/** Takes down all that is ours; needs no configuration. Rejects when the system cannot be read. */
export async function takeDown(
  abilities: Abilities,
  rim: Rim,
): Promise<{ actual: Actual; problems: Problem[] }> {
  const { actual, raw } = await look(rim, abilities);
  const commands = diff(NOTHING, actual, raw.abilities);
  if (commands.length === 0) return { actual, problems: [] };
  if (await rim.before?.(NOTHING, false)) return await takeDown(abilities, rim);
  rim.news?.();
  const failures = await rim.apply(commands, rim.turn);
  const after = await look(rim, abilities);
  const left = diff(NOTHING, after.actual, after.raw.abilities);
  const problems = failures.length > 0 ? failures : notAsPlanned(left, commands.length);
  return { actual: after.actual, problems };
}

/** What the quick way has done meanwhile was never planned here, and is no fault. */
function missing(left: Command[], rim: Rim): Command[] {
  return rim.outdated?.() ? left.filter((command) => !isTurn(command)) : left;
}

async function look(rim: Rim, abilities: Abilities): Promise<View> {
  const raw = await rim.readFacts(abilities);
  return { raw, actual: readActual(raw), wans: readWans(raw) };
}

/** netifd's word where there is netifd, the kernel's elsewhere. */
export function readWans(raw: RawFacts): Wans {
  return raw.interfaces === null ? wansFromIp(raw.addr, raw.route) : wansFromNetifd(raw.interfaces);
}

/** Brings the links up to date with their WANs, their logs, and the processes that are gone. */
function observe(input: RoundInput, view: View, rim: Rim): Links {
  const now = rim.now();
  const news = rim.news?.() ?? [];
  let links = news.reduce((known, event) => step(known, event, now), input.links);
  links = step(links, { type: 'wans', config: input.config, wans: view.wans }, now);
  for (const name of links.keys()) {
    for (const event of rim.readLog(name))
      links = step(links, { type: 'log', link: name, event }, now);
    const gone = !view.actual.tunnels.has(name);
    const missed = links.get(name)?.connected || input.expected.has(name);
    if (gone && missed) links = step(links, { type: 'exited', link: name }, now);
  }
  return step(links, { type: 'time' }, now);
}

function planFor(input: RoundInput, links: Links, view: View, now: number): Plan {
  const { wans, actual, raw } = view;
  return planOf(input, { links, wans, actual, abilities: raw.abilities }, now);
}

/** The plan of `input` for what is known now, which need not be what the system says just now. */
export function planOf(
  { config, running, files, testing, peer, learned, delays, target, twice, narrow }: RoundInput,
  known: Pick<RoundResult, 'links' | 'wans' | 'actual' | 'abilities'>,
  now: number,
): Plan {
  if (!running) return { desired: NOTHING, problems: [] };
  const told = {
    peer: peer ?? new Map(),
    learned: learned ?? new Map(),
    delays: delays ?? null,
    target: target ?? null,
    twice: twice ?? new Map(),
    narrow: narrow ?? new Map(),
  };
  const carrying = isCarrying(known.links, now);
  return plan({ ...known, ...told, config, carrying, testing: testing ?? null, files, now });
}

function withStarted(links: Links, commands: Command[], now: number): Links {
  return commands
    .filter((command) => command.kind === 'start-tunnel')
    .reduce((known, { link }) => step(known, { type: 'started', link }, now), links);
}

/** A tunnel that was started and is gone again is none of this: the next round sees it end. */
function notAsPlanned(left: Command[], count: number): Problem[] {
  const first = left.find((command) => command.kind !== 'start-tunnel');
  if (first === undefined) return [];
  const command = printCommand(first).split('\n')[0] ?? '';
  return [problem('not-as-planned', 'system', { count, command })];
}

function seen(
  view: View,
  links: Links,
  now: number,
): Pick<RoundResult, 'links' | 'wans' | 'actual' | 'abilities' | 'carrying'> {
  return {
    links,
    wans: view.wans,
    actual: view.actual,
    abilities: view.raw.abilities,
    carrying: isCarrying(links, now),
  };
}
