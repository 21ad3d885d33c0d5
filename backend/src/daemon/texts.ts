import { report } from '../config/report.ts';
import type { Config } from '../config/types.ts';
import type { HookEvent } from '../effects/hooks.ts';
import type { Problem } from '../errors.ts';
import type { RawFacts } from '../facts/actual.ts';
import { readActual } from '../facts/actual.ts';
import type { LinkState, Links } from '../monitor/links.ts';
import { step } from '../monitor/links.ts';
import { type Desired, NOTHING } from '../plan/desired.ts';
import { standingTrial } from '../plan/driver.ts';
import { plan } from '../plan/plan.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import { type Command, printCommand } from '../reconcile/commands.ts';
import { diff } from '../reconcile/diff.ts';
import { readWans } from './round.ts';
import type { DaemonState } from './state.ts';

/** What would be, the way there, and what stands in it. */
export interface DryRun {
  desired: Desired;
  commands: Command[];
  problems: Problem[];
}

/** Names the script of the user's for an event; null: there is none that would be run. */
export type HookFinder = (event: HookEvent) => string | null;

/** The dry run of a start or a stop: the same path as the real thing, without its last step. */
export function dryRun(
  config: Config,
  action: 'start' | 'stop',
  facts: RawFacts,
  files: TunnelFiles,
  hook: HookFinder = () => null,
): DryRun {
  const actual = readActual(facts);
  const down = diff(NOTHING, actual, facts.abilities);
  if (action === 'stop') {
    const commands = withHooks(down, hook('predown'), hook('down'));
    return { desired: NOTHING, commands, problems: [] };
  }
  const wans = readWans(facts);
  const trial = facts.abilities.trial ?? standingTrial(config.bond, actual);
  const configured = step(new Map(), { type: 'config', config, running: true }, 0);
  const links = allUp(step(configured, { type: 'wans', config, wans }, 0));
  const { desired, problems } = plan({
    config,
    wans,
    abilities: { ...facts.abilities, trial },
    actual,
    links,
    carrying: true,
    files,
    now: 0,
  });
  const steps = diff(desired, actual, facts.abilities);
  const commands = down.length > 0 ? steps : withHooks(steps, hook('preup'), hook('up'));
  return { desired, commands, problems };
}

/** The scripts of the user's around the commands of a start from nothing, or of a stop. */
function withHooks(commands: Command[], before: string | null, after: string | null): Command[] {
  if (commands.length === 0) return [];
  const script = (path: string | null): Command[] =>
    path === null ? [] : [{ kind: 'run', argv: [path], stdin: null }];
  return [...script(before), ...commands, ...script(after)];
}

/** A dry start shows where it ends when every link whose WAN is there connects. */
function allUp(links: Links): Links {
  const up = (link: LinkState): LinkState =>
    link.phase === 'connecting' ? { ...link, phase: 'up' } : link;
  return new Map([...links].map(([name, link]) => [name, up(link)]));
}

/** The dry run as text for people, one command a line; nothing to do is said. */
export function printDryRun(run: Pick<DryRun, 'commands' | 'problems'>): string {
  const lines = run.commands.map(printCommand);
  const text = lines.length === 0 ? '# nothing to do' : lines.join('\n');
  return run.problems.length === 0 ? `${text}\n` : `${text}\n${report(run.problems)}`;
}

/** `plan` of the daemon: against what it sees now. */
export function planText(
  state: Readonly<DaemonState>,
  action: 'start' | 'stop',
  facts: RawFacts,
  files: TunnelFiles,
  hook?: HookFinder,
): string {
  if (state.config === null) return report(state.configProblems);
  return printDryRun(dryRun(state.config, action, facts, files, hook));
}
