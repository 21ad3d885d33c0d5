import { spawn } from 'node:child_process';
import { programPath } from './run.ts';

/** A program that prints lines for as long as it lives. */
export interface Followed {
  /** Null when it did not start. */
  readonly pid: number | null;
  /** Ends it; `ended` is not called then. */
  end(): void;
}

/** Starts a program and hands over each line it prints; `ended` is told why it ended by itself. */
export function follow(
  argv: readonly string[],
  line: (text: string) => void,
  ended: (why: string) => void,
): Followed {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: { ...process.env, PATH: programPath(), LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let over = false;
  const once = (why: string): void => {
    if (!over) ended(why);
    over = true;
  };
  let rest = '';
  // Without node:readline, which takes half a megabyte of memory for no more than this.
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const found of lines) if (!over) line(found);
  });
  child.once('error', (error) => once(error.message));
  child.once('close', (code) => once(`exit code ${code}`));
  return {
    pid: child.pid ?? null,
    end() {
      over = true;
      child.kill('SIGTERM');
    },
  };
}
