import type { Log } from '../errors.ts';
import { follow } from './follow.ts';

/** A watch on the kernel's network; `close` ends it. */
export interface KernelEvents {
  close(): void;
}

/** Wait before `ip monitor` is started again when it ended, ms. */
const RESTART = 5_000;

const MONITOR = ['ip', '-4', '-o', 'monitor', 'link', 'address', 'route', 'rule'];

/**
 * Calls `changed` with one line of text whenever the kernel's links, addresses, routes or rules change, by whomever: one
 * `ip monitor` for as long as the daemon lives, so that nothing has to be asked for again and again.
 */
export function watchKernel(changed: (line: string) => void, log: Log): KernelEvents {
  let timer: NodeJS.Timeout | null = null;
  const open = (): { end(): void } =>
    follow(MONITOR, changed, (why) => {
      log(`bonding: ip monitor ended (${why}); started again in ${RESTART / 1000} s`, 'warning');
      timer = setTimeout(() => {
        monitor = open();
      }, RESTART);
    });
  let monitor = open();
  return {
    close() {
      if (timer !== null) clearTimeout(timer);
      monitor.end();
    },
  };
}
