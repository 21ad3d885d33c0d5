// The lab's kernel: Debian's linux-image package, unpacked (not installed) into .cache/kernel.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, ROOT, run, say, UserError } from './lib.mjs';

const FOLDER = join(ROOT, '.cache', 'kernel');

/** Driver folders that the lab can use; the others (graphics, sound, disks …) are 300 MB of waste. */
const KEPT_DRIVERS = ['char', 'crypto', 'net', 'virtio'];
const DROPPED = ['sound', 'drivers/net/ethernet', 'drivers/net/wireless', 'drivers/net/usb'];

/**
 * Unpacks the kernel once; `.cache/kernel/current` holds its version when that is done. Needs no
 * root. `refresh` reads the package lists anew; it is called only when apt does not know the kernel.
 */
export async function installKernel(refresh) {
  if (existsSync(join(FOLDER, 'current'))) return;
  await mkdir(FOLDER, { recursive: true });
  const work = await mkdtemp(join(FOLDER, 'unpack-'));
  try {
    const version = await unpackKernel(work, refresh);
    const modules = join(work, 'tree', 'lib', 'modules', version);
    await prune(join(modules, 'kernel'));
    await decompress(work, version);
    await index(join(work, 'tree'), version);
    await rm(join(FOLDER, version), { recursive: true, force: true });
    await rename(join(work, 'tree'), join(FOLDER, version));
    await writeFile(join(FOLDER, 'current'), `${version}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads and unpacks the package into `work`/tree. Returns the version (`uname -r`). */
async function unpackKernel(work, refresh) {
  let name = packageName();
  if (name === null || !(await download(name, work))) {
    say('setup: reading the package lists anew …');
    await refresh();
    name = packageName();
    if (name === null || !(await download(name, work))) {
      throw new UserError(
        'apt knows no package linux-image-amd64 for the lab; look at apt-get update',
      );
    }
  }
  const file = (await readdir(work)).find((entry) => entry.endsWith('.deb'));
  await run(['dpkg', '-x', file, 'tree'], { cwd: work });
  return name.replace('linux-image-', '');
}

/** The versioned package that linux-image-amd64 stands for, or null. */
function packageName() {
  const depends = ask([
    'apt-cache',
    'depends',
    '--no-recommends',
    '--no-suggests',
    'linux-image-amd64',
  ]);
  return /Depends: (linux-image-\d[\w.+-]*-amd64)\s/.exec(depends ?? '')?.[1] ?? null;
}

async function download(name, folder) {
  say(`setup: kernel of the lab (${name}, about 70 MB) …`);
  try {
    await run(['apt-get', 'download', name], { cwd: folder });
    return true;
  } catch {
    return false;
  }
}

async function prune(kernel) {
  const drivers = await readdir(join(kernel, 'drivers'));
  const unused = drivers
    .filter((name) => !KEPT_DRIVERS.includes(name))
    .map((name) => `drivers/${name}`);
  for (const path of [...DROPPED, ...unused]) {
    await rm(join(kernel, path), { recursive: true, force: true });
  }
}

/**
 * Debian 13 ships .ko.xz, which busybox reads slowly or not at all; and the kernel unpacks itself
 * for 5 s under emulation, so QEMU gets the ELF file inside vmlinuz (it boots that by its PVH note).
 */
async function decompress(work, version) {
  const modules = join(work, 'tree', 'lib', 'modules', version);
  const packed = (await readdir(modules, { recursive: true })).filter((path) =>
    path.endsWith('.ko.xz'),
  );
  if (packed.length > 0) await run(['xz', '-d', ...packed], { cwd: modules });
  const boot = join(work, 'tree', 'boot');
  const payload = kernelPayload(await readFile(join(boot, `vmlinuz-${version}`)));
  if (payload === null) return;
  await writeFile(join(boot, 'vmlinux.xz'), payload);
  await run(['xz', '-d', 'vmlinux.xz'], { cwd: boot });
}

/**
 * The xz stream inside a bzImage, or null when it is packed otherwise (QEMU boots it all the same).
 * Offsets as in the kernel's Documentation/arch/x86/boot.rst; the last 4 bytes are its size.
 */
export function kernelPayload(image) {
  const SETUP_SECTORS = 0x1f1;
  const PAYLOAD_OFFSET = 0x248;
  const PAYLOAD_LENGTH = 0x24c;
  const start = ((image[SETUP_SECTORS] || 4) + 1) * 512 + image.readUInt32LE(PAYLOAD_OFFSET);
  const payload = image.subarray(start, start + image.readUInt32LE(PAYLOAD_LENGTH) - 4);
  const isXz = payload.subarray(0, 6).equals(Buffer.from('fd377a585a00', 'hex'));
  return isXz ? payload : null;
}

/**
 * modules.dep and modules.alias for modprobe. Aliases of hardware (they hold a colon) go: the kernel
 * asks modprobe for each new kind of device, and busybox reads the whole file every time.
 */
async function index(tree, version) {
  await run(['busybox', 'depmod', '-b', tree, version]);
  const folder = join(tree, 'lib', 'modules', version);
  const aliases = (await readFile(join(folder, 'modules.alias'), 'utf8')).split('\n');
  await writeFile(
    join(folder, 'modules.alias'),
    aliases.filter((line) => !line.includes(':')).join('\n'),
  );
  await writeFile(join(folder, 'modules.symbols'), '');
}
