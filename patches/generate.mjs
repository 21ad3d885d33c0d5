#!/usr/bin/env node
// node patches/generate.mjs TREE [--out FOLDER]
//
// Makes the changes of the ready patches in any kernel tree from 5.15 on whose bonding driver looks
// as the known ones do. Without --out the tree's file is changed; with it the tree is left alone and
// FOLDER gets the patches for it, with a `series`. A tree that is not understood is refused, and
// nothing is written. Node 18 or later, nothing else.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FILE, PATCHES } from './generator/edits.mjs';
import { applyPatches, UnknownTree } from './generator/engine.mjs';
import { patchFiles } from './generator/series.mjs';

const USAGE = 'usage: node patches/generate.mjs TREE [--out FOLDER]';

/** @returns {number} 0 done or nothing to do, 1 refused, 2 used wrongly */
export function generate(args, say) {
  const [tree, option, folder, ...rest] = args;
  const wellFormed = option === undefined || (option === '--out' && folder !== undefined);
  if (tree === undefined || tree.startsWith('-') || !wellFormed || rest.length > 0) {
    say(USAGE);
    return 2;
  }
  const file = join(tree, FILE);
  if (!existsSync(file)) {
    say(`${file} does not exist: ${resolve(tree)} is no kernel source tree`);
    return 2;
  }
  try {
    return write(applyPatches(readFileSync(file, 'utf8'), PATCHES), file, folder, say);
  } catch (error) {
    if (!(error instanceof UnknownTree)) throw error;
    say(`${error.message}\nNothing was changed.`);
    return 1;
  }
}

function write(result, file, folder, say) {
  if (result.state === 'patched') {
    say(`${file} is patched already; nothing to do`);
    return 0;
  }
  if (folder === undefined) {
    writeFileSync(file, result.steps.at(-1).after);
    say(`${file}: ${result.steps.length} changes made`);
    return 0;
  }
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of patchFiles(result.steps)) writeFileSync(join(folder, name), text);
  say(`${folder}: ${result.steps.length} patches and series`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = generate(process.argv.slice(2), (text) => process.stderr.write(`${text}\n`));
}
