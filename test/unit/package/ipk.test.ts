import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EPOCH, madeHere, ROOT, STAND_INS } from './make.ts';
import { bytesOf, filesOf } from './read.ts';

const NAMES = [
  'bondingd',
  'luci-app-bonding',
  'luci-i18n-bonding-de',
  'luci-i18n-bonding-fr',
] as const;
const VIEWS = '/www/luci-static/resources/view';
const VERSION = `${JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version}-r1`;

const { folder, files: filesMade, ipk, fileOf } = madeHere();

test('there is one file per package, named after version and architecture', () => {
  expect(filesMade().sort()).toEqual(NAMES.map((name) => `${name}_${VERSION}_all.ipk`));
});

describe.each(NAMES)('%s', (name) => {
  test('has the three members in the order of ipkg-build', () => {
    const { outer } = ipk(name);
    const paths = outer.map(({ path }) => path);
    expect(paths).toEqual(['./debian-binary', './data.tar.gz', './control.tar.gz']);
    expect(bytesOf(outer, './debian-binary').toString()).toBe('2.0\n');
  });

  test('is all of root, of one time, each folder before what is in it', () => {
    const { outer, data, control } = ipk(name);
    const owners = [...outer, ...data, ...control].map(({ uid, gid, mtime }) => [uid, gid, mtime]);
    expect(new Set(owners.map(String))).toEqual(new Set([`0,0,${EPOCH}`]));
    const paths = data.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort());
    expect(new Set(paths).size).toBe(paths.length);
    for (const { path } of data.slice(1)) {
      expect(paths).toContain(`${path.replace(/\/$/, '').split('/').slice(0, -1).join('/')}/`);
    }
    const folders = data.filter((entry) => entry.folder);
    expect(new Set(folders.map(({ mode }) => mode))).toEqual(new Set([0o755]));
  });

  test('says in its control file what it is', () => {
    const { fields, dataSize } = ipk(name);
    expect([...fields.keys()]).toEqual([
      ...['Package', 'Version', 'Depends', 'Source', 'SourceName', 'License', 'Section'],
      ...['SourceDateEpoch', 'Maintainer', 'Architecture', 'Installed-Size', 'Description'],
    ]);
    expect(fields.get('Package')).toBe(name);
    expect(fields.get('Version')).toBe(VERSION);
    expect(fields.get('License')).toBe('MIT');
    expect(fields.get('Architecture')).toBe('all');
    expect(fields.get('Installed-Size')).toBe(String(dataSize));
    expect(fields.get('Description')).toMatch(/^ \S/);
  });

  test('calls default_postinst and default_prerm, and nothing where it may not', () => {
    const { control } = ipk(name);
    for (const script of ['postinst', 'prerm']) {
      const entry = control.find(({ path }) => path === `./${script}`);
      expect(entry?.mode).toBe(0o755);
      const root = join(folder, `root-${name}`);
      mkdirSync(join(root, 'lib'), { recursive: true });
      writeFileSync(join(root, script), entry?.bytes ?? '');
      const run = (env: object) =>
        spawnSync('sh', [join(root, script), 'configure'], {
          encoding: 'utf8',
          env: { ...process.env, IPKG_INSTROOT: root, ...env },
        });
      // Without functions.sh, as on a machine that is no OpenWrt.
      expect(run({ IPKG_INSTROOT: join(root, 'none') })).toMatchObject({ status: 0, stdout: '' });
      writeFileSync(join(root, 'lib/functions.sh'), `default_${script}() { echo "did $*"; }\n`);
      const did = `did ${join(root, script)} configure\n`;
      expect(run({})).toMatchObject({ status: 0, stdout: did, stderr: '' });
      const stdout = script === 'postinst' ? '' : did;
      expect(run({ IPKG_NO_SCRIPT: '1' })).toMatchObject({ status: 0, stdout });
    }
  });

  test('has only scripts that sh understands', () => {
    const { control, data } = ipk(name);
    const scripts = [...control, ...data].filter(
      ({ path, mode, folder: isFolder }) => !isFolder && (mode & 0o100) !== 0 && path !== '',
    );
    expect(scripts.length).toBeGreaterThanOrEqual(2);
    for (const { path, bytes } of scripts) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: bytes, encoding: 'utf8' });
      expect({ path, status, stderr }).toEqual({ path, status: 0, stderr: '' });
    }
  });
});

test('bondingd has the program, the page and what is in its files folder', () => {
  const { data, fields, control } = ipk('bondingd');
  expect(filesOf(data)).toEqual([
    '0600 /etc/config/bonding',
    '0755 /etc/init.d/bonding',
    '0755 /etc/uci-defaults/60-bonding',
    '0644 /lib/upgrade/keep.d/bondingd',
    '0755 /usr/bin/bonding',
    '0644 /usr/lib/bonding/bonding.cjs',
    '0644 /usr/lib/bonding/setup.cjs',
    '0644 /usr/share/bonding/page/index.html',
    '0644 /usr/share/bonding/page/page.js',
  ]);
  for (const { path, bytes, folder: isFolder } of data) {
    if (isFolder || path.startsWith('./usr/lib/') || path.startsWith('./usr/share/')) continue;
    const source = readFileSync(join(ROOT, 'openwrt-package/bondingd/files', path));
    expect(bytes.equals(source), path).toBe(true);
  }
  expect(bytesOf(data, './usr/lib/bonding/bonding.cjs').toString()).toBe(STAND_INS['bonding.cjs']);
  expect(bytesOf(control, './conffiles').toString()).toBe('/etc/config/bonding\n');
  expect(fields.get('Depends')).toBe(
    'node, openvpn-openssl | openvpn-mbedtls, ip-full, kmod-bonding, kmod-tun, kmod-nft-netdev, kmod-nft-dup-inet, nftables-json',
  );
});

test('the init script and the wrapper start what the package has', () => {
  const { data } = ipk('bondingd');
  const paths = filesOf(data).map((line) => line.slice(5));
  for (const script of ['./etc/init.d/bonding', './usr/bin/bonding']) {
    const named =
      bytesOf(data, script)
        .toString()
        .match(/\/usr\/[\w./-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    for (const path of named) expect(paths).toContain(path);
  }
});

test('luci-app-bonding has the views as they are, the menu and the permissions', () => {
  const { data, fields, control } = ipk('luci-app-bonding');
  expect(filesOf(data)).toEqual([
    '0644 /usr/share/luci/menu.d/luci-app-bonding.json',
    '0644 /usr/share/rpcd/acl.d/luci-app-bonding.json',
    `0644 ${VIEWS}/bonding/settings.js`,
    `0644 ${VIEWS}/bonding/status.js`,
    `0644 ${VIEWS}/status/include/35_bonding.js`,
  ]);
  expect(bytesOf(data, `.${VIEWS}/status/include/35_bonding.js`).toString()).toBe(
    STAND_INS['luci/overview.js'],
  );
  expect(fields.get('Depends')).toBe('luci-base, bondingd');
  const postinst = bytesOf(control, './postinst-pkg').toString();
  expect(postinst).toMatch(/rm -f \/tmp\/luci-indexcache\.\*/);
  expect(postinst).toContain('/etc/init.d/rpcd reload');
  // In an image builder's root nothing of the machine that builds is touched.
  const run = spawnSync('sh', ['-x'], {
    input: postinst,
    encoding: 'utf8',
    env: { ...process.env, IPKG_INSTROOT: '/nowhere' },
  });
  expect(run.status).toBe(0);
  expect(run.stderr.trim().split('\n')).toEqual(['+ [ -n /nowhere ]']);
});

test('a translation has its catalogue and its name for the list of languages', () => {
  const { data, fields } = ipk('luci-i18n-bonding-fr');
  expect(filesOf(data)).toEqual([
    '0755 /etc/uci-defaults/luci-i18n-bonding-fr',
    '0644 /usr/lib/lua/luci/i18n/bonding.fr.lmo',
  ]);
  expect(bytesOf(data, './etc/uci-defaults/luci-i18n-bonding-fr').toString()).toBe(
    "uci set luci.languages.fr='Français (French)'; uci commit luci\n",
  );
  expect(fields.get('Depends')).toBe('luci-app-bonding');
});

test("the system's tar unpacks it with the same modes and bytes", () => {
  const file = fileOf('bondingd');
  const root = join(folder, 'unpacked');
  mkdirSync(root);
  const script = 'tar xzOf "$0" ./data.tar.gz | tar xzpf - -C "$1"';
  const { status, stderr } = spawnSync('sh', ['-c', script, file, root], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const { path, mode, bytes, folder: isFolder } of ipk('bondingd').data) {
    expect(statSync(join(root, path)).mode & 0o7777, path).toBe(mode);
    if (!isFolder) expect(readFileSync(join(root, path)).equals(bytes), path).toBe(true);
  }
});
