import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makePackages, packagesOf, STAND_INS, scratch, standIns } from './make.ts';

const folder = scratch();
let runs = 0;

/** A new folder below this file's. */
function fresh(): string {
  const path = join(folder, String(++runs));
  mkdirSync(path);
  return path;
}

test('other folders, umask, language and times of files make the same bytes', () => {
  const [one, two] = [fresh(), fresh()];
  makePackages(['--dist', standIns(one), '--out', join(one, 'out')]);
  const dist = standIns(two);
  for (const path of Object.keys(STAND_INS)) {
    chmodSync(join(dist, path), 0o700);
    utimesSync(join(dist, path), 1, 1);
  }
  const env = { TZ: 'Pacific/Auckland', LC_ALL: 'tr_TR.UTF-8' };
  const options = { cwd: two, umask: '077', env };
  expect(makePackages(['--dist', 'dist', '--out', 'out'], options).status).toBe(0);
  const [first, second] = [packagesOf(join(one, 'out')), packagesOf(join(two, 'out'))];
  expect([...second.keys()]).toEqual([...first.keys()]);
  for (const [name, { bytes }] of first) {
    expect(second.get(name)?.bytes.equals(bytes), name).toBe(true);
    // Neither a time nor a name, and "Unix" for every zlib.
    expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b0800000000000203');
  }
}, 30_000);

test('the packages of an older version are taken away, other files are not', () => {
  const here = fresh();
  const dist = standIns(here);
  const out = join(here, 'out');
  makePackages(['--dist', dist, '--out', out, '--version', '1.9.0']);
  writeFileSync(join(out, 'notes.txt'), '');
  makePackages(['--dist', dist, '--out', out, '--version', '1.10.0']);
  expect(readdirSync(out).sort()).toEqual([
    'bonding-server.run',
    'bondingd_1.10.0-r1_all.ipk',
    'luci-app-bonding_1.10.0-r1_all.ipk',
    'luci-i18n-bonding-de_1.10.0-r1_all.ipk',
    'luci-i18n-bonding-fr_1.10.0-r1_all.ipk',
    'notes.txt',
  ]);
}, 30_000);

test.each(['1.0', '1.0.0-rc1', '1.0.0_rc1', 'v1.0.0', '01.0.0', ''])(
  'the version "%s" is refused: opkg and apk would sort it differently',
  (version) => {
    const here = fresh();
    const out = join(here, 'out');
    const run = makePackages(['--dist', standIns(here), '--out', out, `--version=${version}`]);
    expect(run).toEqual({
      status: 1,
      stderr: `the version of a package must be X.Y.Z, not ${version}\n`,
    });
    expect(readdirSync(here)).toEqual(['dist']);
  },
);

test('a bundle that is not there is named, and nothing is written', () => {
  const here = fresh();
  const { 'luci/settings.js': _left, ...others } = STAND_INS;
  const dist = standIns(here, others);
  const run = makePackages(['--dist', dist, '--out', join(here, 'out')]);
  const settings = join(dist, 'luci/settings.js');
  expect(run).toEqual({ status: 1, stderr: `${settings} is not there; run: npm run build\n` });
  expect(readdirSync(here)).toEqual(['dist']);
});

test('a path that opkg can not read is refused', () => {
  const here = fresh();
  const dist = standIns(here, { ...STAND_INS, [`page/${'x'.repeat(80)}.js`]: '' });
  const run = makePackages(['--dist', dist, '--out', join(here, 'out')]);
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('the path is longer than 100 bytes: usr/share/bonding/page/xxx');
});

test('a time that is none is refused', () => {
  const here = fresh();
  const env = { SOURCE_DATE_EPOCH: 'today' };
  const run = makePackages(['--dist', standIns(here), '--out', join(here, 'out')], { env });
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('set SOURCE_DATE_EPOCH');
});
