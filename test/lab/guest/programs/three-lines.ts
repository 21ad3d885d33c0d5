/**
 * Three lines, of which one dies: the two that are left must carry their whole sum. A dead slave that
 * stayed in the list would give all of its turns to the next one.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import type { End } from '../ends.ts';
import { buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { measureBond, raiseBond } from '../rates.ts';
import { run } from '../run.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host; rates in bit/s. */
export interface ThreeLines {
  /** Slaves of the router's bond, as the kernel lists them, and one download, while one line is dead. */
  dead: { slaves: string[]; down: number };
  revived: { slaves: string[]; down: number; status: Snapshot };
}

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  const { ends } = await raiseBond(network, 'tap');
  network.killLine(1);
  await untilUp(ends.router, 2);
  await untilUp(ends.server, 2);
  progress('line 1 is out');
  const dead = { slaves: slavesOf(ends.router), down: await download() };
  network.reviveLine(1);
  await untilUp(ends.router, 3);
  await untilUp(ends.server, 3);
  progress('line 1 is back');
  const revived = { slaves: slavesOf(ends.router), down: await download() };
  return { dead, revived: { ...revived, status: await ends.router.status() } } satisfies ThreeLines;
});

async function download(): Promise<number> {
  return (await measureBond(true, 4)).bitsPerSecond;
}

function slavesOf(end: End): string[] {
  return run(['cat', '/sys/class/net/bond0/bonding/slaves'], { ns: end.ns }).trim().split(' ');
}

async function untilUp(end: End, count: number): Promise<void> {
  const check = async (): Promise<boolean> => {
    const { links } = await end.status();
    return links.filter((link) => link.up && link.slave).length === count;
  };
  await until(`${count} links of ${end.ns} to be up`, check, { timeout: 40_000, every: 100 });
}
