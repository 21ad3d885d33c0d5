import { parseArgs } from 'node:util';
import { reason } from '../errors.ts';
import { VERSION } from '../version.ts';
import { chooseInstance } from './choose-instance.ts';
import type { CliCommand } from './command.ts';
import { DAEMON } from './daemon.ts';
import type { CliOptions, Values } from './options.ts';
import { readOptions, USAGE_OPTIONS } from './options.ts';

/** Exit codes: 0 done, 1 it did not work, 2 the words on the command line are off. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line; prints to stdout and stderr. */
export async function main(argv: string[]): Promise<ExitCode> {
  const [name = 'help', ...rest] = argv;
  if (name === '--version') return print(`bonding ${VERSION}\n`);
  if (name === 'help' || name === '--help' || name === '-h') return print(await usageText());
  const command = await commandOf(name);
  if (command === undefined) return misuse(`no command '${name}'`);
  let options: CliOptions;
  let values: Values;
  try {
    const parsed = parseArgs({ args: rest, options: USAGE_OPTIONS, allowPositionals: true });
    values = parsed.values;
    options = readOptions(values, parsed.positionals);
  } catch (error) {
    return misuse(reason(error));
  }
  if (options.words.length < command.words[0] || options.words.length > command.words[1]) {
    return misuse(`usage: bonding ${command.usage}`);
  }
  if (command.anyRouter) return await command.run(options);
  try {
    options = readOptions(values, options.words, chooseInstance(values));
  } catch (error) {
    process.stderr.write(`bonding: ${reason(error)}\n`);
    return 1;
  }
  return await command.run(options);
}

/** The daemon goes without the commands, which are in a file of their own. */
async function commandOf(name: string): Promise<CliCommand | undefined> {
  if (name === 'daemon') return DAEMON;
  const { COMMANDS } = await import('./commands.ts');
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

async function usageText(): Promise<string> {
  const { usage } = await import('./commands.ts');
  return usage();
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return 0;
}

function misuse(why: string): ExitCode {
  process.stderr.write(`bonding: ${why}; see: bonding help\n`);
  return 2;
}
