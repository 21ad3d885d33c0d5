import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TunnelProcess } from '../facts/actual.ts';
import { programPath, RunError } from './run.ts';
import { readText, writeWhole } from './text-file.ts';

/**
 * The run folder's tunnels: for each link `NAME.conf`, `NAME.pid` and `NAME.log`. The processes
 * outlive the daemon; the next one finds them by these files.
 */
export interface TunnelFolder {
  /** Folder that holds the files. */
  readonly path: string;
  /** Our OpenVPN processes that are alive now. */
  list(): TunnelProcess[];
  /** Writes the configuration and starts OpenVPN. Rejects with RunError when there is none. */
  start(link: string, config: string): Promise<void>;
  /** Ends a process of ours: SIGTERM, after STOP_LIMIT SIGKILL. Resolves when it is gone. */
  stop(link: string, pid: number): Promise<void>;
  /** Where OpenVPN of this link writes its log. */
  logOf(link: string): string;
  /** Whether a process of ours with this pid runs for the link. */
  isAlive(tunnel: TunnelProcess): boolean;
}

/** OpenVPN says goodbye to the other end (explicit-exit-notify) for about a second. ms */
const STOP_LIMIT = 4_000;

/** How long the kernel may take to clear away what was killed, ms: its device is busy until then. */
const KILL_LIMIT = 1_000;

/**
 * Opens the run folder, making it when needed (0700: configurations name keys). Throws Error with
 * what to do when it cannot be made.
 */
export function openTunnelFolder(path: string, stopLimit = STOP_LIMIT): TunnelFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`run folder ${path}: ${why}; run as root, or name another with --run-folder`);
  }
  const file = (link: string, kind: string): string => join(path, `${link}.${kind}`);

  const isAlive = ({ link, pid }: { link: string; pid: number }): boolean =>
    runsWith(pid, file(link, 'conf'));

  const start = async (link: string, config: string): Promise<void> => {
    writeWhole(file(link, 'conf'), config);
    for (const stray of processesWith(file(link, 'conf'))) send(stray, 'SIGKILL');
    const pid = await launch(file(link, 'conf'), file(link, 'log'), path);
    writeWhole(file(link, 'pid'), `${pid}\n`);
  };

  const stop = async (link: string, pid: number): Promise<void> => {
    const steps = [
      ['SIGTERM', stopLimit],
      ['SIGKILL', KILL_LIMIT],
    ] as const;
    for (const [signal, limit] of steps) {
      if (isAlive({ link, pid })) send(pid, signal);
      const end = performance.now() + limit;
      while (isAlive({ link, pid }) && performance.now() < end) await sleep(50);
    }
    for (const kind of ['pid', 'conf', 'log']) rmSync(file(link, kind), { force: true });
  };

  const list = (): TunnelProcess[] => findTunnels(path);
  return { path, list, start, stop, isAlive, logOf: (link) => file(link, 'log') };
}

/**
 * Our OpenVPN processes that are alive now, by the files in the run folder; none where there is no such
 * folder, or where it is not ours to read: a dry run needs no privileges.
 */
export function findTunnels(path: string): TunnelProcess[] {
  const tunnels: TunnelProcess[] = [];
  for (const name of namesIn(path)) {
    if (!name.endsWith('.pid')) continue;
    const link = name.slice(0, -'.pid'.length);
    const pid = Number(readText(join(path, name)));
    const conf = join(path, `${link}.conf`);
    const config = readText(conf);
    if (config !== null && runsWith(pid, conf)) tunnels.push({ link, pid, config });
  }
  return tunnels;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * Starts OpenVPN in a session of its own, so that it lives on without us. Its output goes straight to
 * the log, opened for appending so that the log can be cut while it runs.
 */
function launch(config: string, log: string, folder: string): Promise<number> {
  // The flag first: an error in the configuration itself is then logged in the form we read.
  const argv = ['openvpn', '--machine-readable-output', '--config', config];
  // Renamed over the old log, not made after it: a new file could get the old one's inode number,
  // and whoever follows the log would take it for the old file grown longer.
  rmSync(`${log}.new`, { force: true });
  const output = openSync(`${log}.new`, 'a', 0o600);
  renameSync(`${log}.new`, log);
  return new Promise<number>((resolve, reject) => {
    const child = spawn('openvpn', argv.slice(1), {
      cwd: folder,
      detached: true,
      env: { PATH: programPath() },
      stdio: ['ignore', output, output],
    });
    child.once('error', (error) => reject(new RunError(argv, null, error.message)));
    child.once('spawn', () => {
      child.unref();
      resolve(child.pid ?? 0);
    });
  }).finally(() => closeSync(output));
}

/**
 * Whether `pid` is alive and was started with our configuration file: a pid alone may have been given
 * to another program since. A zombie has an empty command line, so it counts as dead.
 */
function runsWith(pid: number, config: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  return (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(config);
}

/**
 * Processes that were started with this configuration: one whose starter was killed before it could
 * write the pid down would hold port and device for ever.
 */
function processesWith(config: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => runsWith(pid, config));
}

/** A process that has ended by itself meanwhile is what was wanted. */
function send(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
