import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log, Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { Command } from '../reconcile/commands.ts';
import { printCommand } from '../reconcile/commands.ts';
import { run } from './run.ts';
import { writeKernelFile } from './sysctls.ts';
import { writeWhole } from './text-file.ts';
import type { TunnelFolder } from './tunnels.ts';

/** What applying needs of the world. */
export interface ApplyContext {
  tunnels: TunnelFolder;
  /** Every command, before it is carried out. */
  log: Log;
  /** Called for each command: when it is carried out, or whether it is at all. */
  turn?: Turn;
}

/** Carries one command out by `go`, now, later, or not (null). */
export type Turn = (command: Command, go: () => Promise<Problem | null>) => Promise<Problem | null>;

/**
 * Carries out the commands one after the other. One that fails is a problem and does not stop the
 * rest; tunnels end side by side, since each takes a second to say goodbye. Where the cause is
 * known (no permission, no driver), the failures that follow from it are left out.
 */
export async function apply(
  commands: readonly Command[],
  context: ApplyContext,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const group of grouped(commands)) {
    const found = await Promise.all(
      group.map((command) => {
        const go = () => attempt(command, context);
        return context.turn?.(command, go) ?? go();
      }),
    );
    problems.push(...found.filter((entry) => entry !== null));
  }
  const cause = CAUSES.map((code) => problems.find((found) => found.code === code)).find(Boolean);
  return cause === undefined ? problems : [cause];
}

/** Each makes most other commands fail as well: a dozen problems would hide the one to mend. */
const CAUSES: readonly Problem['code'][] = ['no-permission', 'module-missing'];

function grouped(commands: readonly Command[]): Command[][] {
  const groups: Command[][] = [];
  for (const command of commands) {
    const last = groups.at(-1);
    const together = command.kind === 'stop-tunnel' && last?.[0]?.kind === 'stop-tunnel';
    if (together) last?.push(command);
    else groups.push([command]);
  }
  return groups;
}

async function attempt(command: Command, context: ApplyContext): Promise<Problem | null> {
  const line = printCommand(command);
  context.log(line);
  try {
    await carryOut(command, context);
    return null;
  } catch (error) {
    return failure(command, line, reason(error));
  }
}

function failure(command: Command, line: string, why: string): Problem {
  const first = line.split('\n')[0] ?? line;
  if (/not permitted|permission denied|EPERM|EACCES/i.test(why)) {
    return problem('no-permission', 'system', { action: `\`${first}\`` });
  }
  if (command.kind === 'run' && command.argv[0] === 'modprobe') {
    return problem('module-missing', 'driver', { module: command.argv[1] ?? '', reason: why });
  }
  return problem('command-failed', 'system', { command: first, reason: why });
}

async function carryOut(command: Command, { tunnels }: ApplyContext): Promise<void> {
  switch (command.kind) {
    case 'run':
      await run(command.argv, command.stdin);
      return;
    case 'write':
      return writeKernelFile(command.path, command.text);
    case 'save': {
      const path = join(tunnels.path, command.file);
      return command.text === null ? rmSync(path, { force: true }) : writeWhole(path, command.text);
    }
    case 'start-tunnel':
      return await tunnels.start(command.link, command.config);
    case 'stop-tunnel':
      return await tunnels.stop(command.link, command.pid);
  }
}
