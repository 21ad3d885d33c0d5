import { startDaemon } from '../daemon/daemon.ts';
import { VERSION } from '../version.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/** `bonding daemon`: runs until SIGTERM or SIGINT, which take everything down first. */
export async function runDaemon(options: CliOptions): Promise<ExitCode> {
  const daemon = await startDaemon({
    version: VERSION,
    configPath: options.configPath,
    runFolder: options.runFolder,
    keyFolder: options.keyFolder,
    ubusPath: options.ubusPath,
    broker: options.broker,
    page: options.page === null ? null : { listen: options.page, folder: options.pageFolder },
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.on('SIGHUP', () => void daemon.reload());
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await daemon.stop();
  return 0;
}
