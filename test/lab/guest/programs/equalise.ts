/**
 * Lines of different delay, with and without equalisation, for senders that bear packets out of order
 * and for one that does not. Arguments: lines, ways (`down,up`), senders (`rack`, `adapts`, `strict`),
 * values of option `equalise` in the order in which they are tried, seconds per flow.
 */
import { payloadPart } from '../../../../backend/src/config/numbers.ts';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { type Line, parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End, reconfigure } from '../ends.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { type BondFlow, measureBond } from '../rates.ts';
import { run } from '../run.ts';
import { sleep } from '../wait.ts';

/** One flow. */
export interface EqualiseRow {
  equalise: string;
  way: string;
  sender: string;
  /** Of what encapsulation leaves of the sum of the lines, 0 to 1. */
  part: number;
  flow: BondFlow;
  /** The sending end's links at the end of the flow. */
  links: Pick<Snapshot['links'][number], 'name' | 'state' | 'delay' | 'heartbeat'>[];
}

/** What {@link program} hands to the host. */
export interface Equalise {
  driver: string | null;
  rows: EqualiseRow[];
  /** Idle round trips over the bond by value of `equalise`, ms. */
  idle: Record<string, number | null>;
  /** Qdiscs of the tunnels after the last value, at both ends. */
  left: string[];
}

/**
 * Linux as it is; without RACK, as it was before 4.18, when it learned how far packets are out of
 * order; and one that learns nothing: three packets that overtake are a loss, as RFC 5681 has it.
 */
const SENDERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  rack: { tcp_recovery: 1, tcp_max_reordering: 300 },
  adapts: { tcp_recovery: 0, tcp_max_reordering: 300 },
  strict: { tcp_recovery: 0, tcp_max_reordering: 3 },
};

/** Until a delay is decided and stands, ms: 5 s, what comes before, and a round. */
const SETTLING = 15_000;

const CEILING = payloadPart('tun', 1_440);

program(async ([text = '', ways = 'down', senders = 'strict', values = 'off,auto', seconds]) => {
  const lines = parseLines(text);
  const links = lines.map(ratesOf);
  const ends = createEnds(buildLines(lines), { deviceType: 'tun', links });
  await bringUp(ends);
  const { driver } = await ends.router.status();
  const rows: EqualiseRow[] = [];
  const idle: Equalise['idle'] = {};
  for (const equalise of values.split(',')) {
    for (const end of [ends.router, ends.server]) await reconfigure(end, { equalise });
    await sleep(SETTLING);
    idle[equalise] = await idlePing();
    for (const way of ways.split(','))
      for (const sender of senders.split(',')) {
        const flow = await flowOf(way, sender, Number(seconds ?? 8));
        const seen = await linksOf(ends[way === 'down' ? 'server' : 'router']);
        const part = flow.bitsPerSecond / sumOf(lines, way) / CEILING;
        rows.push({ equalise, way, sender, part, flow, links: seen });
        const delays = seen.map(({ delay, heartbeat }) => `${delay}/${heartbeat?.behind ?? '-'}`);
        const { p50, p95 } = flow.ping;
        progress(
          `${equalise} ${way} ${sender} ${(100 * part).toFixed(1)} % ping ${p50}/${p95} delay/behind ${delays.join(' ')}`,
        );
      }
  }
  for (const end of [ends.router, ends.server]) await reconfigure(end, { equalise: 'off' });
  await sleep(2_000);
  const left = ['router', 'server'].map((ns) => run(['tc', 'qdisc', 'show'], { ns }));
  return { driver, rows, idle, left } satisfies Equalise;
});

function ratesOf({ down, up }: Line): string {
  return `\toption download '${down * 1_000}'\n\toption upload '${up * 1_000}'`;
}

function sumOf(lines: readonly Line[], way: string): number {
  return lines.reduce((sum, line) => sum + line[way === 'down' ? 'down' : 'up'], 0) * 1e6;
}

async function flowOf(way: string, sender: string, seconds: number): Promise<BondFlow> {
  const ns = way === 'down' ? 'inet' : 'lan';
  for (const [name, value] of Object.entries(SENDERS[sender] ?? {}))
    run(['busybox', 'sysctl', '-qw', `net.ipv4.${name}=${value}`], { ns });
  return await measureBond(way === 'down', seconds);
}

async function idlePing(): Promise<number | null> {
  const { p50 } = await ping({ from: 'lan', to: ADDRESS.inet, count: 20, interval: 0.1 });
  return p50;
}

async function linksOf(end: End): Promise<EqualiseRow['links']> {
  const { links } = await end.status();
  return links.map(({ name, state, delay, heartbeat }) => ({ name, state, delay, heartbeat }));
}
