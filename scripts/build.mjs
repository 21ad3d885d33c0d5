// Bundles what runs: the program (dist/bonding.cjs, and beside it what it loads late), the lab's
// programs (dist/lab/NAME.cjs) and the page (luci-ui, by its own Vite configuration). What is newer than
// all its sources is left alone.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, modified, ROOT, say } from './lib.mjs';

/** Node of the oldest supported server (Ubuntu 22.04 with Node 18). */
const TARGET = 'node18';

/** Files whose change may change any bundle. */
const COMMON = [
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/late-files.mjs',
  'scripts/slim-ws.mjs',
  'tsconfig.json',
];

/** Folders with one program per file for the lab: inside the guest, and on the host. */
const PROGRAMS = ['test/lab/guest/programs', 'test/lab/host/programs'];

/** Modes of luci-ui/vite.config.ts and a file that each makes. */
const PAGES = {
  page: 'dist/page/index.html',
  luci: 'dist/luci/status.js',
  settings: 'dist/luci/settings.js',
  overview: 'dist/luci/overview.js',
};

/** Builds everything that is out of date. Prints a line per bundle it makes. */
export async function build() {
  const before = process.env.NODE_ENV;
  // A test runner's own would take the libraries' long versions into the page.
  process.env.NODE_ENV = 'production';
  try {
    await buildAll();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

async function buildAll() {
  const lab = newest(['test/lab', 'backend/src']);
  if (existsSync(join(ROOT, 'backend/src/main.ts'))) {
    const entry = { name: 'bonding', source: 'backend/src/main.ts', out: 'dist', ships: true };
    await bundle(entry, newest(['backend/src']));
  }
  for (const { name, source } of programs()) {
    await bundle({ name, source, out: 'dist/lab', ships: false }, lab);
  }
  await buildPage();
}

function programs() {
  return PROGRAMS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ name: file.slice(0, -3), source: `${folder}/${file}` })),
  );
}

/** When the newest file below some folders (or of COMMON) was written, ms. */
function newest(folders) {
  const below = folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
    );
  return Math.max(...below, ...COMMON.map((file) => modified(file)));
}

/** The package's version, which `bonding --version` and the status tell. */
function version() {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}

/** CommonJS with everything but Node's own modules in it: one file; what ships has its late files as well. */
async function bundle({ name, source, out, ships }, sourcesWritten) {
  if (modified(out, `${name}.cjs`) > sourcesWritten) return;
  // Not imported above: setup.mjs may only now have installed it.
  const vite = await import('vite');
  const { slimWs } = await import('./slim-ws.mjs');
  const { LATE_OUTPUT, lateFiles } = await import('./late-files.mjs');
  const { output } = await vite.build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    // The lab's programs may be clients, too.
    plugins: ships ? [slimWs(), lateFiles()] : [],
    define: { 'process.env.BONDING_VERSION': JSON.stringify(version()) },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: TARGET,
      minify: ships,
      sourcemap: false,
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      rolldownOptions: {
        input: { [name]: join(ROOT, source) },
        output: {
          format: 'cjs',
          entryFileNames: '[name].cjs',
          // With one character beyond Latin-1, Node keeps two bytes for each of a file's.
          charset: 'ascii',
          ...(ships ? LATE_OUTPUT : { codeSplitting: false }),
        },
      },
    },
  });
  const made = output.map(({ fileName }) => fileName);
  if (ships) removeOthers(out, made);
  for (const file of made) {
    const { size } = statSync(join(ROOT, out, file));
    say(`built ${out}/${file} (${Math.round(size / 1000)} kB)`);
  }
}

/** A late file of an earlier build would ship: all that lie there do. */
function removeOthers(folder, made) {
  for (const file of readdirSync(join(ROOT, folder)))
    if (file.endsWith('.cjs') && !made.includes(file)) rmSync(join(ROOT, folder, file));
}

/** The page has a Vite configuration of its own, with a mode for each of its forms. */
async function buildPage() {
  const configFile = join(ROOT, 'luci-ui/vite.config.ts');
  if (!existsSync(configFile)) return;
  const written = Math.max(
    newest(['luci-ui/src', 'backend/src']),
    modified('luci-ui/vite.config.ts'),
  );
  for (const [mode, result] of Object.entries(PAGES)) {
    if (modified(result) > written) continue;
    const { build: viteBuild } = await import('vite');
    await viteBuild({ root: join(ROOT, 'luci-ui'), configFile, mode, logLevel: 'warn' });
    say(`built ${result}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
