/**
 * Our daemon at both ends on tun and the patched driver: first the router in active-backup, as it
 * is where its kernel is a stock one; then both ends in round robin; then all of its tunnels are
 * killed and their devices taken away; then it stops, thrice. Argument: lines.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { activate, bondOptions, countSent, slavesOf } from '../bond-sysfs.ts';
import { bringUp, createEnds, type End, reconfigure, tunnelPid } from '../ends.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { type BondFlow, measureBond } from '../rates.ts';
import { run } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { kernelFaults } from '../tun-pairs.ts';
import { now, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface TunEnds {
  /** The router in active-backup, the server in round robin. */
  mixed: {
    router: Snapshot;
    server: Snapshot;
    /** With each of the router's slaves as the active one. */
    rows: { ping: PingResult; router: Record<string, number>; server: Record<string, number> }[];
    down: BondFlow;
  };
  /** Both in round robin. */
  both: { router: Snapshot; options: Record<string, string>; down: BondFlow; up: BondFlow };
  /** All tunnels of the router killed and their devices deleted: the bond right after that, and later. */
  devicesGone: { before: string[]; after: string[]; slaves: string[]; back: number; lost: number };
  /** What differs on the router from before the first start: after all that, after a start, and in its midst. */
  stops: string[][];
  faults: string[];
}

const COUNT = 40;

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  const ends = createEnds(network, { deviceType: 'tun' });
  await settled();
  const found = snapshotNetwork('router');
  await bringUp(ends);
  await reconfigure(ends.router, { mode: 'active-backup' });
  await untilMode(ends.router, 'active-backup');
  const rows = [await row('tun0'), await row('tun1')];
  progress(`router in active-backup: ${JSON.stringify(rows.map((each) => each.router))}`);
  const mixed = {
    router: await ends.router.status(),
    server: await ends.server.status(),
    rows,
    down: await measureBond(true, 4),
  };

  await reconfigure(ends.router, {});
  await untilMode(ends.router, 'balance-rr');
  const down = await measureBond(true, 4);
  const up = await measureBond(false, 4);
  const both = { router: await ends.router.status(), options: bondOptions('router'), down, up };

  const before = addresses();
  for (const [at, device] of slavesOf('router').entries()) {
    // One that lives on would write of its lost device without end.
    process.kill(tunnelPid(ends.router, `link${at}`), 'SIGKILL');
    run(['ip', 'link', 'del', device], { ns: 'router' });
  }
  const after = addresses();
  const slaves = slavesOf('router');
  const back = await untilBack(ends.router);
  const { lost } = await ping({ from: 'lan', to: ADDRESS.inet, count: COUNT });
  progress(`without devices: back after ${Math.round(back)} ms, ${lost} lost`);
  const devicesGone = { before, after, slaves, back, lost };
  const stops = await stopThrice(ends, found);
  return { mixed, both, devicesGone, stops, faults: kernelFaults() } satisfies TunEnds;
});

async function stopThrice(
  ends: Record<End['ns'], End>,
  found: Record<string, string>,
): Promise<string[][]> {
  const call = (method: string): Promise<unknown> =>
    Promise.all([ends.router.call(method), ends.server.call(method)]);
  const stops: string[][] = [];
  for (const wait of [null, true, false]) {
    if (wait !== null) await call('start');
    if (wait === true)
      await until('all links to be up', () => allUp(ends.router), { timeout: 60_000 });
    await call('stop');
    stops.push(compareSnapshots(found, snapshotNetwork('router')));
  }
  progress(`stops: ${stops.map((each) => each.length).join(' ')} differences`);
  return stops;
}

async function row(active: string): Promise<TunEnds['mixed']['rows'][number]> {
  activate('router', active);
  const counts = { router: countSent('router'), server: countSent('server') };
  const pings = await ping({ from: 'lan', to: ADDRESS.inet, count: COUNT });
  return { ping: pings, router: counts.router(), server: counts.server() };
}

/** Guest ms until the end has seen the loss and all links are up again, and carry. */
async function untilBack(end: End): Promise<number> {
  const begin = now();
  const limit = { timeout: 60_000, every: 100 };
  await until('the loss to be seen', async () => !(await allUp(end)), limit);
  await until('all links to be back', () => allUp(end), limit);
  // The server may not have missed the old tunnels yet.
  const carries = async (): Promise<boolean> => {
    return (await ping({ from: 'lan', to: ADDRESS.inet, count: 6 })).lost === 0;
  };
  await until('both ways to carry', carries, limit);
  return now() - begin;
}

async function untilMode(end: End, mode: string): Promise<void> {
  const check = async (): Promise<boolean> => {
    return (await end.status()).bond.mode === mode && (await allUp(end));
  };
  await until(`mode ${mode}`, check, { timeout: 60_000, every: 100 });
}

async function allUp(end: End): Promise<boolean> {
  return (await end.status()).links.every((link) => link.up && link.slave);
}

/** Addresses and routes of the router's bond. */
function addresses(): string[] {
  const ask = (...words: string[]): string[] =>
    run(['ip', '-4', '-o', ...words], { ns: 'router' })
      .trim()
      .split('\n');
  return [
    ...ask('addr', 'show', 'dev', 'bond0').map((line) => /inet \S+/.exec(line)?.[0] ?? line),
    ...ask('route', 'show', 'table', 'all', 'dev', 'bond0').map((line) => line.trim()),
  ];
}
