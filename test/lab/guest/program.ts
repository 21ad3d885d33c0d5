import { writeSync } from 'node:fs';
import { RESULT_FD } from '../protocol.ts';

/** One progress line for whoever watches the program on the host. */
export function progress(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * The frame of a guest program: runs `work` with the command line's arguments, leaves its JSON
 * result for the host, and exits 0; an error goes to stderr with exit code 1. Ends the process even
 * when children or timers are left.
 */
export function program(work: (args: string[]) => Promise<unknown>): void {
  work(process.argv.slice(2)).then(
    (result) => {
      writeAll(JSON.stringify(result ?? null));
      process.exit(0);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}

/** A pipe takes 64 KiB at a time. */
function writeAll(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSync(RESULT_FD, rest));
}
