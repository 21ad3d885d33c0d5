import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { follow } from './follow.ts';
import { readText, writeWhole } from './text-file.ts';

/** A ping that runs until it is ended. */
export interface Ping {
  /** Ends it; it is not called "ended" then. */
  end(): void;
}

/** Starts pings. */
export interface Pings {
  /** Probes `server` from the address `source`, every `period` seconds; each line it prints. */
  start(
    target: { source: string; server: string; period: number },
    line: (text: string) => void,
    ended: () => void,
  ): Ping;
}

/** Data bytes of a probe: room for the time it was sent at in both dialects; 44 bytes with headers. */
const SIZE = 16;

/**
 * Pings are named in the file `pings` of the run folder while they run. One that a killed daemon has
 * left behind dies when it prints, since nobody reads; on a dead line it never would, so it is ended
 * here.
 */
export function openPings(folder: string): Pings {
  const file = join(folder, 'pings');
  for (const line of (readText(file) ?? '').split('\n')) endLeftOver(line);
  rmSync(file, { force: true });
  const running = new Map<number, string>();
  const writeDown = (): void => {
    if (running.size === 0) {
      rmSync(file, { force: true });
      return;
    }
    const lines = [...running].map(([pid, command]) => `${pid} ${command}\n`);
    try {
      writeWhole(file, lines.join(''));
    } catch {
      // Without it a ping may be left over some day: no more than that.
    }
  };

  return {
    start({ source, server, period }, line, ended) {
      // The words that both BusyBox and iputils know; both print each line at once, into a pipe too.
      const options = ['-n', '-i', String(period), '-s', String(SIZE), '-I', source];
      const argv = ['ping', ...options, server];
      const forget = (): void => {
        if (ping.pid !== null && running.delete(ping.pid)) writeDown();
      };
      const ping = follow(argv, line, () => {
        forget();
        ended();
      });
      if (ping.pid !== null) {
        running.set(ping.pid, argv.join(' '));
        writeDown();
      }
      return {
        end() {
          ping.end();
          forget();
        },
      };
    },
  };
}

/** `line` is a pid and a command line: the pid may be another program's by now. */
function endLeftOver(line: string): void {
  const [, pid = '', command = ''] = /^(\d{1,10}) (ping .+)$/.exec(line) ?? [];
  if (command === '') return;
  const runs = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trimEnd();
  if (runs !== command) return;
  try {
    process.kill(Number(pid), 'SIGTERM');
  } catch {
    // It has ended in this very moment.
  }
}
