// The patched bonding driver for the lab's kernel, in .cache/driver: kernel headers and the driver's
// source from Debian's packages (unpacked, not installed), our patches, a compiler.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installKernel } from './kernel.mjs';
import { ask, main, ROOT, run, say, UserError } from './lib.mjs';
import { installPackages, refreshLists } from './packages.mjs';

const CACHE = join(ROOT, '.cache');
const FOLDER = join(CACHE, 'driver');
const CURRENT_KERNEL = join(CACHE, 'kernel', 'current');
const DRIVER = 'drivers/net/bonding';

/** What patches the driver's source. */
const GENERATOR = ['generate.mjs', 'generator/edits.mjs', 'generator/engine.mjs'];

/** Packages beside the compiler, whose name the kernel headers tell. */
const TOOLS = { make: 'building the driver', patch: 'testing the ready patches' };

/**
 * Builds the driver once per kernel and state of the patches; `.cache/driver/current` names the
 * folder with bonding.ko when that is done. Throws UserError when it cannot be built.
 */
export async function installDriver() {
  if (await isBuilt(await kernelVersion())) return;
  const { version, headers } = await unpackHeaders();
  if (await isBuilt(version)) return;
  await installPackages({ ...TOOLS, [await compiler(headers, version)]: 'building the driver' });
  const source = await kernelSource(version);
  if (source === null) {
    throw new UserError(
      `The patched bonding driver cannot be built: apt has no linux-source-${seriesOf(version)}.`,
    );
  }
  await build({ version, headers, source });
}

/**
 * The driver's source of the other series that there are ready patches for, in
 * `.cache/driver/source-SERIES`, for the tests of the patches. Where apt does not have one, there is
 * none.
 */
export async function installSources() {
  const lab = seriesOf(await kernelVersion());
  for (const name of await readdir(join(ROOT, 'patches'))) {
    const series = /^linux-(\d+\.\d+)$/.exec(name)?.[1];
    if (series === undefined || series === lab) continue;
    const source = await unpackSource(series, join(FOLDER, `source-${series}`), null);
    if (source === null) say(`setup: apt has no linux-source-${series}; its patches stay untested`);
  }
}

/** Whether the driver is there; if so, makes it the current one. */
async function isBuilt(version) {
  const name = await folderName(version);
  if (!existsSync(join(FOLDER, name, 'bonding.ko'))) return false;
  await writeFile(join(FOLDER, 'current'), `${name}\n`);
  return true;
}

async function kernelVersion() {
  return (await readFile(CURRENT_KERNEL, 'utf8')).trim();
}

/** `6.1.0-56-amd64` → `6.1`. */
function seriesOf(version) {
  return version.split('.').slice(0, 2).join('.');
}

async function folderName(version) {
  await requireSeries(version);
  const hash = createHash('sha256');
  for (const name of GENERATOR) hash.update(await readFile(join(ROOT, 'patches', name)));
  return `${version}-${hash.digest('hex').slice(0, 12)}`;
}

/** That there are ready patches for the kernel's series: the lab is to run what they do. */
async function requireSeries(version) {
  const folder = join(ROOT, 'patches', `linux-${seriesOf(version)}`);
  if (existsSync(folder)) return;
  throw new UserError(
    `The lab's kernel is ${version}, and there is no ${folder}.\n` +
      'Make the patches with patches/generate.mjs, see patches/README.md.',
  );
}

/**
 * The headers of the lab's kernel. Mirrors keep only a few kernels: when they have no headers for
 * this one any more, the lab gets the newest kernel instead.
 */
async function unpackHeaders() {
  const version = await kernelVersion();
  const headers = await downloadHeaders(version);
  if (headers !== null) return { version, headers };
  await refreshLists();
  const again = await downloadHeaders(version);
  if (again !== null) return { version, headers: again };
  say(`setup: apt has no headers for ${version}; taking the newest kernel …`);
  await rm(CURRENT_KERNEL);
  await installKernel(refreshLists);
  const newest = await kernelVersion();
  const last = newest === version ? null : await downloadHeaders(newest);
  if (last === null) {
    throw new UserError(
      `The patched bonding driver cannot be built: apt has no linux-headers-${newest}.\n` +
        "The package sources must have the kernel's headers and its source (section main).",
    );
  }
  return { version: newest, headers: last };
}

/** Unpacks the headers and the packages they lean on; null when apt cannot bring them. */
async function downloadHeaders(version) {
  const result = join(FOLDER, `headers-${version}`);
  if (existsSync(result)) return result;
  const name = `linux-headers-${version}`;
  say(`setup: headers of the kernel (${name}, about 15 MB) …`);
  const depends = ask(['apt-cache', 'depends', '--important', name]) ?? '';
  const others = [...depends.matchAll(/Depends: (linux-(?:headers|kbuild)-\S+)/g)];
  if (others.length === 0) return null;
  return inWorkFolder(async (work) => {
    const names = [name, ...others.map((match) => match[1])];
    const files = await download(names, work);
    if (files === null) return null;
    for (const file of files) await run(['dpkg', '-x', file, 'tree'], { cwd: work });
    await rename(join(work, 'tree'), result);
    return result;
  });
}

/** The compiler package that the kernel was built with, as the headers name it. */
async function compiler(headers, version) {
  const file = join(headers, 'usr/src', `linux-headers-${version}`, '.kernelvariables');
  const name = /\bgcc-\d+\b/.exec(await readFile(file, 'utf8'))?.[0];
  if (name === undefined) throw new UserError(`${file} names no compiler`);
  return name;
}

/** The source of the version that the headers are of when apt has it, else of the newest. */
function kernelSource(version) {
  const exact = /^Version: (.+)$/m.exec(
    ask(['apt-cache', 'show', '--no-all-versions', `linux-headers-${version}`]) ?? '',
  )?.[1];
  return unpackSource(seriesOf(version), join(FOLDER, `source-${version}`), exact ?? null);
}

/** The driver's folder out of linux-source, into `result`; null when apt has no such package. */
async function unpackSource(series, result, exact) {
  if (existsSync(result)) return result;
  const name = `linux-source-${series}`;
  if (ask(['apt-cache', 'show', '--no-all-versions', name]) === null) return null;
  say(`setup: source of the kernel (${name}, about 140 MB) …`);
  return inWorkFolder(async (work) => {
    const wanted = exact === null ? null : await download([`${name}=${exact}`], work);
    const files = wanted ?? (await download([name], work));
    if (files === null) return null;
    say('setup: unpacking the driver …');
    const tar = `usr/src/${name}.tar.xz`;
    const unpack =
      'dpkg-deb --fsys-tarfile "$1" | tar -xO "./$2" | xz -dc | tar -x --strip-components=1 "$3"';
    await run(['sh', '-c', unpack, 'sh', files[0], tar, `${name}/${DRIVER}`], { cwd: work });
    const tree = join(work, 'tree');
    await mkdir(join(tree, 'drivers/net'), { recursive: true });
    await rename(join(work, DRIVER), join(tree, DRIVER));
    await rename(tree, result);
    return result;
  });
}

/** Downloads packages into a folder; the paths of the files, or null when apt cannot. */
async function download(names, folder) {
  try {
    await run(['apt-get', 'download', ...names], { cwd: folder });
  } catch {
    return null;
  }
  const files = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  return files.map((file) => join(folder, file));
}

async function build({ version, headers, source }) {
  const name = await folderName(version);
  say('setup: building the patched bonding driver …');
  await inWorkFolder(async (work) => {
    await cp(source, work, { recursive: true });
    // Not the ready patches: an older kernel of their series takes them, but wants more (patches/README.md).
    await run([process.execPath, join(ROOT, 'patches/generate.mjs'), work]);
    const kernel = join(headers, 'usr/src', `linux-headers-${version}`);
    await placeMakefile(kernel);
    const choices = ['CONFIG_BONDING=m', 'CONFIG_DEBUG_INFO_BTF_MODULES='];
    await run(['make', '-j2', '-C', kernel, `M=${join(work, DRIVER)}`, ...choices, 'modules']);
    const built = join(work, DRIVER, 'bonding.ko');
    await run(['strip', '--strip-debug', built]);
    await mkdir(join(FOLDER, name), { recursive: true });
    await copyFile(built, join(FOLDER, name, 'new.ko'));
    await rename(join(FOLDER, name, 'new.ko'), join(FOLDER, name, 'bonding.ko'));
  });
  await writeFile(join(FOLDER, 'current'), `${name}\n`);
}

/** The headers expect to be in /usr/src; only this one file holds that path. */
async function placeMakefile(kernel) {
  const file = join(kernel, 'Makefile');
  const text = await readFile(file, 'utf8');
  const common = /linux-headers-[^/\s]+-common/.exec(text)?.[0];
  if (common === undefined) throw new UserError(`${file} includes no other Makefile:\n${text}`);
  await writeFile(file, `include ${join(kernel, '..', common)}/Makefile\n`);
}

/** Runs `work` with an empty folder below FOLDER, which is gone afterwards. */
async function inWorkFolder(work) {
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(join(FOLDER, 'work-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(installDriver);
