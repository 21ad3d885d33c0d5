import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { makePackages, packagesOf, ROOT, scratch } from '../../unit/package/make.ts';
import { bytesOf, type Entry } from '../../unit/package/read.ts';
import { shipped } from '../daemon/bundle.ts';

// Builds dist/ when it is out of date, one test file at a time.
shipped();
const folder = scratch();
const dist = join(ROOT, 'dist');
const roots = { bondingd: join(folder, 'router'), 'luci-app-bonding': join(folder, 'luci') };
let made: ReturnType<typeof packagesOf>;

beforeAll(() => {
  const { status, stderr } = makePackages(['--dist', dist, '--out', folder]);
  expect(status, stderr).toBe(0);
  made = packagesOf(folder);
  for (const [name, root] of Object.entries(roots)) {
    mkdirSync(root);
    const file = join(folder, made.get(name)?.file ?? '');
    const script = 'tar xzOf "$0" ./data.tar.gz | tar xzpf - -C "$1"';
    expect(spawnSync('sh', ['-c', script, file, root]).status).toBe(0);
  }
}, 60_000);

/** The program: bonding.cjs and what it loads late. */
const program = () => readdirSync(dist).filter((name) => name.endsWith('.cjs'));

test('no bundle is forgotten or changed', () => {
  const bundles = ['page', 'luci'].flatMap((part) =>
    readdirSync(join(dist, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const packed = [...made.values()]
    .flatMap(({ ipk }): Entry[] => ipk.data)
    .filter((entry) => !entry.folder);
  expect(bundles.length).toBeGreaterThanOrEqual(5);
  expect(program().length).toBeGreaterThan(1);
  for (const path of [...program().map((name) => join(dist, name)), ...bundles]) {
    const bytes = readFileSync(path);
    expect(packed.filter((entry) => entry.bytes.equals(bytes)).length, path).toBe(1);
  }
});

test('the program of the package runs, and has the version of the package', () => {
  const bundle = join(roots.bondingd, 'usr/lib/bonding/bonding.cjs');
  const run = spawnSync(process.execPath, [bundle, '--version'], { encoding: 'utf8' });
  const version = made
    .get('bondingd')
    ?.ipk.fields.get('Version')
    ?.replace(/-r\d+$/, '');
  expect(run).toMatchObject({ status: 0, stdout: `bonding ${version}\n` });
});

test('what a daemon loads at its start is small, and Node keeps a byte for a byte of it', () => {
  const bytes = readFileSync(join(dist, 'bonding.cjs'));
  expect(bytes.length).toBeLessThan(260_000);
  for (const name of program())
    expect(
      readFileSync(join(dist, name)).every((byte) => byte < 0x80),
      name,
    ).toBe(true);
});

test('the menu of LuCI names views that the package has', () => {
  const data = made.get('luci-app-bonding')?.ipk.data ?? [];
  const menu = bytesOf(data, './usr/share/luci/menu.d/luci-app-bonding.json').toString();
  const views = [...menu.matchAll(/"path": "(bonding\/[^"]+)"/g)].map(([, path]) => path);
  expect(views.length).toBeGreaterThan(0);
  for (const view of views) {
    expect(bytesOf(data, `./www/luci-static/resources/view/${view}.js`).length).toBeGreaterThan(0);
  }
});

test('the packages are small: routers have little flash', () => {
  const sizes = [...made.values()].map(({ bytes }) => bytes.length);
  expect(sizes.reduce((all, size) => all + size, 0)).toBeLessThan(340_000);
});
