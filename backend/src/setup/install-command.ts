import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { listInstances } from '../effects/instances.ts';
import { readText } from '../effects/text-file.ts';
import { type InstallFound, planInstall } from './install.ts';
import { daemonOf, hasSystemd, lookAtForwarding, lookAtMachine } from './look.ts';
import { INSTALLED_FILE, type Manifest, readManifest } from './manifest.ts';
import { proceed, type ServerRequest } from './proceed.ts';
import { lacks, printLacks } from './requirements.ts';
import { unitOf, WANTS_FOLDER } from './unit.ts';

/**
 * `bonding server install --from DIR`: what bonding-server.run calls with the folder that it has
 * unpacked itself to. Throws Error.
 */
export async function installCommand({ given, root }: ServerRequest): Promise<0 | 1> {
  const from = typeof given.from === 'string' ? resolve(given.from) : null;
  if (from === null) throw new Error('this is for bonding-server.run; it needs --from FOLDER');
  const brings = readManifest(readText(join(from, 'manifest.json')));
  if (brings === null) throw new Error(`${from} has no manifest.json of bonding-server.run`);
  checkFiles(brings, from);
  if (root === '') await checkMachine();
  const found = lookForInstall(brings, root);
  const { steps, notes } = planInstall(brings, from, found);
  const before = found.installed?.version;
  const done =
    before === undefined
      ? `bonding ${brings.version} is installed. The first router:\n  bonding server init --name home --public ADDRESS --links 2 --lan 192.168.1.0/24`
      : `bonding ${brings.version} is installed, in place of ${before}. Keys and routers are as they were.`;
  // Started by hand, to do this: nobody need be asked again.
  const plan = { steps, notes, done, root, given: { ...given, yes: true } };
  return await proceed({ ...plan, question: '' });
}

/** What is missing for a router is no reason not to install, but worth knowing now. */
async function checkMachine(): Promise<void> {
  const machine = await lookAtMachine();
  if (machine.openwrt)
    throw new Error('this is OpenWrt; it has packages of its own: bondingd_*.ipk');
  const found = lacks(machine);
  const fatal = found.filter(({ text }) => text.startsWith('run this as root'));
  if (fatal.length > 0) throw new Error(printLacks(fatal));
  if (found.length > 0)
    process.stderr.write(`still missing on this machine:\n  ${printLacks(found)}\n`);
}

function checkFiles({ files }: Manifest, from: string): void {
  if (files.length === 0) throw new Error('the manifest names no files');
  for (const { path, sha256 } of files) {
    const digest = createHash('sha256')
      .update(readFileSync(from + path))
      .digest('hex');
    if (digest !== sha256) throw new Error(`${path} is damaged; fetch bonding-server.run again`);
  }
}

function lookForInstall(brings: Manifest, root: string): InstallFound {
  const systemd = hasSystemd(root);
  return {
    installed: readManifest(readText(root + INSTALLED_FILE)),
    instances: listInstances(root).map((instance) => ({
      name: instance.name,
      enabled: existsSync(`${root}${WANTS_FOLDER}/${unitOf(instance.name)}`),
      pid: daemonOf(instance, root),
    })),
    missing: missingFolders(brings, root),
    forwarding: lookAtForwarding(root),
    systemd,
  };
}

/** Folders on the way to the files that are not there, the upper before the lower. */
function missingFolders({ files }: Manifest, root: string): string[] {
  const missing = new Set<string>();
  for (const { path } of files) {
    for (let at = dirname(path); at !== '/'; at = dirname(at)) {
      if (!existsSync(root + at)) missing.add(at);
    }
  }
  return [...missing].sort();
}
