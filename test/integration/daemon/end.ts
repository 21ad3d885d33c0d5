import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { fromTable } from '../../../backend/src/status/ubus-object.ts';
import { connect } from '../../../backend/src/ubus/index.ts';
import { script } from '../../fakes/folder.ts';

/**
 * One end on this machine: a network namespace with two lines, a folder for everything the daemon
 * keeps, and a stand-in for OpenVPN that says it is connected. Needs root.
 */
export interface End {
  readonly folder: string;
  at(...parts: string[]): string;
  /** Writes the configuration. */
  configure(text: string): void;
  /** Starts the daemon; several may be started one after the other. */
  start(options?: StartOptions): Daemon;
  /** The snapshot, or null while nobody answers. */
  status(): Promise<Snapshot | null>;
  /** Waits (15 s at most) until the snapshot is as wanted. */
  statusWhen(wanted: (snapshot: Snapshot) => boolean): Promise<Snapshot>;
  /** Links, addresses, rules, routes of all tables and the firewall, as text. */
  network(): string;
  /** Runs a program in the namespace: what it prints. Throws Error when it fails. */
  inside(...argv: string[]): string;
  /** Pids of the stand-ins for OpenVPN that run. */
  tunnels(): number[];
  /** Ends what was started, deletes namespace and folder. */
  dispose(): Promise<void>;
}

export interface StartOptions {
  /** More words for `bonding daemon`; with `--no-broker` it is not the broker itself. */
  words?: string[];
  /** Run by /bin/sh in the daemon's mount namespace, before it. */
  before?: string;
  /** Unprivileged user to run as. */
  uid?: number;
  /** Run as this instance, with the end's folder as the root; else with all paths said. */
  instance?: string;
}

/** A running daemon. */
export interface Daemon {
  readonly child: ChildProcess;
  log(): string;
  /** Waits (15 s at most) for a text in the log. */
  logged(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
}

/** How long anything may take on a busy machine, ms; everything here takes under a second on an idle one. */
const PATIENCE = 15_000;

let count = 0;

/** Stays until SIGTERM; its log is what the real one writes when the peer has answered. */
const OPENVPN = [
  'case "$*" in *--version) echo "OpenVPN 2.6.14 stand-in"; exit 0;; esac',
  'echo "1700000000.000001 1 Initialization Sequence Completed"',
  'trap "exit 0" TERM',
  'while :; do sleep 0.1; done',
];

/** Makes an end whose daemon is the program at `bundle`. */
export function newEnd(bundle: string): End {
  count += 1;
  const namespace = `bonding-${process.pid}-${count}`;
  const folder = mkdtempSync(join(tmpdir(), 'bonding-end-'));
  chmodSync(folder, 0o755);
  const at = (...parts: string[]): string => join(folder, ...parts);
  mkdirSync(at('bin'));
  script(at('bin', 'openvpn'), ...OPENVPN);
  makeNetwork(namespace);
  const daemons: Daemon[] = [];
  const tunnels = (): number[] => processesWith(at('run'));

  const end: End = {
    folder,
    at,
    tunnels,
    inside: (...argv) => inside(namespace, ...argv),
    configure: (text) => writeFileSync(at('config'), text),
    start(options = {}) {
      const daemon = startDaemon(namespace, bundle, end, options);
      daemons.push(daemon);
      return daemon;
    },
    status: () => ask(at('ubus.sock')),
    async statusWhen(wanted) {
      let last: Snapshot | null = null;
      const good = async (): Promise<boolean> => {
        last = await ask(at('ubus.sock'));
        return last !== null && wanted(last);
      };
      await until(good, () => `the last status: ${JSON.stringify(last, null, 1)}`);
      return last as unknown as Snapshot;
    },
    network: () =>
      [
        ['ip', '-d', 'link'],
        ['ip', 'addr'],
        ['ip', 'rule'],
        ['ip', 'route', 'show', 'table', 'all'],
        ['nft', 'list', 'ruleset'],
      ]
        .map((argv) => inside(namespace, ...argv))
        .join('\n'),
    async dispose() {
      for (const { child } of daemons) child.kill('SIGKILL');
      await Promise.all(daemons.map((daemon) => daemon.ended()));
      for (const pid of tunnels()) process.kill(pid, 'SIGKILL');
      execFileSync('ip', ['netns', 'del', namespace]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return end;
}

function makeNetwork(namespace: string): void {
  execFileSync('ip', ['netns', 'add', namespace]);
  // Link-local addresses come a second later and would look like ours.
  inside(namespace, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
  inside(namespace, 'ip', 'link', 'set', 'lo', 'up');
  for (const index of [0, 1]) {
    const [wan, far, net] = [`wan${index}`, `far${index}`, `192.0.2.${index * 16}`];
    inside(namespace, 'ip', 'link', 'add', wan, 'type', 'veth', 'peer', 'name', far);
    for (const device of [wan, far]) inside(namespace, 'ip', 'link', 'set', device, 'up');
    const address = `${net.replace(/\d+$/, String(index * 16 + 2))}/28`;
    inside(namespace, 'ip', 'addr', 'add', address, 'dev', wan);
    const gateway = net.replace(/\d+$/, String(index * 16 + 1));
    const metric = String(10 + index);
    const route = ['default', 'via', gateway, 'dev', wan, 'metric', metric];
    inside(namespace, 'ip', 'route', 'add', ...route);
  }
}

function inside(namespace: string, ...argv: string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, ...argv], { encoding: 'utf8' });
}

function startDaemon(namespace: string, bundle: string, end: End, options: StartOptions): Daemon {
  const { words = [], before = ':', uid, instance } = options;
  const user =
    uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const folders = ['--run-folder', end.at('run'), '--key-folder', end.at('keys')];
  const paths = ['--config', end.at('config'), ...folders, '--ubus', end.at('ubus.sock')];
  const place =
    instance === undefined ? [...paths, '--broker'] : ['--name', instance, '--root', end.folder];
  const argv = [...user, process.execPath, bundle, 'daemon', ...place, ...words].filter(
    (word) => word !== '--broker' || !words.includes('--no-broker'),
  );
  const child = spawn(
    'ip',
    ['netns', 'exec', namespace, '/bin/sh', '-c', `${before}\nexec "$@"`, 'sh', ...argv],
    {
      env: { ...process.env, PATH: `${end.at('bin')}:${process.env.PATH ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
  });
  return {
    child,
    log: () => log,
    logged: (text) =>
      until(
        async () => log.includes(text),
        () => `no '${text}' in:\n${log}`,
      ),
    signal: (name) => void child.kill(name),
    ended: () => ended,
  };
}

/** The snapshot of the daemon on this bus; null: nobody answers. */
export async function ask(path: string): Promise<Snapshot | null> {
  const client = connect({ path });
  try {
    return fromTable(await client.call('bonding', 'status')) as unknown as Snapshot;
  } catch {
    return null;
  } finally {
    client.close();
  }
}

/** Waits until something is so; `why` says what was seen when it never was. */
export async function until(good: () => Promise<boolean>, why: () => string): Promise<void> {
  const limit = Date.now() + PATIENCE;
  while (!(await good())) {
    if (Date.now() > limit) throw new Error(`waited ${PATIENCE} ms in vain; ${why()}`);
    await sleep(25);
  }
}

/** Pids of processes with a file of `folder` on their command line, started by nobody but us. */
/**
 * Without their children: between fork and exec, a program that the stand-in starts still has the
 * stand-in's own command line.
 */
function processesWith(folder: string): number[] {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || !existsSync(`/proc/${name}/cmdline`)) return false;
    const words = commandLine(name);
    const ours = words.includes('--config') && words.some((word) => word.startsWith(`${folder}/`));
    return ours && !words.includes('daemon');
  });
  return found.filter((pid) => !found.includes(parentOf(pid))).map(Number);
}

function parentOf(pid: string): string {
  try {
    return /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
