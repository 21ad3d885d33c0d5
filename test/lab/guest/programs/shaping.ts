/**
 * One flow over the bond, down and up, with the lines unshaped and shaped, and pings beside it.
 * Arguments: lines; the values of option `shaping` one after the other, `0,98`; seconds that are
 * measured of each flow, and those before; `tap` or `tun`; ways, `down,up`.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { rateOptions } from '../bench-jobs.ts';
import { bringUp, createEnds, type End, reconfigure } from '../ends.ts';
import { startTcp } from '../iperf.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { mbit } from '../rates.ts';
import { run } from '../run.ts';
import { sleep, until } from '../wait.ts';

/** One flow over the bond; rates in bit/s. */
export interface ShapedFlow {
  shaping: string;
  way: 'down' | 'up';
  bitsPerSecond: number;
  retransmits: number;
  ping: PingResult;
}

/** What {@link program} hands to the host. */
export interface Shaping {
  /** Pings with nothing else on the lines. */
  idle: PingResult;
  flows: ShapedFlow[];
  /** By value of `shaping`, after its flows: what `tc -j qdisc show` says of the tunnels, at the router. */
  qdiscs: Record<string, unknown[]>;
  router: Snapshot;
  server: Snapshot;
  /** What both daemons did after the last change, when nothing was to be done. */
  late: string[];
  /** Qdiscs that limit a tunnel after `shaping` was set to 0, at either end. */
  off: unknown[];
}

type Ends = Record<End['ns'], End>;

program(async ([text = '', values = '0,98', seconds = '4', omit = '3', ...more]) => {
  const [type = 'tun', ways = 'down,up'] = more;
  const network = buildLines(parseLines(text));
  const deviceType = type === 'tap' ? 'tap' : 'tun';
  const ends = createEnds(network, { deviceType, links: network.lines.map(rateOptions) });
  await bringUp(ends);
  await sleep(1_000);
  const idle = await ping({ from: 'lan', to: ADDRESS.inet, count: 20, interval: 0.05 });
  const flows: ShapedFlow[] = [];
  const qdiscs: Shaping['qdiscs'] = {};
  for (const shaping of values.split(',')) {
    await setShaping(ends, shaping);
    for (const way of ways.split(',')) {
      const timing = { seconds: Number(seconds), omit: Number(omit) };
      flows.push({ shaping, ...(await measureFlow(way === 'up' ? 'up' : 'down', timing)) });
    }
    qdiscs[shaping] = qdiscsOf('router').filter(({ dev }) => /^(tun|tap)/.test(String(dev)));
  }
  const said = (): string[] => [ends.router, ends.server].map((end) => end.daemon().log());
  const before = said();
  await sleep(2_000);
  const late = said().flatMap((log, at) => log.slice(before[at]?.length).split('\n'));
  const [router, server] = [await ends.router.status(), await ends.server.status()];
  await setShaping(ends, '0');
  const off = [...shapersOf('router'), ...shapersOf('server')];
  const commands = late.filter((line) => /^(tc|ip|nft|echo) /.test(line));
  return { idle, flows, qdiscs, router, server, late: commands, off } satisfies Shaping;
});

async function setShaping(ends: Ends, shaping: string): Promise<void> {
  const said = (ns: End['ns']): string => JSON.stringify(shapersOf(ns));
  const before = { router: said('router'), server: said('server') };
  for (const end of [ends.server, ends.router]) await reconfigure(end, { shaping });
  const reached = (ns: End['ns']): boolean =>
    shaping === '0' ? said(ns) === '[]' : said(ns) !== before[ns];
  await until('the lines to be shaped as wanted', () => reached('router') && reached('server'), {
    timeout: 20_000,
  });
  // The rate of each is read back once more by the round that follows.
  await sleep(500);
}

function shapersOf(ns: End['ns']): unknown[] {
  return qdiscsOf(ns).filter(({ kind }) => kind === 'cake' || kind === 'tbf');
}

function qdiscsOf(ns: End['ns']): Record<string, unknown>[] {
  return JSON.parse(run(['tc', '-j', 'qdisc', 'show'], { ns })) as Record<string, unknown>[];
}

async function measureFlow(
  way: ShapedFlow['way'],
  { seconds, omit }: { seconds: number; omit: number },
): Promise<Omit<ShapedFlow, 'shaping'>> {
  const to = { ns: 'inet', address: ADDRESS.inet };
  const flow = await startTcp({ from: 'lan', to, seconds, omit, reverse: way === 'down' });
  await sleep(omit * 1_000);
  const count = Math.floor(seconds / 0.05) - 10;
  const answers = await ping({ from: 'lan', to: ADDRESS.inet, count, interval: 0.05 });
  const { bitsPerSecond, retransmits } = await flow.result();
  progress(
    `${way}: ${mbit(bitsPerSecond)}, ${retransmits} sent again, ping ${answers.p50}/${answers.p95}`,
  );
  return { way, bitsPerSecond, retransmits, ping: answers };
}
