/**
 * Our daemon at both ends on lines that are told with their rates: each line gets its share of the
 * packets, whatever the driver. Arguments: lines, kind of tunnel device, and `all` for IPv6, fragments,
 * a firewall that offloads flows, a link that is taken out and back, and a stop as well.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { type Line, parseLines } from '../../lines.ts';
import { countSent } from '../bond-sysfs.ts';
import { BOND, bringUp, createEnds, type End } from '../ends.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { type PingResult, parsePing, ping } from '../ping.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { type BondFlow, measureBond } from '../rates.ts';
import { run, tryRun } from '../run.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface Shares {
  router: Snapshot;
  server: Snapshot;
  /** One flow each way, and what the end that sends it put on its slaves meanwhile. */
  down: BondFlow & { sent: Counts };
  up: BondFlow & { sent: Counts };
  /** Only with `all`. */
  more: More | null;
}

/** Packets by slave. */
type Counts = Record<string, number>;

/** Pings from the router, and what it put on its slaves meanwhile. */
interface Row {
  ping: PingResult;
  sent: Counts;
}

interface More {
  /** An upload of the LAN that goes past most of the router's kernel, as with fw4's `flow_offloading`. */
  offloaded: BondFlow & { sent: Counts; connections: number };
  v6: Row;
  /** Each ping is three packets. */
  fragments: Row;
  /** Pings while link1 is taken out, some while it is out, and some while it comes back and after. */
  leaving: Row;
  out: Row;
  back: Row;
  /** What `nft` says of the tables after the stop. */
  left: string[];
}

/** Seconds of a flow that count. */
const SECONDS = 4;

/** What fw4 makes of `option flow_offloading '1'`. */
const OFFLOAD = [
  'add table inet flows',
  'add flowtable inet flows ft { hook ingress priority 0; devices = { lan0, bond0 }; }',
  'add chain inet flows forward { type filter hook forward priority 0; }',
  'add rule inet flows forward meta l4proto tcp flow add @ft',
].join('; ');

const V6 = { router: 'fd00:b0d::2', server: 'fd00:b0d::1' } as const;

program(async ([text = '', type = 'tap', all = '']) => {
  const lines = parseLines(text);
  const network = buildLines(lines);
  const deviceType = type === 'tun' ? 'tun' : 'tap';
  // Ten heartbeats a second take 7 kbit/s of each line, 0.7 % of the slowest here.
  const bond = "\toption heartbeat_interval '0'";
  const ends = createEnds(network, { deviceType, bond, links: lines.map(ratesOf) });
  await bringUp(ends);
  const [router, server] = [await ends.router.status(), await ends.server.status()];
  progress(`drivers: ${router.driver} and ${server.driver}`);
  const down = await flow('server', true);
  const up = await flow('router', false);
  const more = all === 'all' ? await measureMore(ends) : null;
  return { router, server, down, up, more } satisfies Shares;
});

function ratesOf({ down, up }: Line): string {
  return `\toption download '${down * 1_000}'\n\toption upload '${up * 1_000}'`;
}

async function flow(sender: End['ns'], reverse: boolean): Promise<BondFlow & { sent: Counts }> {
  const counted = countSent(sender);
  const result = await measureBond(reverse, SECONDS);
  const sent = counted();
  progress(`${sender} sent ${JSON.stringify(sent)}`);
  return { ...result, sent };
}

async function measureMore(ends: Record<End['ns'], End>): Promise<More> {
  for (const ns of ['router', 'server'] as const)
    run(['ip', 'address', 'add', `${V6[ns]}/64`, 'dev', 'bond0', 'nodad'], { ns });
  const offloaded = await offload();
  const v6 = await row(() => pings(V6.server, []));
  const fragments = await row(() => pings(BOND.server, ['-s', '4000']));
  progress(`IPv6 ${JSON.stringify(v6)}, fragments ${JSON.stringify(fragments)}`);

  const leaving = await row(() => during(ends, 'down'));
  const out = await row(() => pings(BOND.server, []));
  const back = await row(() => during(ends, 'up'));
  progress(`leaving ${JSON.stringify(leaving)}, out ${JSON.stringify(out.sent)}`);
  progress(`back ${JSON.stringify(back)}`);
  await Promise.all([ends.router.call('stop'), ends.server.call('stop')]);
  const left = ['router', 'server'].map((ns) => run(['nft', 'list', 'tables'], { ns }).trim());
  return { offloaded, v6, fragments, leaving, out, back, left };
}

async function offload(): Promise<More['offloaded']> {
  run(['modprobe', 'nf_flow_table_inet']);
  run(['nft', OFFLOAD], { ns: 'router' });
  const flowing = flow('router', false);
  await sleep(4_000);
  const known = run(['cat', '/proc/net/nf_conntrack'], { ns: 'router' });
  const result = await flowing;
  run(['nft', 'delete table inet flows'], { ns: 'router' });
  return { ...result, connections: known.split('[OFFLOAD]').length - 1 };
}

async function row(measure: () => Promise<PingResult>): Promise<Row> {
  const counted = countSent('router');
  const result = await measure();
  return { ping: result, sent: counted() };
}

const COUNT = 50;

async function pings(to: string, options: readonly string[]): Promise<PingResult> {
  const words = ['-n', '-c', String(COUNT), '-i', '0.02', '-W', '1', ...options];
  const running = await start(['ping', ...words, to], { ns: 'router', name: 'ping-inside' });
  await running.ended;
  return parsePing(running.log(), COUNT);
}

/** Pings while link1 is taken out or back, until both ends have heard of it. */
async function during(ends: Record<End['ns'], End>, action: 'up' | 'down'): Promise<PingResult> {
  const seen = ping({ from: 'lan', to: ADDRESS.inet, count: 150, interval: 0.02 });
  await ends.router.call('link', { name: 'link1', action });
  const uses = (ns: End['ns']): boolean => chainOf(ns).includes(': "tun1"');
  const done = (): boolean =>
    uses('router') === uses('server') && uses('router') === (action === 'up');
  await until(`link1 to be ${action}`, done, { timeout: 20_000, every: 100 });
  return await seen;
}

/** The chain at the slaves' egress; empty when there is none. */
function chainOf(ns: End['ns']): string {
  return tryRun(['nft', 'list', 'table', 'netdev', 'bonding'], { ns }).stdout;
}
