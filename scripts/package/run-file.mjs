// bonding-server.run: a text for /bin/sh with a gzipped tar archive behind it, which holds the program,
// its page, the unit and a manifest. server-package/installer.sh is the text.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lib.mjs';
import { file, program, tree } from './files.mjs';
import { gzip, tar } from './tar.mjs';

const SOURCES = join(ROOT, 'server-package');

/**
 * The installer as `{ file, bytes }`.
 *
 * `dist`: the folder with the bundles; `version` as in package.json; `epoch`: s since 1970, for all
 * times in it. Throws a UserError for a bundle that is not there.
 */
export function runFile({ dist, version, epoch }) {
  const files = [
    ...program(dist, 'usr/lib/bonding'),
    ...tree(join(dist, 'page'), 'usr/share/bonding/page'),
    // The same as on a router.
    file(join(ROOT, 'openwrt-package/bondingd/files/usr/bin/bonding'), 'usr/bin/bonding'),
    file(join(SOURCES, 'bonding@.service'), 'etc/systemd/system/bonding@.service'),
  ];
  const manifest = Buffer.from(`${JSON.stringify(manifestOf(files, version))}\n`);
  const archive = gzip(
    tar([...files, { path: 'manifest.json', mode: 0o644, bytes: manifest }], epoch),
  );
  return {
    file: 'bonding-server.run',
    bytes: Buffer.concat([Buffer.from(header(archive, version)), archive]),
  };
}

/** What backend/src/setup/manifest.ts reads. */
function manifestOf(files, version) {
  const entries = files.map(({ path, mode, bytes }) => ({
    path: `/${path}`,
    mode,
    sha256: sha256(bytes),
  }));
  return { version, files: entries, folders: [] };
}

function header(archive, version) {
  const text = readFileSync(join(SOURCES, 'installer.sh'), 'utf8');
  const values = {
    VERSION: version,
    LINES: String(text.split('\n').length - 1),
    SHA256: sha256(archive),
  };
  return text.replace(/@([A-Z0-9]+)@/g, (whole, name) => values[name] ?? whole);
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
