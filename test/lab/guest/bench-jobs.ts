import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import type { Line } from '../lines.ts';
import type {
  BenchFlow,
  BenchOrder,
  BondJob,
  Congestion,
  FlowDirection,
  Job,
  JobResult,
} from './bench-order.ts';
import { bringUp, createEnds, type End } from './ends.ts';
import { startTcp, type TcpTest } from './iperf.ts';
import { canMptcp, joinedSubflows, MPTCP_TARGET, setUpMptcp } from './mptcp.ts';
import { ADDRESS, type Network } from './network.ts';
import { ping } from './ping.ts';
import { progress } from './program.ts';
import { mbit } from './rates.ts';
import { sleep } from './wait.ts';

type Timing = Pick<BenchOrder, 'seconds' | 'omit'>;
type Measured = Pick<BenchFlow, 'bitsPerSecond' | 'retransmits' | 'ping'>;

const DIRECTIONS = ['down', 'up'] as const;

/** Runs one job. A failure is told in the result: the other jobs can still be measured. */
export async function runJob(network: Network, job: Job, timing: Timing): Promise<JobResult> {
  const flows: BenchFlow[] = [];
  const found = (flow: BenchFlow): void => {
    flows.push(flow);
    const { column, direction, congestion, bitsPerSecond, retransmits } = flow;
    const { p50, p95 } = flow.ping;
    const rest = `${retransmits} sent again, ping ${p50}/${p95}`;
    progress(`${column} ${direction} ${congestion}: ${mbit(bitsPerSecond)}, ${rest}`);
  };
  try {
    if (job.way === 'line') await lineJob(network, job, timing, found);
    else if (job.way === 'mptcp') await mptcpJob(network, job, timing, found);
    else await bondJob(network, job, timing, found);
    return { column: job.column, flows, error: null };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    progress(`${job.column}: ${text}`);
    return { column: job.column, flows, error: text };
  }
}

type Found = (flow: BenchFlow) => void;

/** One flow with pings beside it, every 200 ms. */
async function measureFlow(
  test: TcpTest,
  pings: { from: string; to: string; source?: string },
  { seconds, omit }: Timing,
): Promise<Measured> {
  const flow = await startTcp({ ...test, seconds, omit });
  await sleep(omit * 1_000);
  const count = Math.max(5, Math.floor(seconds / 0.2) - 5);
  const answers = await ping({ ...pings, count, interval: 0.2 });
  const { bitsPerSecond, retransmits } = await flow.result();
  return { bitsPerSecond, retransmits, ping: answers };
}

function betweenHosts(reverse: boolean, congestion: Congestion): TcpTest {
  return { from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, reverse, congestion };
}

/** The lines that may be the best one: a loss can make the fastest the slowest. */
function candidates(lines: readonly Line[], direction: FlowDirection): number[] {
  const numbers = [...lines.keys()];
  if (lines.some((line) => line.loss > 0)) return numbers;
  const rate = (index: number): number => lines[index]?.[direction] ?? 0;
  return numbers.sort((a, b) => rate(b) - rate(a)).slice(0, 1);
}

async function lineJob(
  { lines }: Network,
  { column, congestions }: Job,
  timing: Timing,
  found: Found,
): Promise<void> {
  for (const congestion of congestions) {
    for (const direction of DIRECTIONS) {
      let best: Measured | null = null;
      for (const index of candidates(lines, direction)) {
        const device = `wan${index}`;
        const test: TcpTest = {
          ...{ from: 'router', to: { ns: 'server', address: ADDRESS.server }, device },
          ...{ reverse: direction === 'down', congestion },
        };
        const pings = { from: 'router', to: ADDRESS.server, source: device };
        const measured = await measureFlow(test, pings, timing);
        if (best === null || measured.bitsPerSecond > best.bitsPerSecond) best = measured;
      }
      if (best !== null) found({ column, congestion, direction, ...best, bond: null });
    }
  }
}

async function mptcpJob(
  { lines }: Network,
  { column, congestions }: Job,
  timing: Timing,
  found: Found,
): Promise<void> {
  if (!canMptcp()) throw new Error('this kernel has no MPTCP, or mptcpize is not installed');
  const takeAway = setUpMptcp(lines.length);
  try {
    for (const congestion of congestions) {
      for (const direction of DIRECTIONS) {
        const before = joinedSubflows();
        const test: TcpTest = {
          ...{ from: 'router', to: MPTCP_TARGET, mptcp: true },
          ...{ reverse: direction === 'down', congestion },
        };
        const pings = { from: 'router', to: ADDRESS.server };
        const measured = await measureFlow(test, pings, timing);
        if (joinedSubflows() - before < lines.length - 1)
          throw new Error('MPTCP did not use all lines');
        found({ column, congestion, direction, ...measured, bond: null });
      }
    }
  } finally {
    takeAway();
  }
}

/** UCI text of a link with its line's rates, kbit/s. */
export function rateOptions({ down, up }: Line): string {
  const kbit = (rate: number): number => Math.round(rate * 1_000);
  return `\toption download '${kbit(down)}'\n\toption upload '${kbit(up)}'\n`;
}

/** UCI text of options, one per line. */
export function optionLines(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `\toption ${name} '${value}'\n`)
    .join('');
}

/** Both daemons for a job, with all links up. */
export async function raiseJob(network: Network, job: BondJob): Promise<Record<End['ns'], End>> {
  const ends = createEnds(network, {
    deviceType: job.deviceType,
    bond: optionLines(job.options),
    ...(job.rates ? { links: network.lines.map(rateOptions) } : {}),
  });
  try {
    await bringUp(ends);
  } catch (error) {
    await endJob(ends);
    throw error;
  }
  return ends;
}

/** Stops both daemons with all that they made, so that the next job finds nothing. */
export async function endJob(ends: Record<End['ns'], End>): Promise<void> {
  for (const end of [ends.router, ends.server]) {
    await end.call('stop');
    await end.daemon().stop('SIGKILL');
  }
}

async function bondJob(
  network: Network,
  job: BondJob,
  timing: Timing,
  found: Found,
): Promise<void> {
  const ends = await raiseJob(network, job);
  try {
    if (job.learn > 0) await learn(job.learn);
    for (const congestion of job.congestions) {
      for (const direction of DIRECTIONS) {
        const test = betweenHosts(direction === 'down', congestion);
        const pings = { from: 'lan', to: ADDRESS.inet };
        const measured = await measureFlow(test, pings, timing);
        const bond = describeBond(await ends.router.status());
        found({ column: job.column, congestion, direction, ...measured, bond });
      }
    }
  } finally {
    await endJob(ends);
  }
}

/** Traffic that nobody measures, each way. */
async function learn(seconds: number): Promise<void> {
  for (const reverse of [true, false]) {
    const flow = await startTcp({ ...betweenHosts(reverse, 'cubic'), seconds, omit: 0 });
    await flow.result();
  }
}

function describeBond({ driver, bond, problems }: Snapshot): BenchFlow['bond'] {
  return { driver, mtu: bond.mtu, problems: problems.map(({ code }) => code) };
}
