import { existsSync } from 'node:fs';
import { type Instance, listInstances, openInstance } from '../effects/instances.ts';
import { CONFIG, readRoot, type Values } from './options.ts';

/**
 * The router that a command is about, on a server with several: the one that `--name` says, or the
 * only one where nothing else says what is meant. Null: the daemon of /etc/config/bonding, or what the
 * other options name. Throws Error when there is none of that name, or several to choose from.
 */
export function chooseInstance(values: Values): Instance | null {
  const root = readRoot(values);
  if (typeof values.name === 'string') return openInstance(values.name, root);
  const said = [values.config, values['run-folder'], values['key-folder'], values.ubus];
  if (said.some((value) => value !== undefined) || existsSync(`${root}${CONFIG}`)) return null;
  const all = listInstances(root);
  if (all.length < 2) return all[0] ?? null;
  const names = all.map(({ name }) => name);
  throw new Error(
    `there are ${all.length} routers here: ${names.join(', ')}; say which: --name ${names[0]}`,
  );
}
