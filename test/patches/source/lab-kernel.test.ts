/** The ready patches against the source they are made for, which the lab's driver was built from. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FILE, patchesIn, readyPatches, runGenerator, treeWith } from '../skeleton.ts';

const CACHE = join(import.meta.dirname, '../../../.cache');

describe("the source of the lab's kernel", () => {
  let series = '';
  let source = '';

  beforeAll(() => {
    const version = readFileSync(join(CACHE, 'kernel/current'), 'utf8').trim();
    series = version.split('.').slice(0, 2).join('.');
    const file = join(CACHE, `driver/source-${version}`, FILE);
    if (!existsSync(file)) throw new Error(`${file} is missing; run: node scripts/setup.mjs`);
    source = readFileSync(file, 'utf8');
  });

  it('gives the ready patches, byte for byte', () => {
    const tree = treeWith(source);
    const out = join(tree.folder, 'out');
    expect(runGenerator(tree.folder, '--out', out)).toMatchObject({ code: 0 });
    const texts = (patches: ReturnType<typeof patchesIn>): string[] =>
      patches.map(({ text }) => text);
    expect(texts(patchesIn(out))).toEqual(texts(readyPatches(series)));
  });

  it('takes the ready patches, which do what the generator does', () => {
    const patched = treeWith(source);
    for (const { path } of readyPatches(series)) {
      const { status, stdout } = spawnSync('patch', ['-p1', '--fuzz=0', '--force', '-i', path], {
        cwd: patched.folder,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toMatchObject({ status: 0 });
      expect(stdout).not.toContain('offset');
    }
    const generated = treeWith(source);
    runGenerator(generated.folder);
    expect(patched.read()).toBe(generated.read());
  });
});
