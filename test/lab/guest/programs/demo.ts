/**
 * The demo of `npm start`: measures each line and the bond, then stays, with a small download running
 * and the status on its stdout once a second. Lines for people are plain; the others begin with MARK.
 */
import { MARK } from '../../demo-protocol.ts';
import { parseLines } from '../../lines.ts';
import { pageFragment } from '../ends.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { measureAlone, measureBond, raiseBond, snapshots } from '../rates.ts';
import { sleep } from '../wait.ts';

/** How long each line and each way of the bond is measured, s. */
const SECONDS = { alone: 3, bond: 5 };

/** Rate of the download that keeps running, so that there is something to see. */
const TRICKLE = '3M';

program(async ([text = '', mode = 'once']) => {
  const network = buildLines(parseLines(text));
  const alone = await measureAlone(network, SECONDS.alone);
  const { ends } = await raiseBond(network, 'tap');
  const down = await measureBond(true, SECONDS.bond);
  const up = await measureBond(false, SECONDS.bond);
  const { router } = await snapshots(ends);
  const result = { alone, down: down.bitsPerSecond, up: up.bitsPerSecond, router };
  progress(`${MARK.result}${JSON.stringify(result)}`);
  if (mode === 'once') return null;
  progress(`${MARK.page}${pageFragment(ends.router)}`);
  await start(['iperf3', '-s', '-p', '5999'], { ns: 'inet', name: 'trickle-server' });
  await sleep(1_000);
  const target = ['-c', ADDRESS.inet, '-p', '5999', '-R', '-t', '0', '-b', TRICKLE];
  await start(['iperf3', ...target], { ns: 'lan', name: 'trickle' });
  for (;;) {
    progress(`${MARK.status}${JSON.stringify(await ends.router.status())}`);
    await sleep(1_000);
  }
});
