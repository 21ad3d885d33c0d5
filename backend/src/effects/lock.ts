import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './text-file.ts';

/** What keeps a second daemon away from a run folder. */
export interface Lock {
  release(): void;
}

/**
 * Takes the run folder for this process. Throws Error when another daemon that is alive has it; what
 * a dead one left is taken over. Two that start in the same millisecond may both succeed: this is
 * against mistakes.
 */
export function lockFolder(folder: string): Lock {
  const path = join(folder, 'daemon');
  const holder = daemonIn(folder);
  if (holder !== null && holder !== process.pid) {
    throw new Error(
      `a daemon runs already with the run folder ${folder} (pid ${holder}); end it first, or name another with --run-folder`,
    );
  }
  writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  return { release: () => rmSync(path, { force: true }) };
}

/** Pid of the daemon that has this run folder and is alive; null: nobody. */
export function daemonIn(folder: string): number | null {
  const holder = Number(readText(join(folder, 'daemon')));
  return isDaemon(holder) ? holder : null;
}

/** Whether a process with this pid is one of us: the number may have been given away since. */
function isDaemon(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const words = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return words.includes('daemon') && words.some((word) => word.includes('bonding'));
}
