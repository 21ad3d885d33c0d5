import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../errors.ts';
import type { TestResult } from '../status/test-result.ts';
import { fromTable } from '../status/ubus-object.ts';
import { type Client, connect } from '../ubus/index.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';
import { explain } from './remote.ts';
import { progressLine, testTable } from './test-table.ts';

/** How often the daemon is asked how far it is, ms. */
const LOOK = 500;

/** `bonding test`: begins a speed test, shows how far it is, and prints the result. Ctrl-C stops it. */
export async function runSpeedTest(options: CliOptions): Promise<ExitCode> {
  const client = connect({ path: options.ubusPath });
  const stop = (): void => void client.call('bonding', 'test_stop').catch(() => {});
  // Once: a second Ctrl-C ends us, whatever the daemon does.
  process.once('SIGINT', stop);
  try {
    const result = await follow(client, options);
    if (result === null) return 1;
    const text = options.json
      ? `${JSON.stringify(result, null, 2)}\n`
      : testTable(result, process.stdout.isTTY === true);
    process.stdout.write(text);
    return result.state === 'done' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`bonding: test: ${explain(error, options)}\n`);
    return 1;
  } finally {
    process.off('SIGINT', stop);
    client.close();
  }
}

/** The result of a test from its begin to its end; null when it was refused, which is said. */
async function follow(client: Client, options: CliOptions): Promise<TestResult | null> {
  const { words, seconds } = options;
  const args = { links: words, ...(seconds === null ? {} : { seconds }) };
  const begun = fromTable(await client.call('bonding', 'test', args));
  const { id, problem } = begun as unknown as { id: number; problem: Problem | null };
  if (problem !== null) {
    process.stderr.write(`bonding: test: ${problem.text}\n  fix: ${problem.fix}\n`);
    return null;
  }
  // Progress is for a person who waits; in a file it would be noise.
  const watched = process.stderr.isTTY === true && !options.json;
  for (;;) {
    await sleep(LOOK);
    const found = fromTable(await client.call('bonding', 'test_result'));
    const result = found as unknown as TestResult;
    const mine = result.id === id && result.state === 'running';
    if (watched) process.stderr.write(`\r${mine ? progressLine(result) : ''}\x1b[K`);
    if (!mine) return result;
  }
}
