import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from '../errors.ts';
import { programPath } from './run.ts';

/** A watch on the kernel's network; `close` ends it. */
export interface KernelEvents {
  close(): void;
}

/** Wait before `ip monitor` is started again when it ended, ms. */
const RESTART = 5_000;

/**
 * Calls `changed` with one line of text whenever the kernel's links, addresses, routes or rules change, by whomever: one
 * `ip monitor` for as long as the daemon lives, so that nothing has to be asked for again and again.
 */
export function watchKernel(changed: (line: string) => void, log: Log): KernelEvents {
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let end = (): void => {};

  const open = (): void => {
    timer = null;
    const child = spawn('ip', ['-4', '-o', 'monitor', 'link', 'address', 'route', 'rule'], {
      env: { ...process.env, PATH: programPath() },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    end = () => void child.kill('SIGTERM');
    createInterface({ input: child.stdout }).on('line', changed);
    const again = (why: string): void => {
      if (closed || timer !== null) return;
      log(`bonding: ip monitor ended (${why}); started again in ${RESTART / 1000} s`, 'warning');
      timer = setTimeout(open, RESTART);
    };
    child.once('error', (error) => again(error.message));
    child.once('close', (code) => again(`exit code ${code}`));
  };

  open();
  return {
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      end();
    },
  };
}
