import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CpioEntry } from './cpio.ts';

/**
 * Programs that run while the guest's clock matters. Opening a file over 9p waits for the host, and
 * an idle guest's virtual clock leaps by seconds meanwhile; so these lie in the guest's memory.
 */
const PROGRAMS =
  'sh env cat kill sleep true grep busybox mkdir ln mount hostname ip tc nft ss sysctl ping iperf3 openvpn openssl ethtool';

/** What those programs read, where it exists; folders with all that lies directly in them. */
const DATA = [
  '/etc/group',
  '/etc/host.conf',
  '/etc/hosts',
  '/etc/iproute2',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/protocols',
  '/etc/services',
  '/etc/ssl/openssl.cnf',
  '/usr/lib/ssl/openssl.cnf',
  '/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache',
  '/usr/lib/x86_64-linux-gnu/ossl-modules',
];
const SEARCH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * The programs with their libraries and data, `files`, and all files of `folders`, as entries below
 * `prefix` with the host's paths, symbolic links kept. Programs that are not installed are left out.
 */
export function preload(
  prefix: string,
  files: readonly string[],
  folders: readonly string[],
): CpioEntry[] {
  const found = PROGRAMS.split(' ').flatMap((name) => {
    const path = SEARCH.map((folder) => join(folder, name)).find((file) => existsSync(file));
    return path === undefined ? [] : [path];
  });
  const programs = [...found, ...files];
  const folderFiles = [...DATA, ...folders].flatMap(filesIn);
  const entries = new Map<string, CpioEntry>();
  for (const path of ['/lib', '/lib64', '/bin', '/sbin', '/var/run'])
    collect(path, prefix, entries);
  for (const path of [...programs, ...libraries(programs), ...folderFiles]) {
    collect(path, prefix, entries);
  }
  return [...entries.values()];
}

/** All shared libraries of some programs, as the host's loader finds them. */
function libraries(programs: readonly string[]): string[] {
  const { stdout } = spawnSync('ldd', programs, { encoding: 'utf8' });
  const paths = [...(stdout ?? '').matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(
    (match) => match[1],
  );
  return [...new Set(paths)].filter((path) => path !== undefined);
}

function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Adds the folders, links and the file that lie on the way to `path`, each once, in order. */
function collect(path: string, prefix: string, entries: Map<string, CpioEntry>): void {
  if (path === '/' || entries.has(path)) return;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const parent = dirname(path);
  collect(parent, prefix, entries);
  const parentEntry = entries.get(parent);
  if (parentEntry?.kind === 'link') {
    const real = resolve(dirname(parent), parentEntry.target);
    collect(join(real, path.slice(parent.length + 1)), prefix, entries);
    return;
  }
  const name = `${prefix}${path}`;
  if (stat.isSymbolicLink()) {
    const target = readlinkSync(path);
    entries.set(path, { kind: 'link', path: name, target });
    collect(resolve(parent, target), prefix, entries);
  } else if (stat.isDirectory()) {
    entries.set(path, { kind: 'directory', path: name });
  } else if (stat.isFile()) {
    const executable = (stat.mode & 0o111) !== 0;
    entries.set(path, { kind: 'file', path: name, data: readFileSync(path), executable });
  }
}
