/**
 * `node dist/lab/scenario.cjs [--patched] NAME ARGS…`: boots the lab, with the patched bonding driver
 * where asked for, and runs one guest program in it. Progress goes to stderr, the JSON result to
 * stdout. Without NAME it lists the programs.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { boot } from '../machine.ts';
import { ROOT } from '../paths.ts';

/** Real seconds before a scenario is killed. */
const LIMIT = 3_600;

/** The machine starts the one itself, the flow meter the other; they are no scenarios. */
const HELPERS = ['agent', 'flow-sampler'];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What can be run: a file of test/lab/guest/programs each, without `.ts`. */
function scenarios(): string[] {
  const folder = join(ROOT, 'test/lab/guest/programs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !HELPERS.includes(name))
    .sort();
}

/** Resolves to the exit code: 1 when the scenario failed, 2 when there is none of that name. */
async function runScenario(argv: string[]): Promise<number> {
  const patched = argv[0] === '--patched';
  const [name, ...args] = patched ? argv.slice(1) : argv;
  const names = scenarios();
  if (name === undefined || !names.includes(name)) {
    if (name !== undefined) say(`there is no scenario '${name}'`);
    say('usage: node dist/lab/scenario.cjs [--patched] NAME ARGS…; NAME is one of:');
    for (const known of names) say(`  ${known}`);
    say('what ARGS are stands at the top of test/lab/guest/programs/NAME.ts');
    return 2;
  }
  say('lab: booting …');
  const machine = await boot({ driver: patched ? 'patched' : 'stock' });
  try {
    const onLine = (line: string): void => say(`lab: ${line}`);
    const result = await machine.result(name, args, { onLine, seconds: LIMIT });
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return 0;
  } finally {
    await machine.close();
  }
}

runScenario(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
