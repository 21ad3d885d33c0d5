import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const PATCHES_FOLDER = join(import.meta.dirname, '../../patches');

/** One replacement in a function. */
export interface Edit {
  where: string;
  find: string;
  replace: string;
}

/** As patches/generator/edits.mjs has them: for each change the forms it can have. */
export interface Patch {
  name: string;
  subject: string;
  changes: Edit[][][];
}

interface Generator {
  FILE: string;
  PATCHES: Patch[];
  generate: (args: string[], say: (text: string) => void) => number;
}

async function load(file: string): Promise<unknown> {
  return import(pathToFileURL(join(PATCHES_FOLDER, file)).href);
}

/** The generator's parts; they are plain JavaScript, so that a builder needs nothing but Node. */
export const { FILE, PATCHES, generate } = {
  ...((await load('generator/edits.mjs')) as object),
  ...((await load('generate.mjs')) as object),
} as Generator;

/** The shape of a place that has several, for each kernel series of which there are ready patches. */
const SHAPE: Readonly<Record<string, RegExp>> = {
  '6.1': /bond_header_ops|max_hard_header_len|goto err_restore_mtu/,
  '6.12': /bond_header_ops|netdev_compute_master_upper_features|skip_mac_set:/,
  // 5.15 and 6.6 of OpenWrt 23.05 and 24.10
  older: /= slave_dev->header_ops;|max_hard_header_len|goto err_restore_mtu/,
};

/**
 * As much of bond_main.c of a series as the edits look for, and nothing else: enough for the
 * generator, and nothing of the kernel's source has to be kept here.
 */
export function skeletonOf(series: string): string {
  const shape = SHAPE[series];
  if (shape === undefined) throw new Error(`no shape for ${series}`);
  const functions = new Map<string, string[]>();
  for (const { changes } of PATCHES) {
    for (const forms of changes) {
      const fitting = forms.find((form) => form.some(({ find }) => shape.test(find)));
      for (const { where, find } of fitting ?? forms[0] ?? [])
        functions.set(where, [...(functions.get(where) ?? []), find]);
    }
  }
  return [...functions]
    .map(([name, parts]) => `static int ${name}(void)\n{\n${parts.join('\n')}}\n`)
    .join('\n');
}

/** A tree in a new folder with that text as its driver; the folder goes with the test. */
export function treeWith(text: string): { folder: string; read: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-patches-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { folder, read: () => readFileSync(file, 'utf8') };
}

/** Runs the generator; its exit code and what it said. */
export function runGenerator(...args: string[]): { code: number; said: string } {
  const said: string[] = [];
  const code = generate(args, (text) => said.push(text));
  return { code, said: said.join('\n') };
}

/** The patches of a folder in the order of its series. */
export function patchesIn(folder: string): { name: string; path: string; text: string }[] {
  const names = readFileSync(join(folder, 'series'), 'utf8').split('\n').filter(Boolean);
  return names.map((name) => {
    const path = join(folder, name);
    return { name, path, text: readFileSync(path, 'utf8') };
  });
}

/** The ready patches for a kernel series. */
export function readyPatches(series: string): ReturnType<typeof patchesIn> {
  return patchesIn(join(PATCHES_FOLDER, `linux-${series}`));
}
