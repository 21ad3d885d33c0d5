/**
 * What a stock bonding driver makes of tun devices, and what an idle daemon costs: refusal in
 * balance-rr with a clear problem, traffic in active-backup, and no process while nothing changes.
 */
import { readFileSync } from 'node:fs';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End } from '../ends.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface DeviceTypes {
  refused: { status: Snapshot; changed: string[] };
  activeBackup: { status: Snapshot; ping: PingResult };
  /** Processes started on the whole machine during so many idle seconds with both daemons. */
  idle: { seconds: number; started: number };
}

/** How long nothing happens, s. */
const IDLE = 20;

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  const plain = createEnds(network, { deviceType: 'tun' });
  await settled();
  const before = snapshotNetwork('router');
  await plain.router.startDaemon();
  const status = await untilProblem(plain.router);
  const refused = { status, changed: compareSnapshots(before, snapshotNetwork('router')) };
  await plain.router.daemon().stop();
  progress(`tun in balance-rr: ${status.problems[0]?.code ?? 'accepted'}`);

  const ends = createEnds(network, { deviceType: 'tun', bond: "\toption mode 'active-backup'\n" });
  await bringUp(ends);
  const pings = await ping({ from: 'lan', to: ADDRESS.inet, count: 20 });
  const activeBackup = { status: await ends.router.status(), ping: pings };
  progress(`tun in active-backup: ${pings.lost} of ${pings.sent} pings lost`);

  await sleep(5_000);
  const started = processesStarted();
  await sleep(IDLE * 1_000);
  const idle = { seconds: IDLE, started: processesStarted() - started };
  return { refused, activeBackup, idle } satisfies DeviceTypes;
});

async function untilProblem(end: End): Promise<Snapshot> {
  const found = async (): Promise<boolean> => (await end.status()).problems.length > 0;
  await until(`a problem at ${end.ns}`, found);
  return end.status();
}

/** Processes and threads made since boot: the line `processes` of /proc/stat. */
function processesStarted(): number {
  return Number(/^processes (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
}
