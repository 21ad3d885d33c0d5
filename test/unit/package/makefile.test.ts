import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { madeHere, ROOT } from './make.ts';
import { installed, readMakefile, settings } from './makefile.ts';
import { bytesOf, filesOf } from './read.ts';

const PACKAGE = join(ROOT, 'openwrt-package');
const daemon = readMakefile(join(PACKAGE, 'bondingd/Makefile'));
const app = readMakefile(join(PACKAGE, 'luci-app-bonding/Makefile'));

const { dist, ipk } = madeHere();

/** `+a +b` of a Makefile as the Depends of an .ipk. */
function depends(text: string | undefined): string {
  const names = (text ?? '').split(' ').map((word) => word.replace(/^\+/, ''));
  // The buildroot knows no alternatives but by what both provide.
  const known: Record<string, string> = { openvpn: 'openvpn-openssl | openvpn-mbedtls' };
  return names.map((name) => known[name] ?? name).join(', ');
}

test.each([
  ['bondingd', daemon],
  ['luci-app-bonding', app],
] as const)('%s: the Makefile has the version and the licence of the .ipk', (name, makefile) => {
  const { fields } = ipk(name);
  const of = (variable: string) => makefile.variables.get(variable);
  expect(of('PKG_NAME')).toBe(name);
  expect(`${of('PKG_VERSION')}-r${of('PKG_RELEASE')}`).toBe(fields.get('Version'));
  expect(of('PKG_LICENSE')).toBe(fields.get('License'));
  expect(of('PKG_MAINTAINER')).toBe(fields.get('Maintainer'));
});

test('bondingd: the Makefile and the .ipk depend on the same', () => {
  const block = settings(daemon.blocks.get('Package/bondingd') ?? []);
  expect(depends(block.get('DEPENDS'))).toBe(ipk('bondingd').fields.get('Depends'));
  expect(block.get('PKGARCH')).toBe(ipk('bondingd').fields.get('Architecture'));
  expect(block.get('SECTION')).toBe(ipk('bondingd').fields.get('Section'));
  const description = daemon.blocks.get('Package/bondingd/description') ?? [];
  expect(` ${description.join('\n')}`).toBe(ipk('bondingd').fields.get('Description'));
});

test('bondingd: the Makefile and the .ipk keep the same files on an upgrade', () => {
  const conffiles = daemon.blocks.get('Package/bondingd/conffiles') ?? [];
  const kept = bytesOf(ipk('bondingd').control, './conffiles').toString();
  expect(conffiles.map((line) => `${line}\n`).join('')).toBe(kept);
  const files = filesOf(ipk('bondingd').data);
  for (const path of conffiles) expect(files).toContain(`0600 ${path}`);
  // opkg takes a line that is no file of the package for an error.
  const configs = readdirSync(join(PACKAGE, 'bondingd/files/etc/config'));
  expect(configs.map((name) => `/etc/config/${name}`)).toEqual(conffiles);
});

test('bondingd: the Makefile and the .ipk install the same files with the same modes', () => {
  const lines = daemon.blocks.get('Package/bondingd/install') ?? [];
  const replace = { '$(BONDING_DIST)': dist, '$(1)': '' };
  const files = installed(lines, join(PACKAGE, 'bondingd'), replace);
  expect(files).toEqual(filesOf(ipk('bondingd').data));
});

test('luci-app-bonding: the Makefile and the .ipk have the same bundles and dependencies', () => {
  const lines = app.blocks.get('Build/Prepare/luci-app-bonding') ?? [];
  const views = '/www/luci-static/resources/view';
  const replace = { '$(BONDING_DIST)': dist, '$(BONDING_VIEWS)': views };
  // luci.mk itself copies root/.
  const own = filesOf(ipk('luci-app-bonding').data).filter((line) => line.includes(' /www/'));
  expect(installed(lines, join(PACKAGE, 'luci-app-bonding'), replace)).toEqual(own);
  expect(app.variables.get('BONDING_VIEWS')).toBe(`$(PKG_BUILD_DIR)/root${views}`);
  const fields = ipk('luci-app-bonding').fields;
  expect(depends(app.variables.get('LUCI_DEPENDS'))).toBe(fields.get('Depends'));
  expect(app.variables.get('LUCI_PKGARCH')).toBe(fields.get('Architecture'));
  expect(` ${app.variables.get('LUCI_TITLE')}`).toBe(fields.get('Description'));
});

test('luci-app-bonding: jsmin is kept from the bundles, and the feed finds the package', () => {
  expect(app.variables.get('LUCI_MINIFY_JS')).toBe('0');
  // luci.mk would run it over htdocs/ all the same where LUCI_MINIFY_JS is not known.
  expect(readdirSync(join(PACKAGE, 'luci-app-bonding'))).not.toContain('htdocs');
  const text = readFileSync(join(PACKAGE, 'luci-app-bonding/Makefile'), 'utf8');
  expect(text.trimEnd().split('\n').at(-1)).toBe(
    '# call BuildPackage - OpenWrt buildroot signature',
  );
});
