// Writes the packages for a router and the installer for a server into dist/packages:
// `npm run package`.
//   --dist DIR     take the bundles from there and build nothing
//   --out DIR      write there
//   --version X    other than package.json's, to try an upgrade
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { main, ROOT, say } from './lib.mjs';
import { ipk } from './package/ipk.mjs';
import { packages } from './package/packages.mjs';
import { runFile } from './package/run-file.mjs';
import { packageVersion, sourceDate } from './package/version.mjs';

await main(async () => {
  const option = { type: 'string' };
  const { values } = parseArgs({ options: { dist: option, out: option, version: option } });
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const version = packageVersion(values.version ?? manifest.version);
  const epoch = sourceDate(process.env.SOURCE_DATE_EPOCH);
  if (values.dist === undefined) await build();
  const dist = resolve(values.dist ?? join(ROOT, 'dist'));
  const all = packages({ dist, texts: await texts() });
  const program = values.version ?? manifest.version;
  write(resolve(values.out ?? join(ROOT, 'dist/packages')), [
    ...all.map((one) => ipk(one, version, epoch)),
    runFile({ dist, version: program, epoch }),
  ]);
});

/** The reader of catalogues and the hash of their keys, which are TypeScript. */
async function texts() {
  const { runnerImport } = await import('vite');
  const load = async (file) => {
    const config = { root: ROOT, configFile: false, logLevel: 'error' };
    return (await runnerImport(join(ROOT, 'luci-ui/po', file), config)).module;
  };
  const [{ readCatalogue }, { keyOf }] = [await load('catalogue.ts'), await load('key.ts')];
  return { readCatalogue, keyOf };
}

/** Writes the packages and takes away those of older versions: `*.ipk` must be one set. */
function write(out, made) {
  mkdirSync(out, { recursive: true });
  const names = new Set(made.map(({ file }) => file));
  for (const name of readdirSync(out)) {
    if (name.endsWith('.ipk') && !names.has(name)) rmSync(join(out, name));
  }
  for (const { file, bytes } of made) {
    writeFileSync(join(out, file), bytes);
    say(`wrote ${join(out, file)} (${Math.ceil(bytes.length / 1000)} kB)`);
  }
}
