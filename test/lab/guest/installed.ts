import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { ADDRESS } from './network.ts';
import { type OwnRoot, ownRoot, runIn } from './own-root.ts';
import { findFile, unpack } from './packages.ts';
import { type Program, untilLogged } from './process.ts';
import { type CommandResult, run } from './run.ts';
import { until } from './wait.ts';

/** Two machines with disks of their own, as the user has them before the first step of the guide. */
export interface Bare {
  /** A server that nobody has set up: it forwards nothing, and has rules of its owner's. */
  server: OwnRoot;
  /** A router with the package, its firewall set up as uci-defaults does it. */
  router: OwnRoot;
}

/** The router that the server calls so. */
export const NAME = 'home';

/** On a disk that is not looked at, as a download that the user deletes. */
const INSTALLER = '/run/lab/bonding-server.run';

/** Debian's own /etc/nftables.conf, with one rule in it. */
const OWNERS_RULES = `table inet filter {
  chain input { type filter hook input priority filter; tcp dport 22 counter accept; }
  chain forward { type filter hook forward priority filter; }
}`;

/** fw4 with the bond in its zone wan. */
const ROUTERS_RULES = `table inet fw4 {
  chain srcnat { type nat hook postrouting priority srcnat; oifname "bond0" masquerade; }
}`;

/** Makes both machines in a network that stands; `folder` is what `npm run package` has made. */
export function bareMachines(folder: string): Bare {
  run(['busybox', 'sysctl', '-qw', 'net.ipv4.ip_forward=0'], { ns: 'server' });
  run(['nft', '-f', '-'], { ns: 'server', input: OWNERS_RULES });
  run(['nft', '-f', '-'], { ns: 'router', input: ROUTERS_RULES });
  const server = ownRoot('server');
  copyFileSync(findFile(folder, 'bonding-server', '.run'), server.path(INSTALLER));
  return { server, router: packagedRouter(folder, 'router') };
}

/** A disk with the router's package, in the router's place of the network. */
export function packagedRouter(folder: string, name: string): OwnRoot {
  const router = ownRoot('router', name);
  unpack(router, findFile(folder, 'bondingd_', '.ipk'));
  return router;
}

/** `sh bonding-server.run …` on the server. */
export function installer(server: OwnRoot, ...options: string[]): CommandResult {
  return server.run(['sh', INSTALLER, ...options]);
}

/** The words of `bonding server init` for the lab's router with `links` lines. */
export function initWords(links: number): string[] {
  const address = ['--public', ADDRESS.server, '--lan', '192.168.1.0/24'];
  return ['bonding', 'server', 'init', '--name', NAME, '--links', String(links), ...address];
}

/** The join code in what a command printed. Throws with the text when there is none, or are two. */
export function codeIn(text: string): string {
  const codes = new Set(text.match(/\bbonding1_[\w-]+/g));
  const [code] = codes;
  if (code === undefined || codes.size > 1) throw new Error(`no single join code in:\n${text}`);
  return code;
}

/** Starts what systemd would for bonding@NAME.service, and waits until its router can join. */
export async function startUnit(server: OwnRoot): Promise<Program> {
  const unit = readFileSync(server.path('/etc/systemd/system/bonding@.service'), 'utf8');
  const value = (key: string): string =>
    (new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '').replace(/%[iI]/g, NAME);
  const folder = value('RuntimeDirectory');
  if (folder !== '') mkdirSync(server.path(join('/run', folder)), { recursive: true, mode: 0o700 });
  const daemon = await server.start(value('ExecStart').split(' '), 'server-unit');
  await untilLogged(daemon, 'routers can join', 40_000);
  return daemon;
}

/** Starts the daemon as the router's init script does, and waits until it answers. */
export async function startRouter(router: OwnRoot): Promise<Program> {
  const daemon = await router.start(['/usr/bin/bonding', 'daemon'], 'router-daemon');
  await answering(router, daemon);
  return daemon;
}

async function answering(machine: OwnRoot, daemon: Program): Promise<void> {
  const answer = (): boolean => {
    if (!daemon.running()) throw new Error(`the daemon has ended:\n${daemon.log()}`);
    statusOf(machine);
    return true;
  };
  await until(`the daemon of ${machine.ns} to answer`, answer, { timeout: 40_000, every: 500 });
}

/** What `bonding status --json` says on a machine. On a server there is one router: no --name. */
export function statusOf(machine: OwnRoot): Snapshot {
  return JSON.parse(runIn(machine, ['bonding', 'status', '--json'])) as Snapshot;
}

/** All files below some folders of a machine, with modes and contents, for compareSnapshots. */
export function filesIn(machine: OwnRoot, folders: readonly string[]): Record<string, string> {
  const entries = folders.flatMap((folder): [string, string][] => {
    const path = machine.path(folder);
    if (!existsSync(path)) return [];
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (!stat.isDirectory()) return [[folder, `${mode}\n${readFileSync(path, 'latin1')}`]];
    const below = readdirSync(path).map((name) => join(folder, name));
    return [[folder, mode], ...Object.entries(filesIn(machine, below))];
  });
  return Object.fromEntries(entries);
}
