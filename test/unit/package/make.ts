import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type Ipk, readIpk } from './read.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The time that packages made here have, s since 1970. */
export const EPOCH = 1_700_000_000;

/** How a run of scripts/package.mjs ended. */
export interface Run {
  status: number | null;
  stderr: string;
}

/** Small files in place of the bundles. */
export const STAND_INS: Record<string, string> = {
  'bonding.cjs': '#!/usr/bin/env node\nconsole.log(1);\n',
  'setup.cjs': 'console.log(2);\n',
  'page/index.html': '<!doctype html>\n',
  'page/page.js': 'const blanks = `a  b`;\n',
  'luci/status.js': "'use strict';\n// status\n",
  'luci/settings.js': "'use strict';\n// settings\n",
  'luci/overview.js': "'use strict';\n// overview\n",
};

/** A folder for this test file, which is taken away after it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-package-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes stand-ins of the bundles into `folder`/dist: its path. */
export function standIns(folder: string, files: Record<string, string> = STAND_INS): string {
  const dist = join(folder, 'dist');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
  return dist;
}

/** Runs scripts/package.mjs in a shell of its own folder, umask and environment. */
export function makePackages(
  argv: readonly string[],
  { cwd = ROOT, umask = '022', env = {} }: { cwd?: string; umask?: string; env?: object } = {},
): Run {
  const script = join(ROOT, 'scripts/package.mjs');
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'umask "$0" && exec "$@"', umask, process.execPath, script, ...argv],
    { cwd, encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH), ...env } },
  );
  return { status, stderr };
}

/** The packages of a folder by name without version, and their bytes. Throws when there are none. */
export function packagesOf(folder: string): Map<string, { file: string; bytes: Buffer; ipk: Ipk }> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ipk'));
  if (files.length === 0) throw new Error(`no packages in ${folder}`);
  return new Map(
    files.map((file) => {
      const bytes = readFileSync(join(folder, file));
      return [file.split('_')[0] ?? '', { file, bytes, ipk: readIpk(bytes) }];
    }),
  );
}

/** All packages, made of stand-ins before the tests of a file, in a folder that goes after them. */
export interface Made {
  folder: string;
  /** Where the stand-ins are. */
  dist: string;
  /** Names of the files that were made. */
  files(): string[];
  ipk(name: string): Ipk;
  /** Path of a package's file. */
  fileOf(name: string): string;
}

/** To be called once, at the top of a test file. */
export function madeHere(): Made {
  const folder = scratch();
  const dist = standIns(folder);
  let made: ReturnType<typeof packagesOf> = new Map();
  beforeAll(() => {
    const { status, stderr } = makePackages(['--dist', dist, '--out', folder]);
    if (status !== 0) throw new Error(`no packages were made: ${stderr}`);
    made = packagesOf(folder);
  }, 30_000);
  const find = (name: string) => {
    const found = made.get(name);
    if (!found) throw new Error(`no ${name} was made`);
    return found;
  };
  return {
    folder,
    dist,
    files: () => [...made.values()].map(({ file }) => file),
    ipk: (name) => find(name).ipk,
    fileOf: (name) => join(folder, find(name).file),
  };
}
