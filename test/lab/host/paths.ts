import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: this file runs both from test/lab/host and bundled in dist/lab. */
function findRoot(from: string): string {
  if (existsSync(join(from, 'package-lock.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('no package-lock.json above the lab: not in the repository');
  return findRoot(parent);
}

/** Absolute path of the repository. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where scripts/setup.mjs unpacked the lab's kernel. */
export interface Kernel {
  /** As `uname -r` prints it, e.g. `6.1.0-56-amd64`. */
  version: string;
  /** What QEMU boots. */
  image: string;
  /** The folder that is /lib/modules/VERSION in the guest. */
  modules: string;
}

/** The kernel of the last set-up; an Error with the command to run when there is none. */
export function findKernel(): Kernel {
  const folder = join(ROOT, '.cache', 'kernel');
  const current = join(folder, 'current');
  if (!existsSync(current))
    throw new Error('the lab has no kernel yet; run: node scripts/setup.mjs');
  const version = readFileSync(current, 'utf8').trim();
  const plain = join(folder, version, 'boot', 'vmlinux');
  const image = existsSync(plain) ? plain : join(folder, version, 'boot', `vmlinuz-${version}`);
  return { version, image, modules: join(folder, version, 'lib', 'modules', version) };
}

/** A bundled guest program by name, e.g. `agent`; an Error with the command to run when missing. */
export function guestProgram(name: string): string {
  const file = join(ROOT, 'dist', 'lab', `${name}.cjs`);
  if (!existsSync(file)) throw new Error(`${file} is missing; run: node scripts/build.mjs`);
  return file;
}

/**
 * The patched bonding.ko that scripts/driver.mjs built for `kernel`; an Error with the command to run
 * when there is none.
 */
export function findDriver(kernel: Kernel): string {
  const folder = join(ROOT, '.cache', 'driver');
  const current = join(folder, 'current');
  const name = existsSync(current) ? readFileSync(current, 'utf8').trim() : '';
  const file = join(folder, name, 'bonding.ko');
  if (!name.startsWith(`${kernel.version}-`) || !existsSync(file))
    throw new Error(
      `the lab has no patched bonding driver for ${kernel.version}; run: node scripts/setup.mjs`,
    );
  return file;
}
