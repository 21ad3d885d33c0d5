/**
 * Starts and stops the bond again and again: the machine must look as it did before. Arguments: lines,
 * how often, and tap (default) or tun.
 */
import { parseLines } from '../../lines.ts';
import { createEnds, type End } from '../ends.ts';
import { buildLines, settled } from '../network.ts';
import { program, progress } from '../program.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host: for each stop what differed from before the first start. */
export interface StartStop {
  rounds: string[][];
  /** After SIGTERM of both daemons. */
  afterExit: string[];
  exitCodes: (number | null)[];
  problems: string[];
}

program(async ([text = '', times = '20', deviceType = 'tap']) => {
  const network = buildLines(parseLines(text));
  const ends = createEnds(network, { deviceType: deviceType === 'tun' ? 'tun' : 'tap' });
  await settled();
  const found = look();
  await ends.server.startDaemon();
  await ends.router.startDaemon();
  const rounds: string[][] = [];
  for (let round = 0; round < Number(times); round += 1) {
    await Promise.all([ends.router.call('start'), ends.server.call('start')]);
    // Every other time it is stopped in the middle of connecting.
    if (round % 2 === 0) await untilUp(ends.router);
    await Promise.all([ends.router.call('stop'), ends.server.call('stop')]);
    rounds.push(differences(found));
    progress(`round ${round + 1}: ${rounds.at(-1)?.length ?? 0} differences`);
  }
  const problems = [ends.router, ends.server].map((end) => end.status());
  const texts = (await Promise.all(problems)).flatMap((status) =>
    status.problems.map((entry) => `${entry.subject}: ${entry.text}`),
  );
  await ends.router.call('start');
  const exits = [ends.router, ends.server].map(async (end) => {
    const daemon = end.daemon();
    await daemon.stop('SIGTERM');
    return (await daemon.ended).code;
  });
  const exitCodes = await Promise.all(exits);
  return { rounds, afterExit: differences(found), exitCodes, problems: texts } satisfies StartStop;
});

type Looks = Record<'router' | 'server', Record<string, string>>;

function look(): Looks {
  return { router: snapshotNetwork('router'), server: snapshotNetwork('server') };
}

function differences(before: Looks): string[] {
  const after = look();
  return [
    ...compareSnapshots(before.router, after.router),
    ...compareSnapshots(before.server, after.server),
  ];
}

async function untilUp(end: End): Promise<void> {
  const up = async (): Promise<boolean> => (await end.status()).state === 'up';
  await until(`the bond of ${end.ns} to be up`, up, { timeout: 40_000 });
}
