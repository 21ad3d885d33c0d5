import { report } from '../config/report.ts';
import { checkText } from '../daemon/check.ts';
import { loadConfigFile } from '../daemon/config-file.ts';
import { dryRun, printDryRun } from '../daemon/texts.ts';
import { findHook, type HookEvent } from '../effects/hooks.ts';
import { identityPaths } from '../effects/identity.ts';
import { VERSION } from '../version.ts';
import { liveFacts } from './live-facts.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';
import { call, explain } from './remote.ts';

/** `bonding diagnostics`: what a bug report needs, from the daemon; where none answers, as far as can be had. */
export async function showDiagnostics(options: CliOptions): Promise<ExitCode> {
  try {
    const { mask } = options;
    const { text } = (await call(options, 'bonding', 'diagnostics', { mask })) as { text: string };
    process.stdout.write(text);
  } catch (error) {
    process.stdout.write(await withoutDaemon(options, explain(error, options)));
  }
  return 0;
}

async function withoutDaemon(options: CliOptions, why: string): Promise<string> {
  const { config, problems } = loadConfigFile(options.configPath);
  const facts = await liveFacts(options, config).catch(() => null);
  const files = { identity: identityPaths(options.keyFolder) };
  const hook = (event: HookEvent) => findHook(options.keyFolder, event);
  const source = {
    version: VERSION,
    configPath: options.configPath,
    runFolder: options.runFolder,
    abilities: facts?.abilities ?? {},
    snapshot: null,
    events: [],
    check: async () => (await checkText(options.configPath)).text,
    plan: async (action: 'start' | 'stop') => {
      if (config === null) return report(problems);
      const found = facts ?? (await liveFacts(options, config));
      return printDryRun(dryRun(config, action, found, files, hook));
    },
    note: `no status: ${why}`,
  };
  // In a file of its own, which the daemon loads late, too.
  const { gatherDiagnostics } = await import('../daemon/diagnostics.ts');
  return await gatherDiagnostics(source, options.mask);
}
