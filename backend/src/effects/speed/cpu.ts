import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Ms in one tick of /proc/PID/stat: USER_HZ is 100 on every Linux. */
const TICK = 10;

/**
 * Gives a function that tells how busy the busiest processor, we ourselves, or the busiest of `pids` were
 * since it was made or called last, 0 to 1. A process can be the limit while no processor is full: the
 * kernel moves it from one to the next.
 */
export function cpuMeter(pids: readonly number[] = []): () => number {
  let before = look(pids);
  return () => {
    const now = look(pids);
    const elapsed = Math.max(1, now.time - before.time);
    const idle = now.idle.map((ms, index) => ms - (before.idle[index] ?? ms));
    const used = now.used.map((ms, index) => ms - (before.used[index] ?? ms));
    before = now;
    const busiest = Math.max(
      ...used.map((ms) => ms / elapsed),
      ...idle.map((ms) => 1 - ms / elapsed),
    );
    return Math.min(1, Math.max(0, busiest));
  };
}

/** All in ms; `used` is ours, then that of each process. */
function look(pids: readonly number[]): { time: number; used: number[]; idle: number[] } {
  const { user, system } = process.cpuUsage();
  const idle = cpus().map(({ times }) => times.idle);
  const used = [(user + system) / 1_000, ...pids.map(usedBy)];
  return { time: performance.now(), used, idle };
}

/** Processor time of a process, ms; one that has gone has used none. */
function usedBy(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which may hold anything: the state is field 3, utime and stime are 14 and 15.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return TICK * (Number(fields[11]) + Number(fields[12])) || 0;
  } catch {
    return 0;
  }
}
