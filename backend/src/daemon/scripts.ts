import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHook, hookPath, runHook } from '../effects/hooks.ts';
import { askAll } from '../effects/probe.ts';
import { runScript } from '../effects/run.ts';
import { readText } from '../effects/text-file.ts';
import type { Log } from '../errors.ts';
import type { LoopDeps } from './loop.ts';

/** How long the command of option watchdog_action may take, ms. */
const ACTION_LIMIT = 60_000;

/** The hooks of one folder. */
export function hooksIn(folder: string, log: Log): NonNullable<LoopDeps['hooks']> {
  return {
    ready: (event) => findHook(folder, event) !== null,
    run: (event, env) => runHook(hookPath(folder, event), env, log),
  };
}

/** The watchdog's hands; what it remembers lies in the run folder and is gone after a reboot. */
export function watchdogRim(folder: string, log: Log): NonNullable<LoopDeps['watchdog']> {
  const file = join(folder, 'watchdog.json');
  return {
    ask: askAll,
    async act(argv, env) {
      log(argv.join(' '));
      const last: string[] = [];
      const onLine = (line: string): void => {
        log(`watchdog_action: ${line}`);
        last.push(line);
        if (last.length > 3) last.shift();
      };
      const why = await runScript(argv, { env, limit: ACTION_LIMIT, onLine });
      log(`watchdog_action: ${why ?? 'exit code 0'}`, why === null ? 'info' : 'warning');
      return why === null ? null : [why, ...last].join('; ');
    },
    recall: () => parse(readText(file)),
    remember(memory) {
      try {
        if (memory === null) rmSync(file, { force: true });
        else writeFileSync(file, JSON.stringify(memory));
      } catch {
        // Without it the next daemon begins to count anew: no more than that.
      }
    },
  };
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
