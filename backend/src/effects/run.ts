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
