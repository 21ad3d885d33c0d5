import { type Daemon, startDaemon } from '../daemon/daemon.ts';
import { VERSION } from '../version.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/** `bonding daemon`: runs until SIGTERM or SIGINT, which take everything down first. */
export async function runDaemon(options: CliOptions): Promise<ExitCode> {
  // Before the start, which takes a second: a signal that comes meanwhile would end us half way.
  let daemon: Daemon | null = null;
  process.on('SIGHUP', () => void daemon?.reload());
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  // The log's reader may go; the bond need not go with it.
  process.stdout.on('error', () => {});
  daemon = await startDaemon({
    version: VERSION,
    configPath: options.configPath,
    runFolder: options.runFolder,
    keyFolder: options.keyFolder,
    ubusPath: options.ubusPath,
    broker: options.broker,
    page: options.page === null ? null : { listen: options.page, folder: options.pageFolder },
    log: (line) => process.stdout.write(`${line}\n`),
  });
  await ended;
  await daemon.stop();
  return 0;
}
