/**
 * What goes wrong on a Sunday: a tunnel dies, a line dies, the daemon dies, all during a download.
 * Arguments: lines, and tap (default) or tun.
 */
import type { LinkSnapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End, tunnelPid } from '../ends.ts';
import { startTcp } from '../iperf.ts';
import type { TcpResult } from '../iperf-json.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { program, progress } from '../program.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { sleep, until } from '../wait.ts';

/** What a line measures. */
export type Figures = Pick<LinkSnapshot, 'latency' | 'jitter' | 'packetloss'>;

/** What {@link program} hands to the host; times in guest ms. */
export interface Failures {
  /** The lines' figures: of both ends while nothing else runs, of the router while line 1 is dead. */
  figures: { router: Figures[]; server: Figures[]; dead: Figures[] };
  /** The server may see the new tunnel before it has missed the old one: `seenAtServer` is either. */
  tunnelKilled: { left: number; seenAtServer: number; back: number };
  /** `resumed`: from leaving until the download fills the other line; `bothAgain`: both, after the return. */
  lineDead: {
    left: number;
    leftAtServer: number;
    resumed: number;
    back: number;
    bothAgain: number;
    download: TcpResult;
  };
  daemonKilled: { sameTunnels: boolean; commands: string; up: boolean; download: TcpResult };
  /** Links that still carry packets after the daemon that adopted them was told to stop. */
  remaining: string[];
  /** What differs on the router from before the first start. */
  changed: string[];
}

const DOWNLOAD = { from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, reverse: true };

program(async ([text = '', deviceType = 'tap']) => {
  const network = buildLines(parseLines(text));
  const ends = createEnds(network, { deviceType: deviceType === 'tun' ? 'tun' : 'tap' });
  await settled();
  const found = snapshotNetwork('router');
  await bringUp(ends);
  progress('bond up');
  const idle = {
    router: await untilMeasured(ends.router),
    server: await untilMeasured(ends.server),
  };
  progress(`measured: ${JSON.stringify(idle.router)}`);

  // Killed with SIGKILL it cannot say goodbye: the other end finds out by keepalive.
  process.kill(tunnelPid(ends.router, 'link0'), 'SIGKILL');
  const gone = [untilSlave(ends.router, 'link0', false), untilLost(ends.server, 'link0')];
  const [routerLeft = 0, serverSaw = 0] = await Promise.all(gone);
  const back = await untilSlave(ends.router, 'link0', true, 40_000);
  await untilSlave(ends.server, 'link0', true, 40_000);
  const tunnelKilled = { left: routerLeft, seenAtServer: serverSaw, back };
  progress(`tunnel killed: left after ${Math.round(tunnelKilled.left)} ms`);

  const line = (network.lines[1]?.down ?? 0) * 1e6;
  const flow = await startTcp({ ...DOWNLOAD, seconds: 60, omit: 1 });
  await untilRate(ends.router, 1.5 * line);
  network.killLine(1);
  const both = [untilSlave(ends.router, 'link1', false), untilSlave(ends.server, 'link1', false)];
  const [left = 0, leftAtServer = 0] = await Promise.all(both);
  progress(`line dead: left after ${Math.round(left)} and ${Math.round(leftAtServer)} ms`);
  const resumed = await untilRate(ends.router, 0.8 * line);
  progress(`download goes on ${Math.round(resumed)} ms later`);
  const dead = await figuresOf(ends.router);
  progress(`figures: ${JSON.stringify(dead)}`);
  network.reviveLine(1);
  const returned = await untilSlave(ends.router, 'link1', true, 40_000);
  await untilSlave(ends.server, 'link1', true, 40_000);
  progress(`line back: ${Math.round(returned)} ms`);
  const bothAgain = await untilRate(ends.router, 1.5 * line);
  const download = await flow.result();
  const lineDead = { left, leftAtServer, resumed, back: returned, bothAgain, download };

  const daemonKilled = await killDaemon(ends.router);
  await ends.router.call('stop');
  await ends.server.call('stop');
  const remaining = [...(await linksOf(ends.router)), ...(await linksOf(ends.server))];
  const changed = compareSnapshots(found, snapshotNetwork('router'));
  const figures = { ...idle, dead };
  return { figures, tunnelKilled, lineDead, daemonKilled, remaining, changed } satisfies Failures;
});

async function figuresOf(end: End): Promise<Figures[]> {
  const { links } = await end.status();
  return links.map(({ latency, jitter, packetloss }) => ({ latency, jitter, packetloss }));
}

/** The figures of all lines, once there are some: a ping every two seconds, three at least. */
async function untilMeasured(end: End): Promise<Figures[]> {
  let seen: Figures[] = [];
  const check = async (): Promise<boolean> => {
    seen = await figuresOf(end);
    return seen.every((line) => line.packetloss !== null && line.jitter !== null);
  };
  await until('the lines to be measured', check, { timeout: 20_000, every: 500 });
  return seen;
}

/** Kills the daemon in the middle of a download and lets the next one adopt what runs. */
async function killDaemon(end: End): Promise<Failures['daemonKilled']> {
  const before = tunnelPid(end, 'link0');
  const flow = await startTcp({ ...DOWNLOAD, seconds: 10, omit: 1 });
  await sleep(3_000);
  const mark = end.daemon().log().length;
  await end.daemon().stop('SIGKILL');
  await sleep(2_000);
  await end.startDaemon();
  await sleep(2_000);
  const status = await end.status();
  const download = await flow.result();
  const commands = end.daemon().log().slice(mark);
  const sameTunnels = tunnelPid(end, 'link0') === before;
  progress(`daemon killed: ${sameTunnels ? 'tunnels adopted' : 'tunnels restarted'}`);
  return { sameTunnels, commands, up: status.state === 'up', download };
}

/** Guest ms until the server has noticed that the tunnel of a link is another: lost, or a new port. */
async function untilLost(end: End, link: string): Promise<number> {
  const find = async (): Promise<LinkSnapshot | undefined> =>
    (await end.status()).links.find((entry) => entry.name === link);
  const before = (await find())?.server;
  const { after } = await until(
    `${link} of ${end.ns} to be another`,
    async () => {
      const now = await find();
      return now !== undefined && (!now.up || now.server !== before);
    },
    { timeout: 20_000, every: 50 },
  );
  return after;
}

/** Guest ms until a link is (or is not) given packets, as `status` says. */
async function untilSlave(
  end: End,
  link: string,
  wanted: boolean,
  timeout = 20_000,
): Promise<number> {
  const { after } = await until(
    `${link} of ${end.ns} to ${wanted ? 'join' : 'leave'}`,
    async () => {
      const found = (await end.status()).links.find((entry) => entry.name === link);
      return found !== undefined && (found.slave && found.up) === wanted;
    },
    { timeout, every: 50 },
  );
  return after;
}

/**
 * Guest ms until the bond receives at least so many bit/s. A sender that got nothing through for
 * 8 s waits up to twice as long again before it tries once more (RFC 6298, 5.5).
 */
async function untilRate(end: End, bitsPerSecond: number): Promise<number> {
  const what = `the bond to receive ${bitsPerSecond} bit/s`;
  const check = async (): Promise<boolean> => (await end.status()).bond.rx_rate >= bitsPerSecond;
  return (await until(what, check, { timeout: 30_000, every: 200 })).after;
}

async function linksOf(end: End): Promise<string[]> {
  const status = await end.status();
  return status.links.filter((link) => link.slave).map((link) => link.name);
}
