import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { joinLink } from '../config/join-link.ts';
import type { Config } from '../config/types.ts';
import { problem } from '../errors.ts';
import type { LoadedConfig } from './config-file.ts';

/** Whether a join code is outstanding at the server with this key folder. */
export function isCodeThere(keyFolder: string): boolean {
  return existsSync(join(keyFolder, 'join.json'));
}

/** TCP port where routers join; null: nobody joins here. */
export function portOf(config: Config | null): number | null {
  if (config?.role !== 'server') return null;
  return joinLink(config.links)?.localPort ?? null;
}

/**
 * The configuration as read; while a join code is outstanding, a server that knows no router yet is
 * told to wait for one, which is not the error that it is without a code.
 */
export function withJoinCode(loaded: LoadedConfig, keyFolder: string): LoadedConfig {
  const port = portOf(loaded.config);
  if (port === null || !isCodeThere(keyFolder)) return loaded;
  const problems = loaded.problems.map((found) =>
    found.code === 'peer-unknown' ? problem('join-waiting', found.subject, { port }) : found,
  );
  return { ...loaded, problems };
}
