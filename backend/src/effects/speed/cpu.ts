import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Gives a function that tells how busy the busiest processor or we ourselves were since its last call, 0 to 1. */
export function cpuMeter(): () => number {
  let before = look();
  return () => {
    const now = look();
    const elapsed = Math.max(1, now.time - before.time);
    const idle = now.idle.map((ms, index) => ms - (before.idle[index] ?? ms));
    const own = (now.own - before.own) / elapsed;
    before = now;
    return Math.max(own, ...idle.map((ms) => 1 - ms / elapsed));
  };
}

/** All in ms. */
function look(): { time: number; own: number; idle: number[] } {
  const { user, system } = process.cpuUsage();
  const idle = cpus().map(({ times }) => times.idle);
  return { time: performance.now(), own: (user + system) / 1_000, idle };
}
