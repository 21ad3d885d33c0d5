import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/** `bonding join CODE`; what it needs is loaded only for it. */
export async function joinServer(options: CliOptions): Promise<ExitCode> {
  const { joinCommand } = await import('../setup/setup.ts');
  const { wan, yes, 'dry-run': dryRun } = options.given;
  return await joinCommand({
    ...options,
    wans: Array.isArray(wan) ? wan.map(String) : [],
    yes: yes === true,
    dryRun: dryRun === true,
  });
}
