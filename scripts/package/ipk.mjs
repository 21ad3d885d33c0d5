// One .ipk as OpenWrt's scripts/ipkg-build and include/package-pack.mk (24.10) make it: a gzipped
// tar (not ar) of debian-binary, data.tar.gz and control.tar.gz, in this order.
import { gzip, tar } from './tar.mjs';

/** What every package of 24.10 has. default_postinst enables and starts the init script, and runs
 * the uci-defaults and NAME.postinst-pkg, so a package's own commands belong in there. */
const POSTINST = `#!/bin/sh
[ "\${IPKG_NO_SCRIPT}" = "1" ] && exit 0
[ -s \${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. \${IPKG_INSTROOT}/lib/functions.sh
default_postinst $0 $@
`;

const PRERM = `#!/bin/sh
[ -s \${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. \${IPKG_INSTROOT}/lib/functions.sh
default_prerm $0 $@
`;

/**
 * The package as `{ file, bytes }`.
 *
 * `description`: one of packages.mjs, with `files` as tar.mjs takes them; `version` with its release,
 * as `1.2.3-r1`; `epoch`: s since 1970, for all times in it.
 */
export function ipk(description, version, epoch) {
  const data = tar(description.files, epoch);
  const bytes = gzip(
    Buffer.concat([
      // In pieces, because tar() sorts, and opkg wants this order.
      withoutEnd(member('debian-binary', Buffer.from('2.0\n'), epoch)),
      withoutEnd(member('data.tar.gz', gzip(data), epoch)),
      member('control.tar.gz', gzip(controlTar(description, version, data.length, epoch)), epoch),
    ]),
  );
  return { file: `${description.name}_${version}_all.ipk`, bytes };
}

/** An archive of one file alone, without `./`. */
function member(path, bytes, epoch) {
  return tar([{ path, mode: 0o644, bytes }], epoch).subarray(512);
}

function withoutEnd(archive) {
  return archive.subarray(0, -1024);
}

function controlTar(description, version, size, epoch) {
  const { conffiles, postinst } = description;
  const texts = [
    ['control', control(description, version, size, epoch), 0o644],
    ['postinst', POSTINST, 0o755],
    ['prerm', PRERM, 0o755],
  ];
  if (conffiles.length > 0) texts.push(['conffiles', lines([...conffiles].sort()), 0o644]);
  if (postinst !== null) texts.push(['postinst-pkg', postinst, 0o755]);
  const entries = texts.map(([path, text, mode]) => ({ path, mode, bytes: Buffer.from(text) }));
  return tar(entries, epoch);
}

/** The fields in package-pack.mk's order. Installed-Size is that of data.tar, in bytes. */
function control({ name, depends, source, section, description }, version, size, epoch) {
  return lines([
    `Package: ${name}`,
    `Version: ${version}`,
    `Depends: ${depends.join(', ')}`,
    `Source: ${source}`,
    `SourceName: ${name}`,
    'License: MIT',
    `Section: ${section}`,
    `SourceDateEpoch: ${epoch}`,
    'Maintainer: bonding contributors',
    'Architecture: all',
    `Installed-Size: ${size}`,
    `Description: ${description.map((line) => ` ${line}`).join('\n')}`,
  ]);
}

function lines(list) {
  return list.map((line) => `${line}\n`).join('');
}
