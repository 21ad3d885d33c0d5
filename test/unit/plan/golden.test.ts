import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../backend/src/daemon/config-file.ts';
import { readWans } from '../../../backend/src/daemon/round.ts';
import { type DryRun, dryRun, printDryRun } from '../../../backend/src/daemon/texts.ts';
import type { RawFacts } from '../../../backend/src/facts/actual.ts';
import { readActual } from '../../../backend/src/facts/actual.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

/**
 * Each folder of test/cases/plan is one machine: `config.uci` and `facts.json` lead to `desired.json`
 * and `plan.txt`. UPDATE_CASES=1 writes the results down; read the difference before committing it.
 */
const cases = join(import.meta.dirname, '../../cases/plan');
const folders = readdirSync(cases);
const FILES = {
  identity: { certificate: '/etc/bonding/bonding.crt', key: '/etc/bonding/bonding.key' },
};

function runOf(folder: string): { run: DryRun; facts: RawFacts } {
  const { config, problems } = loadConfigText(read(folder, 'config.uci'), 'config.uci');
  expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
  if (config === null) throw new Error(`${folder}: no configuration`);
  const facts = JSON.parse(read(folder, 'facts.json')) as RawFacts;
  return { run: dryRun(config, 'start', facts, FILES), facts };
}

/** The plan as text, with each tunnel's configuration below its start. */
function textOf(run: DryRun): string {
  const tunnels = run.desired.tunnels.map(({ link, config }) => `\n--- ${link}.conf\n${config}`);
  return printDryRun(run) + tunnels.join('');
}

/** What should be, without the texts that plan.txt holds. */
function desiredOf({ desired }: DryRun): string {
  const { nft, spread, copies, tunnels, ...rest } = desired;
  const digests = { nft: nft?.digest ?? null, spread: spread?.digest ?? null };
  const twice = copies === null ? {} : { copies: copies.digest };
  const short = { ...rest, ...digests, ...twice, tunnels: tunnels.map(({ link }) => link) };
  return `${JSON.stringify(short, null, 1)}\n`;
}

function read(folder: string, file: string): string {
  return readFileSync(join(cases, folder, file), 'utf8');
}

function golden(folder: string, file: string, text: string): void {
  const path = join(cases, folder, file);
  if (process.env.UPDATE_CASES === '1') writeFileSync(path, text);
  expect(existsSync(path), `run with UPDATE_CASES=1 to make ${path}`).toBe(true);
  expect(text).toBe(read(folder, file));
}

describe('plans', () => {
  it.each(folders)('%s', (folder) => {
    const { run } = runOf(folder);
    golden(folder, 'desired.json', desiredOf(run));
    golden(folder, 'plan.txt', textOf(run));
  });

  /** The fake kernel begins without devices of ours. */
  const empty = folders.filter((folder) =>
    /"addr": \[\]|"interfaces": null/.test(read(folder, 'facts.json')),
  );

  it.each(empty)('%s, carried out, leaves nothing to do', (folder) => {
    const { run, facts } = runOf(folder);
    const devices = [...readWans(facts).values()].flatMap(({ device }) => device ?? []);
    const sysctls = Object.fromEntries(readActual(facts).sysctls.now);
    const kernel = fakeKernel({ devices: [...new Set(devices)], sysctls });
    const { instance = 0 } = facts;
    for (const command of run.commands) kernel.run(command, instance);
    const loaded = { ...facts.abilities, bonding: true, tun: true };
    expect(diff(run.desired, kernel.actual(instance), loaded)).toEqual([]);
  });
});
