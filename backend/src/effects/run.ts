import { spawn } from 'node:child_process';

/** What a finished program left behind. */
export interface RunResult {
  stdout: string;
  stderr: string;
}

/** A program that could not be started, failed, or took too long. `argv` says which. */
export class RunError extends Error {
  readonly argv: readonly string[];
  /** Exit code; null when it did not start or was ended by a signal. */
  readonly code: number | null;
  /** What it printed before it failed. */
  readonly stdout: string;

  constructor(argv: readonly string[], code: number | null, why: string, stdout = '') {
    super(why);
    this.name = 'RunError';
    this.argv = argv;
    this.code = code;
    this.stdout = stdout;
  }
}

/** Longest time a helper program may take, ms; `ip` and `nft` answer in milliseconds. */
const TIME_LIMIT = 15_000;

/** Most bytes that are kept of one output; a full routing table of a busy router is far below. */
const OUTPUT_LIMIT = 8 * 1024 * 1024;

/** System programs are not on an ordinary user's PATH on Debian. */
const SYSTEM_PATH = '/usr/sbin:/sbin:/usr/bin:/bin';

/** The PATH that every program of ours is looked up in. */
export function programPath(): string {
  return `${process.env.PATH ?? ''}:${SYSTEM_PATH}`;
}

/**
 * Runs a program to its end: the only place that starts one and waits. Arguments are passed as they
 * are, never through a shell. Rejects with RunError when it is missing, fails, or takes longer than
 * `limit` ms.
 */
export function run(
  argv: readonly string[],
  stdin: string | null = null,
  limit = TIME_LIMIT,
): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined) return Promise.reject(new RunError(argv, null, 'no program named'));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, PATH: programPath(), LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
      // Whatever it has started itself may hold the pipes open for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
    }, limit);
    const out = collect(child.stdout);
    const err = collect(child.stderr);
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(
        new RunError(argv, null, error.code === 'ENOENT' ? 'program not found' : error.message),
      );
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (late) return reject(new RunError(argv, null, `took longer than ${limit / 1000} s`));
      if (code === 0) return resolve({ stdout: out(), stderr: err() });
      const said = err().trim().split('\n').slice(-3).join('; ');
      const end = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      reject(new RunError(argv, code, said === '' ? end : said, out()));
    });
    // A program that ends without reading its input closes the pipe: its exit code says why.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin ?? '');
  });
}

/** How to run a script of the user's. */
export interface ScriptOptions {
  /** Added to our own environment. */
  env: Readonly<Record<string, string>>;
  /** ms; then it is killed, with all that it has started. */
  limit: number;
  /** Each line it prints, on either stream. */
  onLine: (line: string) => void;
}

/** Lines of one script that are handed on; one that prints without end fills nobody's log. */
const LINE_LIMIT = 100;

/** How long after its end a script's last words are waited for, ms: what it started may hold the pipe. */
const LAST_WORDS = 200;

/** Why a script did not even begin, where the system's word says little. */
const NOT_STARTED: Readonly<Record<string, string>> = {
  ENOENT: 'program not found',
  EACCES: 'it is not executable',
};

/**
 * Runs a script of the user's in a process group of its own, so that whatever ends us leaves it
 * alone. Resolves to null when it ended with 0, else to why not. What it leaves running goes on.
 */
export function runScript(
  argv: readonly string[],
  { env, limit, onLine }: ScriptOptions,
): Promise<string | null> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, PATH: programPath(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const lines = eachLine(onLine);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', lines.take);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, limit);
    const end = (why: string | null): void => {
      clearTimeout(timer);
      setTimeout(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
        lines.end();
        resolve(why);
      }, LAST_WORDS);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end(NOT_STARTED[error.code ?? ''] ?? error.message),
    );
    child.once('exit', (code, signal) => {
      if (late) return end(`it took longer than ${limit / 1000} s and was killed`);
      if (code === 0) return end(null);
      end(signal === null ? `exit code ${code}` : `ended by ${signal}`);
    });
  });
}

/** The whole group: a shell that is killed alone leaves what it waits for running. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in this very moment.
  }
}

/** Cuts what comes in pieces into lines, LINE_LIMIT at most. */
function eachLine(onLine: (line: string) => void): {
  take: (chunk: Buffer) => void;
  end: () => void;
} {
  let rest = '';
  let count = 0;
  const say = (line: string): void => {
    count += 1;
    if (count <= LINE_LIMIT && line !== '') onLine(line.replace(/[\x00-\x1f\x7f]/g, '?'));
  };
  return {
    take(chunk) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = (lines.pop() ?? '').slice(0, 1_024);
      for (const line of lines) say(line.slice(0, 1_024));
    },
    end: () => say(rest),
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_LIMIT) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Runs a program that prints JSON; empty output is an empty array, as `ip -j` prints for nothing. */
export async function runJson(argv: readonly string[]): Promise<unknown> {
  const { stdout } = await run(argv);
  if (stdout.trim() === '') return [];
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new RunError(
      argv,
      0,
      'what it printed is not JSON (is this BusyBox ip? install ip-full)',
    );
  }
}
