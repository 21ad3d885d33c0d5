// What is in each package. The feed Makefiles in openwrt-package/ say the same for the SDK;
// test/unit/package/ compares them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lib.mjs';
import { file, made, program, tree } from './files.mjs';
import { lmo } from './lmo.mjs';

const PACKAGE = join(ROOT, 'openwrt-package');
const LUCI = join(PACKAGE, 'luci-app-bonding');
const VIEWS = 'www/luci-static/resources/view';

/** The names that LuCI's list of languages shows, as luci.mk has them (LUCI_LANG). */
const LANGUAGES = { de: 'Deutsch (German)', fr: 'Français (French)' };

/** What luci.mk gives every app: LuCI finds the menu, and rpcd the permissions. */
const LUCI_POSTINST = `[ -n "\${IPKG_INSTROOT}" ] || {
\trm -f /tmp/luci-indexcache.*
\trm -rf /tmp/luci-modulecache/
\t/etc/init.d/rpcd reload 2>/dev/null
\texit 0
}
`;

/**
 * All packages, as ipk() takes them.
 *
 * `dist`: the folder with the bundles; `texts`: what lmo.mjs needs of luci-ui/po. Throws a UserError for a bundle that is not there.
 */
export function packages({ dist, texts }) {
  const languages = readdirSync(join(LUCI, 'po')).filter((name) => name !== 'templates');
  return [
    daemon(dist),
    app(dist),
    ...languages.sort().map((language) => translation(language, texts)),
  ];
}

function daemon(dist) {
  return {
    name: 'bondingd',
    section: 'net',
    source: 'openwrt-package/bondingd',
    // The first is taken where neither is installed. The daemon reads nft's JSON, and ip-tiny can not
    // make tap devices. libc is left out: no router is without it.
    depends: [
      'node',
      'openvpn-openssl | openvpn-mbedtls',
      'ip-full',
      'kmod-bonding',
      'kmod-tun',
      'kmod-nft-netdev',
      'kmod-nft-dup-inet',
      'nftables-json',
    ],
    conffiles: ['/etc/config/bonding'],
    postinst: null,
    description: [
      'Several Internet lines act as one: one OpenVPN tunnel per line, one',
      'Linux bond over the tunnels, and a server with the same at the far end.',
    ],
    files: [
      ...tree(join(PACKAGE, 'bondingd/files'), ''),
      ...program(dist, 'usr/lib/bonding'),
      ...tree(join(dist, 'page'), 'usr/share/bonding/page'),
    ],
  };
}

function app(dist) {
  return {
    name: 'luci-app-bonding',
    section: 'luci',
    source: 'openwrt-package/luci-app-bonding',
    depends: ['luci-base', 'bondingd'],
    conffiles: [],
    postinst: LUCI_POSTINST,
    description: ['LuCI page for bonding: the lines, the bond, and the settings'],
    files: [
      ...tree(join(LUCI, 'root'), ''),
      file(join(dist, 'luci/status.js'), `${VIEWS}/bonding/status.js`),
      file(join(dist, 'luci/settings.js'), `${VIEWS}/bonding/settings.js`),
      file(join(dist, 'luci/overview.js'), `${VIEWS}/status/include/35_bonding.js`),
    ],
  };
}

function translation(language, texts) {
  const name = `luci-i18n-bonding-${language}`;
  const title = LANGUAGES[language];
  if (title === undefined) throw new Error(`packages.mjs has no name for the language ${language}`);
  const catalogue = join(LUCI, 'po', language, 'bonding.po');
  return {
    name,
    section: 'luci',
    source: 'openwrt-package/luci-app-bonding',
    depends: ['luci-app-bonding'],
    conffiles: [],
    postinst: null,
    description: [`Translation for luci-app-bonding - ${title}`],
    files: [
      made(
        `etc/uci-defaults/${name}`,
        `uci set luci.languages.${language}='${title}'; uci commit luci\n`,
      ),
      made(`usr/lib/lua/luci/i18n/bonding.${language}.lmo`, lmo(catalogue, texts)),
    ],
  };
}
