/**
 * One `bonding test` from the router, for what it says of the limit. Arguments: lines, tap or tun,
 * seconds of each measurement.
 */

import type { TestResult } from '../../../../backend/src/status/test-result.ts';
import { parseLines } from '../../lines.ts';
import { commandLine } from '../ends.ts';
import { buildLines, settled } from '../network.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { raiseBond } from '../rates.ts';

program(async ([text = '', kind = 'tap', seconds = '4']) => {
  const network = buildLines(parseLines(text));
  const { ends } = await raiseBond(network, kind === 'tun' ? 'tun' : 'tap');
  await settled();
  const command = commandLine(ends.router, ['test', '--seconds', seconds, '--json']);
  const running = await start(command, { ns: 'router', name: 'test' });
  await running.ended;
  const printed = running.log();
  progress(printed);
  // Node itself warns of its flags before.
  return JSON.parse(printed.slice(printed.indexOf('{'))) as TestResult;
});
