import type { Config } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import { problem } from '../errors.ts';
import type { Abilities, Actual, RawFacts } from '../facts/actual.ts';
import { readActual } from '../facts/actual.ts';
import type { Wans } from '../facts/wans.ts';
import { wansFromIp, wansFromNetifd } from '../facts/wans.ts';
import type { Links } from '../monitor/links.ts';
import { step } from '../monitor/links.ts';
import type { TunnelEvent } from '../openvpn/log.ts';
import type { Desired } from '../plan/desired.ts';
import { NOTHING } from '../plan/desired.ts';
import { PROTOCOL } from '../plan/numbers.ts';
import type { Plan } from '../plan/plan.ts';
import { isCarrying, plan } from '../plan/plan.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import type { Command } from '../reconcile/commands.ts';
import { printCommand } from '../reconcile/commands.ts';
import { diff } from '../reconcile/diff.ts';

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
}

/** How a round touches the world. */
export interface Rim {
  now: () => number;
  readFacts: (abilities: Abilities) => Promise<RawFacts>;
  /** New log lines of one link's tunnel. */
  readLog: (link: string) => TunnelEvent[];
  apply: (commands: Command[]) => Promise<Problem[]>;
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
}

interface View {
  raw: RawFacts;
  actual: Actual;
  wans: Wans;
}

/**
 * One round: read everything, bring the links up to date, plan, apply the difference, read again. The
 * second difference must be empty. Rejects when the system cannot be read at all.
 */
export async function round(input: RoundInput, rim: Rim): Promise<RoundResult> {
  const view = await look(rim, input.abilities);
  const observed = observe(input, view, rim);
  const planned = planFor(input, observed, view, rim.now());
  const commands = diff(planned.desired, view.actual, view.raw.abilities);
  if (commands.length === 0) return result(view, observed, planned, [], 0, rim.now());

  const failures = await rim.apply(commands);
  const after = await look(rim, input.abilities);
  const restarted = commands.filter((command) => command.kind === 'start-tunnel');
  const links = restarted.reduce(
    (known, { link }) => step(known, { type: 'started', link }, rim.now()),
    observed,
  );
  const again = planFor(input, links, after, rim.now());
  const left = diff(again.desired, after.actual, after.raw.abilities);
  const problems = failures.length > 0 ? failures : notAsPlanned(left, commands.length);
  return result(after, links, again, problems, commands.length, rim.now());
}

async function look(rim: Rim, abilities: Abilities): Promise<View> {
  const raw = await rim.readFacts(abilities);
  return { raw, actual: readActual(raw), wans: readWans(raw) };
}

/** netifd's word where there is netifd, the kernel's elsewhere. */
export function readWans(raw: RawFacts): Wans {
  return raw.interfaces === null
    ? wansFromIp(raw.addr, raw.route, PROTOCOL)
    : wansFromNetifd(raw.interfaces);
}

/** Brings the links up to date with their WANs, their logs, and the processes that are gone. */
function observe(input: RoundInput, view: View, rim: Rim): Links {
  const now = rim.now();
  let links = step(input.links, { type: 'wans', config: input.config, wans: view.wans }, now);
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
  if (!input.running) return { desired: NOTHING, problems: [] };
  return plan({
    config: input.config,
    wans: view.wans,
    abilities: view.raw.abilities,
    actual: view.actual,
    links,
    carrying: isCarrying(links, now),
    files: input.files,
    now,
  });
}

function notAsPlanned(left: Command[], count: number): Problem[] {
  const [first] = left;
  if (first === undefined) return [];
  const command = printCommand(first).split('\n')[0] ?? '';
  return [problem('not-as-planned', 'system', { count, command })];
}

function result(
  view: View,
  links: Links,
  planned: Plan,
  problems: Problem[],
  commands: number,
  now: number,
): RoundResult {
  const desired: Desired = planned.desired;
  return {
    links,
    wans: view.wans,
    actual: view.actual,
    abilities: view.raw.abilities,
    carrying: isCarrying(links, now),
    expected: new Set(desired.tunnels.map((tunnel) => tunnel.link)),
    problems: [...planned.problems, ...problems],
    commands,
    settled: problems.length === 0,
  };
}
