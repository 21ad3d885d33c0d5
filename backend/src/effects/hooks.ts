import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, type Problem, problem } from '../errors.ts';
import { runScript } from './run.ts';

/** Moments at which a script of the user's is run (the HOWTO's names). */
export type HookEvent = 'preup' | 'up' | 'predown' | 'down';

/** How long a hook may take, ms; then it is killed with all it has started. */
export const HOOK_LIMIT = 30_000;

/** Where the hook is, whether or not it exists. */
export function hookPath(folder: string, event: HookEvent): string {
  return join(folder, `bonding-${event}.sh`);
}

/** Whether there is such a script, and it can be run. */
export function hookState(path: string): 'absent' | 'locked' | 'ready' {
  if (!isFile(path)) return 'absent';
  try {
    accessSync(path, constants.X_OK);
    return 'ready';
  } catch {
    return 'locked';
  }
}

/** Not for who may not look into the folder: `bonding plan` needs no root, it shows no hooks then. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a hook that would be run, else null. */
export function findHook(folder: string, event: HookEvent): string | null {
  const path = hookPath(folder, event);
  return hookState(path) === 'ready' ? path : null;
}

/** Runs a hook if there is one, its output line by line into the log. Null: nothing is wrong. */
export async function runHook(
  path: string,
  env: Readonly<Record<string, string>>,
  log: Log,
  limit = HOOK_LIMIT,
): Promise<Problem | null> {
  const state = hookState(path);
  if (state === 'absent') return null;
  const script = path.replace(/^.*\//, '');
  if (state === 'locked') return problem('hook-not-executable', 'hooks', { script: path });
  log(path);
  const why = await runScript([path], { env, limit, onLine: (line) => log(`${script}: ${line}`) });
  if (why === null) return null;
  return problem('hook-failed', 'hooks', { script: path, reason: why, limit: limit / 1_000 });
}
