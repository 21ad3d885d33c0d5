import { type Daemon, startDaemon } from '../daemon/daemon.ts';
import { refuseTwin } from '../effects/instances.ts';
import type { Log } from '../errors.ts';
import { VERSION } from '../version.ts';
import type { CliCommand } from './command.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/**
 * procd hands stdout to logread as daemon.info and stderr as daemon.err, with time and name: commands
 * and events go to the one, warnings and errors, with that word in front, to the other.
 */
export const writeLog: Log = (line, severity = 'info') => {
  if (severity === 'info') process.stdout.write(`${line}\n`);
  else process.stderr.write(`${severity}: ${line.replace(/^bonding: /, '')}\n`);
};

/** `bonding daemon`. */
export const DAEMON: CliCommand = {
  usage: 'daemon [--page PORT]',
  help: 'run in the foreground; SIGHUP reloads, SIGTERM takes all down',
  words: [0, 0],
  run: runDaemon,
};

/** Runs until SIGTERM or SIGINT, which take everything down first. */
async function runDaemon(options: CliOptions): Promise<ExitCode> {
  // Before the start, which takes a second: a signal that comes meanwhile would end us half way.
  let daemon: Daemon | null = null;
  process.on('SIGHUP', () => void daemon?.reload());
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  // The log's reader may go; the bond need not go with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  daemon = await startDaemon({
    version: VERSION,
    instance: options.number,
    name: options.instance?.name ?? null,
    root: options.root,
    refuseTwin: () => refuseTwin(options.instance?.name ?? null, options.number, options.root),
    configPath: options.configPath,
    runFolder: options.runFolder,
    keyFolder: options.keyFolder,
    ubusPath: options.ubusPath,
    broker: options.broker,
    page: options.page === null ? null : { listen: options.page, folder: options.pageFolder },
    uhttpdPath: options.uhttpdPath,
    log: writeLog,
  });
  await ended;
  await daemon.stop();
  return 0;
}
