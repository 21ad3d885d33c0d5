// Brings what `npm start`, `npm test` and `npm run bench` need: npm packages, Debian packages, a
// kernel for the lab and, where asked for, the patched driver. Installs only what is missing; a
// second run asks no network and takes no time.
import { pathToFileURL } from 'node:url';
import { installDriver, installSources } from './driver.mjs';
import { installKernel } from './kernel.mjs';
import { main, modified, ROOT, run, say } from './lib.mjs';
import { installPackages, refreshLists } from './packages.mjs';

/** Debian packages of the lab, and what each is for. */
export const PACKAGES = {
  'qemu-system-x86': 'the virtual machine',
  'busybox-static': 'its first programs (initramfs, modprobe)',
  openvpn: 'the tunnels',
  iproute2: 'ip and tc',
  nftables: 'nft',
  iperf3: 'measuring rates',
  'iputils-ping': 'measuring round trips',
  ppp: 'a PPPoE line, the side of the router',
  pppoe: 'a PPPoE line, the side of the provider',
  'xz-utils': "unpacking the lab's kernel",
};

/** What the page's tests need beside them. */
export const BROWSER = {
  chromium: 'the browser',
  'fonts-dejavu-core': 'its letters',
};

/** What the bench compares with. Older distributions do not have it. */
export const BENCH = { mptcpize: 'MPTCP, to compare the bond with' };

/** `npm ci` when node_modules is missing or older than package-lock.json. */
export async function setupNpm() {
  if (modified('node_modules', '.package-lock.json') >= modified('package-lock.json')) return;
  say('setup: npm packages (npm ci) …');
  await run(['npm', 'ci', '--no-audit', '--no-fund'], { cwd: ROOT });
}

/**
 * All of it, in order; `driver` asks for the patched bonding driver too, which takes a compiler and
 * 150 MB of downloads, `browser` for the page's tests' browser, `bench` for what the bench compares
 * with, where there is such a package. Throws UserError with code 2 when the next move is the user's.
 */
export async function setup({ driver = false, browser = false, bench = false } = {}) {
  await setupNpm();
  await installPackages(browser ? { ...PACKAGES, ...BROWSER } : PACKAGES);
  if (bench) await installBench();
  await installKernel(refreshLists);
  if (!driver) return;
  await installDriver();
  await installSources();
}

async function installBench() {
  try {
    await installPackages(BENCH);
  } catch {
    say('setup: no mptcpize; the bench cannot measure MPTCP');
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => setup({ driver: true, browser: true }));
}
