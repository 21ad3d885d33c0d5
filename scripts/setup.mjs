// Brings what `npm start`, `npm test` and `npm run bench` need: npm packages, Debian packages and a
// kernel for the lab. Installs only what is missing; a second run asks no network and takes no time.
import { pathToFileURL } from 'node:url';
import { installKernel } from './kernel.mjs';
import { ask, main, modified, ROOT, run, say, UserError } from './lib.mjs';

/** Debian packages of the lab, and what each is for. */
export const PACKAGES = {
  'qemu-system-x86': 'the virtual machine',
  'busybox-static': 'its first programs (initramfs, modprobe)',
  openvpn: 'the tunnels',
  iproute2: 'ip and tc',
  nftables: 'nft',
  iperf3: 'measuring rates',
  'iputils-ping': 'measuring round trips',
  'xz-utils': "unpacking the lab's kernel",
};

/** `npm ci` when node_modules is missing or older than package-lock.json. */
export async function setupNpm() {
  if (modified('node_modules', '.package-lock.json') >= modified('package-lock.json')) return;
  say('setup: npm packages (npm ci) …');
  await run(['npm', 'ci', '--no-audit', '--no-fund'], { cwd: ROOT });
}

/** Installs the Debian packages that are missing; without apt names them and ends with code 2. */
export async function setupPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (ask(['apt-get', '--version']) === null) {
    const list = missing.map((name) => `  ${name.padEnd(18)}${PACKAGES[name]}`).join('\n');
    throw new UserError(`This machine has no apt. Please install these first:\n${list}`, 2);
  }
  if (process.getuid() !== 0 && ask(['sudo', '-n', 'true']) === null) {
    throw new UserError(
      `Some packages are missing, and sudo wants a password. Please run:\n  sudo ${command.join(' ')}`,
      2,
    );
  }
  say(`setup: installing ${missing.join(' ')} …`);
  try {
    await asRoot(command);
  } catch {
    // No package lists yet (a fresh container), or lists too old for the mirror.
    say('setup: reading the package lists anew …');
    await asRoot(['apt-get', 'update']);
    await asRoot(command);
  }
}

/** Those of PACKAGES that dpkg does not know as installed; all of them where there is no dpkg. */
function missingPackages() {
  const names = Object.keys(PACKAGES);
  // dpkg-query fails when it does not know one of the names, but lists the others all the same.
  const field = (name) => `$\{${name}}`;
  const format = ['-W', '-f', `${field('Package')} ${field('db:Status-Status')}\n`];
  const found = ask(['sh', '-c', 'dpkg-query "$@" 2>/dev/null; exit 0', 'sh', ...format, ...names]);
  const installed = new Set(
    (found ?? '').split('\n').filter((line) => line.endsWith(' installed')),
  );
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** Runs a command as root, by sudo when we are not; it is told not to ask questions. */
export async function asRoot(argv) {
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', ...argv];
  await run(process.getuid() === 0 ? quiet : ['sudo', '-n', ...quiet]);
}

/** All of it, in order. Throws UserError with code 2 when the next move is the user's. */
export async function setup() {
  await setupNpm();
  await setupPackages();
  await installKernel(() => asRoot(['apt-get', 'update']));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(setup);
