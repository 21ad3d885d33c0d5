import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { makePackages, packagesOf, ROOT, scratch, standIns } from '../../unit/package/make.ts';

/** OpenWrt's opkg as a program for this machine: OPKG=/path/to/opkg-cl. Debian has none. */
const OPKG = process.env.OPKG ?? '';
const CONFIG = 'etc/config/bonding';

/** What the router has of its own. */
const INSTALLED = [
  ...['node', 'openvpn-mbedtls', 'ip-full', 'kmod-bonding', 'kmod-tun', 'kmod-nft-netdev'],
  ...['kmod-nft-dup-inet', 'luci-base'],
];

const folder = scratch();
const root = join(folder, 'root');
const shipped = readFileSync(join(ROOT, 'openwrt-package/bondingd/files', CONFIG), 'utf8');

beforeAll(() => {
  const dist = standIns(folder);
  for (const version of ['1.9.0', '1.10.0']) {
    const run = makePackages([
      '--dist',
      dist,
      '--out',
      join(folder, version),
      '--version',
      version,
    ]);
    expect(run.status, run.stderr).toBe(0);
  }
  for (const path of ['usr/lib/opkg/info', 'usr/lib/opkg/lists', 'tmp', 'lib', 'var/lock']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  has(INSTALLED);
  writeFileSync(
    join(folder, 'opkg.conf'),
    'dest root /\nlists_dir ext /usr/lib/opkg/lists\narch all 1\n',
  );
  const calls = ['postinst', 'prerm'].map(
    (name) => `default_${name}() { echo "$(basename "$1") $2" >> "$IPKG_INSTROOT/calls"; }\n`,
  );
  writeFileSync(join(root, 'lib/functions.sh'), calls.join(''));
}, 30_000);

/** Writes opkg's list of what is installed. */
function has(names: readonly string[]): void {
  const entry = (name: string) =>
    `Package: ${name}\nVersion: 1\nStatus: install user installed\nArchitecture: all\n\n`;
  writeFileSync(join(root, 'usr/lib/opkg/status'), names.map(entry).join(''));
}

function opkg(...argv: string[]): { status: number | null; output: string } {
  const options = ['-f', join(folder, 'opkg.conf'), '-o', root, '--force-postinstall'];
  // As the image builder sets it; on a router it is empty.
  const env = { ...process.env, IPKG_INSTROOT: root };
  const run = spawnSync(OPKG, [...options, ...argv], { encoding: 'utf8', env });
  return { status: run.status, output: run.stdout + run.stderr };
}

function file(version: string, name: string): string {
  const found = packagesOf(join(folder, version)).get(name)?.file ?? '';
  return join(folder, version, found);
}

const config = (): string => readFileSync(join(root, CONFIG), 'utf8');

test.runIf(OPKG !== '')('opkg installs, upgrades, keeps a changed configuration, removes', () => {
  const missing = opkg('install', file('1.9.0', 'bondingd'));
  expect(missing.status).not.toBe(0);
  expect(missing.output).toContain('nftables-json');

  has([...INSTALLED, 'nftables-json']);
  const app = file('1.9.0', 'luci-app-bonding');
  const first = opkg('install', app, file('1.9.0', 'bondingd'));
  expect(first, first.output).toMatchObject({ status: 0 });
  expect(config()).toBe(shipped);
  expect(readFileSync(join(root, 'calls'), 'utf8').trim().split('\n').sort()).toEqual([
    'bondingd.postinst configure',
    'luci-app-bonding.postinst configure',
  ]);

  appendFileSync(join(root, CONFIG), '# mine\n');
  const second = opkg('install', file('1.10.0', 'bondingd'));
  expect(second, second.output).toMatchObject({ status: 0 });
  expect(second.output).toContain('Upgrading bondingd on root from 1.9.0-r1 to 1.10.0-r1');
  expect(config()).toBe(`${shipped}# mine\n`);
  expect(readFileSync(join(root, `${CONFIG}-opkg`), 'utf8')).toBe(shipped);

  const third = opkg('remove', 'luci-app-bonding', 'bondingd');
  expect(third, third.output).toMatchObject({ status: 0 });
  for (const path of ['usr/lib/bonding/bonding.cjs', 'etc/init.d/bonding', 'usr/bin/bonding']) {
    expect(existsSync(join(root, path)), path).toBe(false);
  }
  expect(config()).toContain('# mine');
  expect(readFileSync(join(root, 'calls'), 'utf8')).toContain('bondingd.prerm remove\n');
});
