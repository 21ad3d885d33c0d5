import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inNamespace } from './run.ts';
import { until } from './wait.ts';

/** On tmpfs: writing it never waits for the host, so it never makes the guest's clock leap. */
const LOGS = '/run/lab/log';

/** A program under way in the guest. */
export interface Program {
  name: string;
  pid: number;
  /** Resolves at its end; code is null when a signal ended it. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** False as soon as it has ended. */
  running: () => boolean;
  /** All it has said on stdout and stderr so far, this run and earlier ones of the same name. */
  log: () => string;
  /** Sends a signal (SIGTERM) and waits for the end. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** Choices for {@link start}. */
export interface StartOptions {
  /** Name of its log file; default the program's. */
  name?: string;
  ns?: string;
  env?: Record<string, string>;
}

/**
 * Starts a program that stays, with its output in a log file. `ip netns exec` becomes the program,
 * so `pid` is the program's own. Throws when it cannot be started.
 */
export async function start(argv: readonly string[], options: StartOptions = {}): Promise<Program> {
  const name = options.name ?? argv[0]?.replace(/^.*\//, '') ?? 'program';
  mkdirSync(LOGS, { recursive: true });
  const file = join(LOGS, `${name}.log`);
  const log = openSync(file, 'a');
  const [command = '', ...args] = inNamespace(options.ns, argv);
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  closeSync(log);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: await spawned(child),
    ended,
    running,
    log: () => readFileSync(file, 'utf8'),
    stop: async (signal = 'SIGTERM') => {
      if (running()) child.kill(signal);
      await ended;
    },
  };
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

/** Waits until a program's log holds `pattern`; the Error of a failure holds the log's end. */
export async function untilLogged(
  started: Program,
  pattern: RegExp | string,
  timeout = 10_000,
): Promise<void> {
  const found = (): boolean => {
    const log = started.log();
    return typeof pattern === 'string' ? log.includes(pattern) : pattern.test(log);
  };
  try {
    await until(`"${pattern}" in the log of ${started.name}`, found, { timeout });
  } catch (error) {
    const tail = started.log().split('\n').slice(-25).join('\n');
    throw new Error(`${error instanceof Error ? error.message : error}\n${tail}`);
  }
}
