import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../status/snapshot.ts';
import { statusDetails } from './details.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';
import { call, explain } from './remote.ts';
import { statusTable } from './table.ts';

/** How often `--watch` looks, ms. */
const REFRESH = 1_000;

/** `bonding status`: a table and what is behind it, `--json` the snapshot, `--watch` again every second. */
export async function showStatus(options: CliOptions): Promise<ExitCode> {
  for (;;) {
    const text = await read(options);
    if (text === null) return 1;
    // Home, then clear to the end: no flicker, and nothing of a longer table is left.
    process.stdout.write(options.watch ? `\x1b[H${fitting(text)}\x1b[J` : text);
    if (!options.watch) return 0;
    await sleep(REFRESH);
  }
}

/** What is longer than the screen would push the table off its top. */
function fitting(text: string): string {
  const { rows } = process.stdout;
  return rows === undefined
    ? text
    : text
        .split('\n')
        .slice(0, rows - 1)
        .join('\n');
}

async function read(options: CliOptions): Promise<string | null> {
  try {
    const snapshot = (await call(options, 'bonding', 'status')) as Snapshot;
    if (options.json) return `${JSON.stringify(snapshot, null, 2)}\n`;
    return `${statusTable(snapshot, process.stdout.isTTY === true)}\n${statusDetails(snapshot)}`;
  } catch (error) {
    process.stderr.write(`bonding: status: ${explain(error, options)}\n`);
    return null;
  }
}
