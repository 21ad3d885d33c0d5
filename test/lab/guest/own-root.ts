import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, start } from './process.ts';
import { type CommandResult, run, tryRun } from './run.ts';

/** A namespace with a disk of its own: what is written there, the other machines do not see. */
export interface OwnRoot {
  ns: string;
  /** Where the guest sees a path of this machine. */
  path: (inside: string) => string;
  /** Runs a program of this machine to its end; `input` is its stdin, which is no terminal. */
  run: (argv: readonly string[], input?: string) => CommandResult;
  /** Starts a program of this machine that stays; `name` is its log's. */
  start: (argv: readonly string[], name: string) => Promise<Program>;
  /** Every path that was made (`+`), written or given another mode (`~`) or taken away (`-`) so far. */
  changes: () => string[];
}

const ROOTS = '/run/lab/roots';

/**
 * Gives a namespace its own root: an overlay on the guest's files, with its own /run and /tmp. All
 * that changes lies in one folder, so that nobody has to know where to look for what was left. `name`:
 * for a second disk in the same place of the network.
 */
export function ownRoot(ns: string, name = ns): OwnRoot {
  const folder = join(ROOTS, name);
  const [root, upper, work] = ['root', 'upper', 'work'].map((name) => join(folder, name));
  if (root === undefined || upper === undefined) throw new Error('three folders make a root');
  forgetHost();
  linkNode();
  for (const path of [root, upper, work]) mkdirSync(path ?? '', { recursive: true });
  const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`;
  run(['mount', '-t', 'overlay', '-o', layers, 'overlay', root]);
  for (const path of ['/proc', '/dev', '/lib/modules'])
    run(['mount', '--rbind', path, root + path]);
  for (const path of ['/run', '/tmp']) run(['mount', '-t', 'tmpfs', 'tmpfs', root + path]);
  // TMPDIR of the guest.
  mkdirSync(join(root, 'run/lab'));
  return {
    ns,
    path: (inside) => join(root, inside),
    run: (argv, input = '') => tryRun(entering(root, argv), { ns, input }),
    start: (argv, name) => start(entering(root, argv), { ns, name }),
    changes: () => changesBelow(upper, ''),
  };
}

/** What the host has of bonding, or a test left there, none of the guest's machines has. */
function forgetHost(): void {
  if (!existsSync('/run/lab/init')) throw new Error('this is not the guest');
  const folders = ['/etc/bonding', '/etc/config', '/usr/lib/bonding', '/usr/share/bonding'];
  const files = ['/usr/bin/bonding', '/etc/systemd/system/bonding@.service'];
  // The overlay notes that they are gone; the host keeps them.
  for (const path of [...folders, ...files, '/etc/sysctl.d/90-bonding.conf'])
    rmSync(path, { recursive: true, force: true });
}

/** What is shipped finds Node by its name; the guest's may lie in some user's folder. */
function linkNode(): void {
  if (tryRun(['sh', '-c', 'command -v node']).code === 0) return;
  mkdirSync('/usr/local/bin', { recursive: true });
  symlinkSync(process.execPath, '/usr/local/bin/node');
}

/** `ip netns exec` gives the program a /sys of its namespace; becomes the program. */
function entering(root: string, argv: readonly string[]): string[] {
  const script = 'mount --rbind /sys "$0/sys" && cd / && exec chroot "$0" "$@"';
  return ['sh', '-c', script, root, ...argv];
}

/** Runs a program of a machine that must work, and gives its stdout. Throws with what it said. */
export function runIn(machine: OwnRoot, argv: readonly string[], input?: string): string {
  const { code, stdout, stderr } = machine.run(argv, input);
  if (code === 0) return stdout;
  throw new Error(`${argv.join(' ')} in ${machine.ns} failed (${code}):\n${stdout}${stderr}`);
}

function changesBelow(upper: string, folder: string): string[] {
  return readdirSync(join(upper, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    const stat = lstatSync(join(upper, path));
    // A character device 0/0 is how an overlay says that a file of the lower layer is gone.
    if (stat.isCharacterDevice() && stat.rdev === 0) return [`- ${path}`];
    const before = existsSync(path) ? lstatSync(path) : null;
    const same = stat.isDirectory() && before?.isDirectory() && before.mode === stat.mode;
    const own = same ? [] : [`${before === null ? '+' : '~'} ${path}`];
    return stat.isDirectory() ? [...own, ...changesBelow(upper, path)] : own;
  });
}
