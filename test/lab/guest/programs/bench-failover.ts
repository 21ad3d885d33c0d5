/**
 * Deaths of a line during one flow, each on a bond that has just been started: nothing is remembered
 * from the one before. Arguments: lines; options of `interface 'bond'` as JSON; tap or tun;
 * names of deaths, separated by `;` (all without them); down, up or both.
 */
import { parseLines } from '../../lines.ts';
import { endJob, raiseJob } from '../bench-jobs.ts';
import { type BondJob, DEATHS, type FailoverRun } from '../bench-order.ts';
import { measureDeath } from '../failover.ts';
import { buildLines, settled } from '../network.ts';
import { program, progress } from '../program.ts';
import { sleep } from '../wait.ts';

/** Until the ends have exchanged what they need for heartbeats, guest ms. */
const SETTLING = 3_000;

program(async ([text = '', options = '{}', type = 'tun', names = '', way = 'both']) => {
  const network = buildLines(parseLines(text));
  await settled();
  const job: BondJob = {
    ...{ way: 'bond', column: 'failover', congestions: [], rates: false, learn: 0 },
    deviceType: type === 'tap' ? 'tap' : 'tun',
    options: JSON.parse(options) as Record<string, string>,
  };
  const kinds = DEATHS.filter((kind) => names === '' || names.split(';').includes(kind));
  const runs: FailoverRun[] = [];
  for (const kind of kinds) {
    for (const direction of ['down', 'up'] as const) {
      if (way !== 'both' && way !== direction) continue;
      const ends = await raiseJob(network, job);
      await sleep(SETTLING);
      const result = await measureDeath(network, ends, kind, direction);
      const { dead, again, alive } = result;
      const figures = `back after ${dead.recovered} ms, silence ${dead.silence} ms, again ${again}`;
      progress(`${kind}, ${direction}: ${figures}, ${alive ? 'alive' : 'dead'}`);
      runs.push(result);
      await endJob(ends);
    }
  }
  return runs;
});
