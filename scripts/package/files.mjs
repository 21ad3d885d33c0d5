// Files of the repository as entries of a package. The modes come from the path on the router, not
// from the working tree, whose modes follow the umask of whoever cloned it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib.mjs';

/** Where files are programs, and where only root may read them (as INSTALL_CONF has it). */
const MODES = [
  [/^etc\/(init\.d|uci-defaults|hotplug\.d\/[^/]+)\/|^usr\/(bin|sbin|libexec)\//, 0o755],
  [/^etc\/config\//, 0o600],
];

/** The mode of a file of a package by its path without a leading `/`. */
export function modeOf(path) {
  return MODES.find(([pattern]) => pattern.test(path))?.[1] ?? 0o644;
}

/** A file with given bytes. */
export function made(path, bytes) {
  return { path, mode: modeOf(path), bytes: Buffer.from(bytes) };
}

/** The file `from` as `path` on the router. Throws a UserError when it is not there. */
export function file(from, path) {
  if (!existsSync(from)) throw new UserError(`${from} is not there; run: npm run build`);
  return made(path, readFileSync(from));
}

/** The program in the folder `dist`, below `path` on the router: bonding.cjs and its late files. */
export function program(dist, path) {
  const late = existsSync(dist) ? readdirSync(dist).filter((name) => name.endsWith('.cjs')) : [];
  return [...new Set(['bonding.cjs', ...late.sort()])].map((name) =>
    file(join(dist, name), `${path}/${name}`),
  );
}

/** All files below the folder `from`, below `path` on the router. Leaves no file out. */
export function tree(from, path) {
  if (!existsSync(from)) throw new UserError(`${from} is not there; run: npm run build`);
  return readdirSync(from, { withFileTypes: true }).flatMap((entry) => {
    const target = path === '' ? entry.name : `${path}/${entry.name}`;
    const source = join(from, entry.name);
    if (entry.isDirectory()) return tree(source, target);
    if (!entry.isFile()) throw new UserError(`${source} is neither a file nor a folder`);
    return [file(source, target)];
  });
}
