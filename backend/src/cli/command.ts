import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/** One command of the program. */
export interface CliCommand {
  usage: string;
  help: string;
  /** How many words it takes: from, to. */
  words: readonly [number, number];
  /** It is about none of the routers of a server, or all, or one to come: `--name` is its own. */
  anyRouter?: boolean;
  run: (options: CliOptions) => Promise<ExitCode>;
}
