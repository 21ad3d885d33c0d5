import { parseArgs } from 'node:util';
import { reason } from '../errors.ts';
import { VERSION } from '../version.ts';
import { chooseInstance } from './choose-instance.ts';
import { COMMANDS } from './commands.ts';
import type { CliOptions, Values } from './options.ts';
import { readOptions, USAGE_OPTIONS } from './options.ts';

/** Exit codes: 0 done, 1 it did not work, 2 the words on the command line are off. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line; prints to stdout and stderr. */
export async function main(argv: string[]): Promise<ExitCode> {
  const [name = 'help', ...rest] = argv;
  if (name === 'help' || name === '--help' || name === '-h') return print(usage());
  if (name === '--version') return print(`bonding ${VERSION}\n`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
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

function print(text: string): ExitCode {
  process.stdout.write(text);
  return 0;
}

function misuse(why: string): ExitCode {
  process.stderr.write(`bonding: ${why}; see: bonding help\n`);
  return 2;
}

function usage(): string {
  const lines = Object.values(COMMANDS).map(
    ({ usage: words, help }) => `  bonding ${words.padEnd(34)} ${help}`,
  );
  return [
    'bonding: several Internet lines as one',
    '',
    ...lines,
    '',
    'Options: --config FILE (/etc/config/bonding), --ubus SOCKET, --json, --watch',
    '  --name NAME: which router, on a server with several',
    'Exit code: 0 done, 1 failed, 2 wrong usage',
    '',
  ].join('\n');
}
