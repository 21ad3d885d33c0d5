import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../backend/src/daemon/config-file.ts';
import { dryRun, printDryRun } from '../../../backend/src/daemon/texts.ts';
import type { RawFacts } from '../../../backend/src/facts/actual.ts';

/**
 * Each folder of test/cases/plan is one machine: `config.uci` and `facts.json` lead to `plan.txt`.
 * UPDATE_CASES=1 writes the results down; read the difference before committing it.
 */
const cases = join(import.meta.dirname, '../../cases/plan');
const FILES = {
  identity: { certificate: '/etc/bonding/bonding.crt', key: '/etc/bonding/bonding.key' },
};

/** The plan as text, with each tunnel's configuration below its start. */
function planOf(folder: string): string {
  const { config, problems } = loadConfigText(read(folder, 'config.uci'), 'config.uci');
  expect(problems).toEqual([]);
  if (config === null) throw new Error(`${folder}: no configuration`);
  const run = dryRun(config, 'start', JSON.parse(read(folder, 'facts.json')) as RawFacts, FILES);
  const tunnels = run.commands
    .filter((command) => command.kind === 'start-tunnel')
    .map(({ link, config: text }) => `\n--- ${link}.conf\n${text}`);
  return printDryRun(run) + tunnels.join('');
}

function read(folder: string, file: string): string {
  return readFileSync(join(cases, folder, file), 'utf8');
}

describe('plans', () => {
  it.each(readdirSync(cases))('%s', (folder) => {
    const plan = planOf(folder);
    const golden = join(cases, folder, 'plan.txt');
    if (process.env.UPDATE_CASES === '1') writeFileSync(golden, plan);
    expect(existsSync(golden), `run with UPDATE_CASES=1 to make ${golden}`).toBe(true);
    expect(plan).toBe(read(folder, 'plan.txt'));
  });
});
