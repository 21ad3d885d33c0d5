import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { load } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { INSTANCE_ROOT, type Instance, listInstances } from '../effects/instances.ts';
import { daemonIn } from '../effects/lock.ts';
import { openvpnVersion } from '../effects/read.ts';
import { RunError, run, runJson } from '../effects/run.ts';
import { readText } from '../effects/text-file.ts';
import { tryEgress } from '../effects/trial.ts';
import { INSTANCE_LIMIT } from '../facts/own.ts';
import { parse } from '../uci/index.ts';
import type { FirewallFound } from './firewall-look.ts';
import {
  BEFORE_FILE,
  FORWARD_PATH,
  type ForwardingFound,
  readBefore,
  SYSCTL_FILE,
} from './forwarding.ts';
import { readAddresses, readRoutes } from './networks.ts';
import { portsIn } from './ports.ts';
import type { Machine } from './requirements.ts';
import type { InitFound, KnownInstance } from './server-init.ts';

/** Whether systemd runs this machine (sd_booted(3)); below a root nothing runs. */
export function hasSystemd(root: string): boolean {
  return root === '' && existsSync('/run/systemd/system');
}

/** What a server needs, as it is here. */
export async function lookAtMachine(): Promise<Machine> {
  return {
    root: process.getuid?.() === 0,
    platform: process.platform,
    openwrt: existsSync('/etc/openwrt_release'),
    node: process.versions.node,
    openvpn: await openvpnVersion(),
    nft: await nftState(),
    ip: await works(['ip', '-V']),
    tun: existsSync('/dev/net/tun') || (await works(['modprobe', '-q', '-D', 'tun'])),
    bonding:
      existsSync('/sys/class/net/bonding_masters') ||
      (await works(['modprobe', '-q', '-D', 'bonding'])),
    distribution: /^ID="?(\w+)/m.exec(readText('/etc/os-release') ?? '')?.[1] ?? '',
    kernel: release(),
  };
}

/** No instance has this number: the names of its devices are nobody's. */
const TRIAL = INSTANCE_LIMIT;

/** All that a new router may collide with. Rejects with RunError when `ip` does not work. */
export async function lookForInit(root: string): Promise<InitFound> {
  const here = root === '';
  const { addresses, networks } = readAddresses(
    here ? await runJson(['ip', '-j', '-4', 'addr']) : [],
  );
  const routes = readRoutes(here ? await runJson(['ip', '-j', '-4', 'route']) : []);
  return {
    instances: listInstances(root).map(known),
    folders: foldersOf(root),
    rooted: existsSync(root + INSTANCE_ROOT),
    networks: [...networks, ...routes],
    addresses,
    devices: here ? readdirSync('/sys/class/net') : [],
    udp: here ? listening('udp') : [],
    tcp: here ? listening('tcp') : [],
    forwarding: lookAtForwarding(root),
    systemd: hasSystemd(root),
    egress: here ? await tryEgress(TRIAL) : null,
  };
}

/** Forwarding as it is, as it was before us, and who else needs it. */
export function lookAtForwarding(root: string): ForwardingFound {
  const folders = [dirname(SYSCTL_FILE), dirname(BEFORE_FILE)];
  return {
    ours: existsSync(root + SYSCTL_FILE),
    now: root === '' ? (readText(FORWARD_PATH)?.trim() ?? null) : null,
    missing: folders.filter((path) => !existsSync(root + path)),
    before: readBefore(readText(root + BEFORE_FILE)),
    neededBy: root === '' ? neededBy() : null,
  };
}

/** Firewalls of this machine; what cannot be asked is not there. */
export async function lookAtRules(): Promise<FirewallFound> {
  return {
    ruleset: await runJson(['nft', '-j', 'list', 'ruleset']).catch(() => null),
    ufw: (await output(['ufw', 'status'])).includes('Status: active'),
    firewalld: (await output(['firewall-cmd', '--state'])).trim() === 'running',
    legacy: (readText('/proc/net/ip_tables_names') ?? '').split('\n').includes('filter'),
  };
}

/** An instance's configuration; null when it cannot be used. */
export function configOf({ configPath }: Pick<Instance, 'configPath'>): Config | null {
  try {
    return load(parse(readText(configPath) ?? '')).config;
  } catch {
    return null;
  }
}

/** Pid of an instance's daemon; null: it does not run, or below a root. */
export function daemonOf(instance: Instance, root: string): number | null {
  return root === '' ? daemonIn(instance.runFolder) : null;
}

function known(instance: Instance): KnownInstance {
  const config = configOf(instance);
  return {
    name: instance.name,
    number: instance.number,
    lan: config?.bond.lan ?? [],
    ports:
      config === null
        ? []
        : [...config.links.map(({ localPort }) => localPort), config.bond.heartbeatPort],
  };
}

function foldersOf(root: string): string[] {
  try {
    return readdirSync(root + INSTANCE_ROOT);
  } catch {
    return [];
  }
}

function listening(protocol: 'udp' | 'tcp'): number[] {
  return [protocol, `${protocol}6`].flatMap((name) =>
    portsIn(readText(`/proc/net/${name}`) ?? '', protocol),
  );
}

/** Bridges of programs that switch forwarding on by themselves, and rely on it. */
const BRIDGES = /^(docker|br-|virbr|lxdbr|incusbr|lxcbr|podman|cni|cali|flannel|wg|tailscale)/;

const SYSCTL_FOLDERS = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
];

function neededBy(): string | null {
  const bridge = readdirSync('/sys/class/net').find((name) => BRIDGES.test(name));
  if (bridge !== undefined) return bridge;
  const files = SYSCTL_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder).map((name) => `${folder}/${name}`),
  );
  const sets = /^\s*-?net[./]ipv4[./](ip_forward|conf[./]all[./]forwarding)\s*=\s*1/m;
  const others = ['/etc/sysctl.conf', ...files].filter((path) => path !== SYSCTL_FILE);
  return others.find((path) => sets.test(readText(path) ?? '')) ?? null;
}

/** Only root may ask the kernel; that somebody is not is said anyway. */
async function nftState(): Promise<Machine['nft']> {
  try {
    await run(process.getuid?.() === 0 ? ['nft', 'list', 'tables'] : ['nft', '--version']);
    return 'works';
  } catch (error) {
    return error instanceof RunError && error.code === null ? 'missing' : 'fails';
  }
}

/** Names of a daemon's own identity, and of those that it had or was to have. */
const IDENTITY = /^bonding\.(crt|key)(\.(new|old|broken))?$/;

/**
 * Keys in INSTANCE_ROOT itself, of no router: `bonding keys` makes them. None where a daemon without
 * an instance has them for its own.
 */
export function strayKeys(root: string): string[] {
  if (existsSync(`${root}/etc/config/bonding`)) return [];
  return foldersOf(root)
    .filter((name) => IDENTITY.test(name))
    .map((name) => `${INSTANCE_ROOT}/${name}`);
}

async function works(argv: readonly string[]): Promise<boolean> {
  return await run(argv).then(
    () => true,
    () => false,
  );
}

async function output(argv: readonly string[]): Promise<string> {
  return await run(argv).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
