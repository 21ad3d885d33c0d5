/** patches/generate.mjs: what it writes, what it recognises and what it refuses. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  PATCHES,
  patchesIn,
  readyPatches,
  runGenerator,
  skeletonOf,
  treeWith,
} from './skeleton.ts';

/** Lines that come and go, wherever they stand and however far they are indented. */
function changedLines(patch: string): string[] {
  const diff = patch.slice(patch.indexOf('\n@@ '), patch.lastIndexOf('\n-- \n'));
  return diff
    .split('\n')
    .filter((line) => /^[+-]/.test(line))
    .map((line) => line.slice(0, 1) + line.slice(1).trimStart())
    .sort();
}

describe.each(['6.1', '6.12'])('the ready patches for %s', (series) => {
  it('are what the generator makes', () => {
    const tree = treeWith(skeletonOf(series));
    const out = join(tree.folder, 'out');
    expect(runGenerator(tree.folder, '--out', out)).toMatchObject({ code: 0 });
    const made = patchesIn(out);
    const ready = readyPatches(series);
    expect(ready.map(({ name }) => name)).toEqual(made.map(({ name }) => name));
    ready.forEach(({ text }, index) => {
      const fresh = made[index]?.text ?? '';
      expect(changedLines(text)).toEqual(changedLines(fresh));
      expect(changedLines(text)).not.toEqual([]);
      const header = (patch: string): string => patch.slice(0, patch.indexOf('\n@@ '));
      expect(header(text)).toBe(header(fresh));
    });
  });

  it('have the header that a kernel patch needs', () => {
    for (const { text } of readyPatches(series)) {
      expect(text).toMatch(
        /^From [0-9a-f]{40} .*\nFrom: .+ <.+@.+>\nDate: .+\nSubject: \[PATCH \d\/\d\] bonding: /,
      );
      expect(text).toMatch(/\n\nSigned-off-by: .+ <.+@.+>\n---\n/);
    }
  });
});

describe.each(['6.1', '6.12', 'older'])('a tree shaped like %s', (series) => {
  it('is changed in place, and then known as patched', () => {
    const tree = treeWith(skeletonOf(series));
    expect(runGenerator(tree.folder)).toMatchObject({ code: 0 });
    const patched = tree.read();
    expect(patched).not.toBe(skeletonOf(series));
    expect(runGenerator(tree.folder)).toMatchObject({
      code: 0,
      said: expect.stringContaining('patched already'),
    });
    expect(tree.read()).toBe(patched);
  });

  it('is left alone with --out', () => {
    const tree = treeWith(skeletonOf(series));
    runGenerator(tree.folder, '--out', join(tree.folder, 'out'));
    expect(tree.read()).toBe(skeletonOf(series));
    expect(readdirSync(join(tree.folder, 'out'))).toHaveLength(PATCHES.length + 1);
  });
});

/** Every edit that can be looked for in vain. */
const EDITS = PATCHES.flatMap(({ changes }) =>
  changes.filter((forms) => forms.length === 1).flatMap((forms) => forms[0] ?? []),
);

describe('a tree that is not understood', () => {
  function expectRefused(text: string, ...words: string[]): void {
    const tree = treeWith(text);
    const out = join(tree.folder, 'out');
    for (const args of [[tree.folder], [tree.folder, '--out', out]]) {
      const { code, said } = runGenerator(...args);
      expect(code).toBe(1);
      for (const word of words) expect(said).toContain(word);
    }
    expect(tree.read()).toBe(text);
    expect(existsSync(out)).toBe(false);
  }

  it.each(EDITS.map(({ where, find }) => [where, find]))(
    'lacks an anchor in %s: %j',
    (where, find) => {
      const line = find.split('\n')[0] ?? '';
      expectRefused(skeletonOf('6.1').replace(find, '\tsomething_else();\n'), `${where}()`, line);
    },
  );

  it('has an anchor twice', () => {
    const line = '\tether_setup(bond_dev);\n';
    const text = skeletonOf('6.1').replace(line, line + line);
    expectRefused(text, 'bond_ether_setup()', '2 times', 'ether_setup(bond_dev);');
  });

  it('has an anchor only in another function', () => {
    const line = '\tether_setup(bond_dev);\n';
    const text = `${skeletonOf('6.1').replace(line, '')}\nstatic int other(void)\n{\n${line}}\n`;
    expectRefused(text, 'bond_ether_setup()', '0 times');
  });

  it('lacks a function', () => {
    const text = skeletonOf('6.1').replace('bond_ether_setup(void)', 'renamed(void)');
    expectRefused(text, 'there is no function bond_ether_setup()');
  });

  it('has none of the known shapes of a place', () => {
    const text = skeletonOf('6.1').replace('max_hard_header_len = ETH_HLEN', 'max_len = ETH_HLEN');
    expectRefused(text, 'bond_compute_features()', 'or, for other kernels,', 'bond_enslave()');
  });

  it('has some of the patches', () => {
    const tree = treeWith(skeletonOf('6.1'));
    runGenerator(tree.folder);
    const text = tree.read().replace('\tbond_dev->max_mtu = ETH_MAX_MTU;\n', '');
    expectRefused(text, 'some of the patches are in this tree already', '001-');
  });

  it('is no tree, or not named at all', () => {
    expect(runGenerator('/nonexistent')).toMatchObject({
      code: 2,
      said: expect.stringContaining('is no kernel source tree'),
    });
    expect(runGenerator()).toMatchObject({ code: 2, said: expect.stringContaining('usage:') });
    expect(runGenerator('/tmp', '--out')).toMatchObject({ code: 2 });
  });
});
