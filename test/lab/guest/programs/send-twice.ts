/**
 * Lines of which the last loses packets by chance, with each packet of its tunnel sent twice by both ends:
 * one flow down, a daemon killed and the next one, the death of that line and its return, what stays in the
 * kernel and in the logs. Arguments: lines, seconds of traffic before the flow that is measured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { rateOptions } from '../bench-jobs.ts';
import { BOND, bringUp, createEnds, type End, setLink, tunnelPid } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines, type Network } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { type BondFlow, measureBond } from '../rates.ts';
import { run, tryRun } from '../run.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface SendTwice {
  server: Snapshot;
  down: BondFlow;
  /** What each end has put into that tunnel, and onto its line, during all traffic. */
  packets: Record<End['ns'], Packets>;
  /** Lines of the router's log of that tunnel. */
  logged: number;
  /** The tunnels' pids and the rules with their numbers, before and after the router's daemon was killed. */
  killed: Record<'before' | 'next', Kept>;
  /** With ten heartbeats a second. */
  death: Death;
  /** What `nft` says of the tables when nothing is sent twice any more. */
  left: string;
}

interface Packets {
  tunnel: number;
  line: number;
}

interface Kept {
  pids: number[];
  rules: string;
}

/** Pings through the bond, from before the death of the last line on, while it is dead, and once it is back. */
interface Death {
  dying: PingResult;
  dead: PingResult;
  back: PingResult;
  /** What the router put into that tunnel, and onto its line, in the last two. */
  deadPackets: Packets;
  backPackets: Packets;
}

/** Seconds between two pings. */
const PACE = 0.02;

program(async ([text = '', before = '0']) => {
  const lines = parseLines(text);
  const network = buildLines(lines);
  const ends = createEnds(network, {
    ...{ deviceType: 'tun', links: lines.map(rateOptions) },
    // They take the same line.
    bond: heartbeats(1_000),
  });
  const last = lines.length - 1;
  for (const end of [ends.router, ends.server]) setLink(end, `link${last}`, 'send_twice', '1');
  await bringUp(ends);
  const start = { router: packetsOf('router', last), server: packetsOf('server', last) };
  if (Number(before) > 0) await warmUp(Number(before));
  const down = await measureBond(true, 4);
  const since = (ns: End['ns']): Packets => difference(packetsOf(ns, last), start[ns]);
  const packets = { router: since('router'), server: since('server') };
  const server = await ends.server.status();
  const log = readFileSync(join(ends.router.runFolder, `link${last}.log`), 'utf8');
  progress(`ping ${down.ping.p50}/${down.ping.p95}, ${JSON.stringify(packets)}`);
  const killed = await killDaemon(ends.router, lines.length);
  const death = await killLine(network, ends, last);
  for (const end of [ends.router, ends.server]) {
    setLink(end, `link${last}`, 'send_twice', '0');
    await end.call('reload');
  }
  await until('the copies to end', () => !tables().includes('table ip bonding'), {
    timeout: 20_000,
  });
  const result: SendTwice = {
    server,
    down,
    packets,
    logged: log.split('\n').length,
    killed,
    death,
    left: tables(),
  };
  return result;
});

/** The text of the option; interval in ms. */
function heartbeats(interval: number): string {
  return `\toption heartbeat_interval '${interval}'`;
}

/** The router's daemon dies, and the next one takes over what runs. */
async function killDaemon(router: End, links: number): Promise<SendTwice['killed']> {
  const look = (): Kept => ({
    pids: Array.from({ length: links }, (_, index) => tunnelPid(router, `link${index}`)),
    rules: run(['nft', '-a', 'list', 'table', 'ip', 'bonding'], { ns: 'router' }),
  });
  const before = look();
  await router.daemon().stop('SIGKILL');
  await router.startDaemon();
  await untilState([router], `link${links - 1}`, true);
  const next = look();
  progress(`the next daemon: ${JSON.stringify(next)}`);
  return { before, next };
}

/** The last line dies both ways, without a word, and comes back. */
async function killLine(
  network: Network,
  ends: Record<End['ns'], End>,
  last: number,
): Promise<Death> {
  const both = [ends.router, ends.server];
  for (const end of both) {
    const text = readFileSync(end.configPath, 'utf8');
    writeFileSync(end.configPath, text.replace(heartbeats(1_000), heartbeats(100)));
    await end.call('reload');
  }
  // Until each has heard of the other's rhythm, and a few times after it.
  await sleep(3_000);
  const link = `link${last}`;
  const dying = pings(150);
  await sleep(500);
  network.killLine(last);
  await untilState(both, link, false);
  await dying;
  const dead = await counted(last, () => pings(50));
  network.reviveLine(last);
  await untilState(both, link, true);
  const back = await counted(last, () => pings(150));
  const death: Death = {
    ...{ dying: await dying, dead: dead.seen, back: back.seen },
    ...{ deadPackets: dead.packets, backPackets: back.packets },
  };
  progress(`death: ${JSON.stringify(death)}`);
  return death;
}

function pings(count: number): Promise<PingResult> {
  return ping({ from: 'router', to: BOND.server, count, interval: PACE });
}

/** What the router sends by one line while something is measured. */
async function counted<T>(
  index: number,
  measure: () => Promise<T>,
): Promise<{ seen: T; packets: Packets }> {
  const before = packetsOf('router', index);
  const seen = await measure();
  return { seen, packets: difference(packetsOf('router', index), before) };
}

/** Waits until a link is up, or is not, at these ends. */
async function untilState(ends: readonly End[], link: string, up: boolean): Promise<void> {
  const reached = async ({ status }: End): Promise<boolean> =>
    (await status()).links.some(({ name, state }) => name === link && (state === 'up') === up);
  await until(
    `${link} to be ${up ? 'up' : 'out'}`,
    async () => (await Promise.all(ends.map(reached))).every(Boolean),
    { timeout: 60_000, every: 50 },
  );
}

async function warmUp(seconds: number): Promise<void> {
  const to = { ns: 'inet', address: ADDRESS.inet };
  await measureTcp({ from: 'lan', to, seconds, reverse: true });
}

const tables = (): string =>
  ['router', 'server'].map((ns) => tryRun(['nft', 'list', 'tables'], { ns }).stdout).join('');

/** What an end has sent into a tunnel, and what of it and beside it has left the line's first end. */
function packetsOf(ns: End['ns'], index: number): Packets {
  const line =
    ns === 'router'
      ? count('router', `wan${index}`, 'tx_packets')
      : count(`line${index}`, 'net', 'rx_packets');
  return { tunnel: count(ns, `tun${index}`, 'tx_packets'), line };
}

function difference(now: Packets, before: Packets): Packets {
  return { tunnel: now.tunnel - before.tunnel, line: now.line - before.line };
}

function count(ns: string, device: string, name: string): number {
  return Number(run(['cat', `/sys/class/net/${device}/statistics/${name}`], { ns }));
}
