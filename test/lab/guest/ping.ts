import { start } from './process.ts';

/** What a row of pings found; times in ms, null when none came back. */
export interface PingResult {
  sent: number;
  lost: number;
  p50: number | null;
  p95: number | null;
  /** Sequence numbers (from 1) that got no answer. */
  lostNumbers: number[];
}

/** A row of pings. */
export interface PingTest {
  /** Namespace that pings. */
  from: string;
  /** Address that is pinged. */
  to: string;
  count: number;
  /** Seconds between two; default 0.1. */
  interval?: number;
  /** Source address or device. */
  source?: string;
}

let rows = 0;

/** Sends `count` pings, each waited for until the last one's second is over. */
export async function ping({
  from,
  to,
  count,
  interval = 0.1,
  source,
}: PingTest): Promise<PingResult> {
  const options = ['-n', '-c', String(count), '-i', String(interval), '-W', '1'];
  const bound = source === undefined ? [] : ['-I', source];
  const running = await start(['ping', ...options, ...bound, to], {
    name: `ping-${rows++}`,
    ns: from,
  });
  await running.ended;
  return parsePing(running.log(), count);
}

/** Reads what iputils' ping printed for `count` pings. Late answers count; duplicates do not. */
export function parsePing(text: string, count: number): PingResult {
  const times = new Map<number, number>();
  for (const match of text.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)) {
    const number = Number(match[1]);
    if (!times.has(number)) times.set(number, Number(match[2]));
  }
  const sorted = [...times.values()].sort((a, b) => a - b);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const lostNumbers = numbers.filter((number) => !times.has(number));
  return {
    sent: count,
    lost: lostNumbers.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    lostNumbers,
  };
}

/** Nearest rank in an ascending list; null when it is empty. */
export function percentile(sorted: readonly number[], part: number): number | null {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}
