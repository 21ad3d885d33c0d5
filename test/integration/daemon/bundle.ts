import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A build takes seconds; a lock that is older was left behind (ms). */
const STALE = 120_000;

/** The program as it ships, in a folder of its own that every user may read. */
export interface Shipped {
  folder: string;
  bundle: string;
}

/** Makes it before the tests of a file and takes it away after them; empty until then. */
export function shipped(): Shipped {
  const made: Shipped = { folder: '', bundle: '' };
  beforeAll(async () => {
    made.folder = mkdtempSync(join(tmpdir(), 'bonding-program-'));
    chmodSync(made.folder, 0o755);
    made.bundle = await bundleInto(made.folder);
  }, 120_000);
  afterAll(() => rmSync(made.folder, { recursive: true, force: true }));
  return made;
}

/** Builds what ships where it is out of date, and copies the program into `folder`: its path. */
async function bundleInto(folder: string): Promise<string> {
  const unlock = await lock(join(ROOT, 'dist/.build-lock'));
  try {
    const built = spawnSync(process.execPath, ['scripts/build.mjs'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
    // A copy, so that an unprivileged user can read it wherever the repository lies.
    for (const file of readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.cjs')))
      copyFileSync(join(ROOT, 'dist', file), join(folder, file));
    return join(folder, 'bonding.cjs');
  } finally {
    unlock();
  }
}

/** Test files run side by side; two builds at once would read each other's halves. */
async function lock(path: string): Promise<() => void> {
  mkdirSync(join(path, '..'), { recursive: true });
  for (;;) {
    try {
      closeSync(openSync(path, 'wx'));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE) rmSync(path, { force: true });
    await sleep(100);
  }
}
