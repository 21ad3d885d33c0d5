/** The ready patches against the sources they are made for: the lab's kernel, and what else apt has. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE, patchesIn, readyPatches, runGenerator, treeWith } from '../skeleton.ts';

const ROOT = join(import.meta.dirname, '../../..');
const version = readFileSync(join(ROOT, '.cache/kernel/current'), 'utf8').trim();
const labSeries = version.split('.').slice(0, 2).join('.');

const sources = readdirSync(join(ROOT, 'patches'))
  .flatMap((name) => /^linux-(.+)$/.exec(name)?.[1] ?? [])
  .map((series) => {
    const folder = `source-${series === labSeries ? version : series}`;
    return { series, file: join(ROOT, '.cache/driver', folder, FILE) };
  });

/** Only what comes and goes: a kernel update moves lines, and changes others that stand near. */
function changes(patches: ReturnType<typeof patchesIn>): string[][] {
  return patches.map(({ text }) =>
    text.split('\n').filter((line) => /^[-+](?!--|\+\+)/.test(line)),
  );
}

it("there is the source of the lab's kernel", () => {
  expect(sources.find(({ series }) => series === labSeries)?.file).toSatisfy(existsSync);
});

/**
 * From before the kernel that the ready patches are made for. It takes them, but there a bond keeps the
 * header operations of its slaves, and 002 has to see to that.
 */
const isOlder = (source: string): boolean => source.includes('= slave_dev->header_ops;');

// apt of an older Debian may not have the other series.
describe.each(sources.filter(({ file }) => existsSync(file)))(
  'the source of Linux $series',
  ({ series, file }) => {
    const source = readFileSync(file, 'utf8');

    if (isOlder(source)) {
      it('wants more than the ready patches have, so it is left to the generator', () => {
        const out = join(treeWith(source).folder, 'out');
        expect(runGenerator(join(out, '..'), '--out', out)).toMatchObject({ code: 0 });
        const made = changes(patchesIn(out));
        changes(readyPatches(series)).forEach((ready, at) => {
          expect(made[at]).toEqual(expect.arrayContaining(ready));
        });
        expect(made.flat().join('\n')).toContain('slave_dev->header_ops : NULL;');
      });
      return;
    }

    it('gives the ready patches', () => {
      const tree = treeWith(source);
      const out = join(tree.folder, 'out');
      expect(runGenerator(tree.folder, '--out', out)).toMatchObject({ code: 0 });
      expect(changes(patchesIn(out))).toEqual(changes(readyPatches(series)));
    });

    it('takes the ready patches, which do what the generator does', () => {
      const patched = treeWith(source);
      for (const { path } of readyPatches(series)) {
        const argv = ['-p1', '--fuzz=0', '--force', '-i', path];
        const { status, stdout } = spawnSync('patch', argv, {
          cwd: patched.folder,
          encoding: 'utf8',
        });
        expect({ status, stdout }).toMatchObject({ status: 0 });
      }
      const generated = treeWith(source);
      runGenerator(generated.folder);
      expect(patched.read()).toBe(generated.read());
    });
  },
);
