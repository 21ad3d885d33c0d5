/**
 * Three lines, of which one dies: the two that are left must carry their whole sum. The bonding driver
 * by itself would give all turns of the dead slave to the next one.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End } from '../ends.ts';
import { buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { measureBond } from '../rates.ts';
import { tryRun } from '../run.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host; rates in bit/s. */
export interface ThreeLines {
  /** Whose turn it is at the server, one after the other, and one download, while one line is dead. */
  dead: { turns: string[]; down: number };
  revived: { turns: string[]; down: number; status: Snapshot };
}

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  // Whose turn it is when all lines count the same; what is learned may differ a little.
  const ends = createEnds(network, { bond: "\toption shares 'fixed'" });
  await bringUp(ends);
  network.killLine(1);
  await untilUp(ends.router, 2);
  await untilUp(ends.server, 2);
  progress('line 1 is out');
  const dead = { turns: await settledTurns(ends.server, 2), down: await download() };
  network.reviveLine(1);
  await untilUp(ends.router, 3);
  await untilUp(ends.server, 3);
  progress('line 1 is back');
  const revived = { turns: await settledTurns(ends.server, 0), down: await download() };
  return { dead, revived: { ...revived, status: await ends.router.status() } } satisfies ThreeLines;
});

async function download(): Promise<number> {
  return (await measureBond(true, 4)).bitsPerSecond;
}

/** What is there when so many have turns: a link is up or not before the chain is written. */
async function settledTurns(end: End, count: number): Promise<string[]> {
  const check = (): string[] => {
    const turns = turnsOf(end);
    if (turns.length !== count) throw new Error(`there are '${turns.join(' ')}'`);
    return turns;
  };
  return (await until(`${count} turns at ${end.ns}`, check, { timeout: 5_000, every: 100 })).value;
}

/** Of the chain at the slaves' egress; none where the bonding driver decides. */
function turnsOf({ ns }: End): string[] {
  const { stdout } = tryRun(['nft', 'list', 'table', 'netdev', 'bonding'], { ns });
  return [...stdout.matchAll(/\d : "([^"]+)"/g)].map(([, name = '']) => name);
}

async function untilUp(end: End, count: number): Promise<void> {
  const check = async (): Promise<boolean> => {
    const { links } = await end.status();
    return links.filter((link) => link.up && link.slave).length === count;
  };
  await until(`${count} links of ${end.ns} to be up`, check, { timeout: 40_000, every: 100 });
}
