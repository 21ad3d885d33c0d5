import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type OwnRoot, runIn } from './own-root.ts';
import { run } from './run.ts';

/** The one file of a folder whose name begins and ends so. Throws when there is none. */
export function findFile(folder: string, begin: string, end: string): string {
  const name = readdirSync(folder).find((file) => file.startsWith(begin) && file.endsWith(end));
  if (name === undefined) throw new Error(`no ${begin}…${end} in ${folder}`);
  return join(folder, name);
}

/**
 * Puts the files of a package on a machine, with their modes, as opkg does; its scripts are not run,
 * and a changed file of the user's is not kept.
 */
export function unpack(machine: OwnRoot, ipk: string): void {
  const folder = machine.path('/run/lab/package');
  if (!existsSync(folder)) mkdirSync(folder);
  run(['tar', '-xzf', ipk, '-C', folder]);
  // /lib is a folder on a router, and here a link.
  const options = ['--keep-directory-symlink', '-C', '/'];
  runIn(machine, ['tar', '-xzpf', '/run/lab/package/data.tar.gz', ...options]);
}
