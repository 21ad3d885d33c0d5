import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { INSTANCE_LIMIT, isInstanceNumber } from '../facts/own.ts';
import { daemonIn } from './lock.ts';
import { readText } from './text-file.ts';
import { findTunnels } from './tunnels.ts';

/** Where each instance of a server with several routers has its folder. */
export const INSTANCE_ROOT = '/etc/bonding';

/** Where each instance keeps what is gone after a reboot. */
export const RUN_ROOT = '/run/bonding';

/** TCP port on 127.0.0.1 of instance 0's status page; instance N adds N. */
const PAGE_PORT = 8470;

/** One of several daemons on a machine, for one router each. */
export interface Instance {
  /** A word that {@link isInstanceName} takes, e.g. `home`. */
  name: string;
  /** 0 to INSTANCE_LIMIT - 1: decides all numbers and names in the kernel (facts/own.ts). */
  number: number;
  /** `/etc/bonding/NAME`, with all that is to be kept; the next two are in it. */
  folder: string;
  configPath: string;
  keyFolder: string;
  runFolder: string;
  /** Socket of the instance's own ubus broker. */
  ubusPath: string;
  /** TCP, on 127.0.0.1. */
  pagePort: number;
}

/** Whether a text may be an instance's name: it is a folder's, and a systemd unit's. */
export function isInstanceName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text);
}

/** Where the instance of this name and number has its things. `root`: a folder before all paths. */
export function instanceOf(name: string, number: number, root = ''): Instance {
  const folder = join(root, INSTANCE_ROOT, name);
  const runFolder = join(root, RUN_ROOT, name);
  return {
    name,
    number,
    folder,
    configPath: join(folder, 'config'),
    keyFolder: folder,
    runFolder,
    ubusPath: join(runFolder, 'ubus.sock'),
    pagePort: PAGE_PORT + number,
  };
}

/** The instances that there are, by number; folders without a usable number are left out. */
export function listInstances(root = ''): Instance[] {
  return namesIn(join(root, INSTANCE_ROOT))
    .map((name) => findInstance(name, root))
    .filter((found) => found !== null)
    .sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}

/** The instance of this name; null when there is none, or its number cannot be read. */
export function findInstance(name: string, root = ''): Instance | null {
  const number = isInstanceName(name) ? readNumber(numberFile(name, root)) : null;
  return number === null ? null : instanceOf(name, number, root);
}

/** The same for who has to have it: throws Error with what is wrong and what to do. */
export function openInstance(name: string, root = ''): Instance {
  if (!isInstanceName(name))
    throw new Error(`'${name.slice(0, 40)}' is no router's name: a-z, 0-9 and -, at most 32`);
  const found = findInstance(name, root);
  if (found !== null) return found;
  const all = join(root, INSTANCE_ROOT);
  const file = numberFile(name, root);
  if ([all, join(all, name)].some(isClosed))
    throw new Error(`the folder of router '${name}' may not be read; run it as root`);
  if (namesIn(all).includes(name))
    throw new Error(
      `${file} has no number from 0 to ${INSTANCE_LIMIT - 1}; write the router's there`,
    );
  const known = listInstances(root).map((entry) => entry.name);
  const here = known.length === 0 ? 'there is none' : `there is: ${known.join(', ')}`;
  throw new Error(`there is no router '${name}' here (${here}); make it with: bonding server init`);
}

/**
 * Throws Error when another daemon has the same number and runs, or has tunnels that do: both would
 * take each other's devices and rules for their own. `name` null: the daemon that is no instance, whose
 * number is 0. One in another network namespace is in nobody's way.
 */
export function refuseTwin(name: string | null, number: number, root = ''): void {
  const others = listInstances(root).filter((found) => found.number === number);
  const twins: { name: string | null; runFolder: string }[] = others.filter(
    (other) => other.name !== name,
  );
  if (name !== null && number === 0)
    twins.push({ name: null, runFolder: join(root, '/var/run/bonding') });
  const twin = twins.find(({ runFolder }) => runsHere(runFolder));
  if (twin === undefined) return;
  const who = twin.name === null ? 'the daemon of /etc/config/bonding' : `router '${twin.name}'`;
  const fix =
    name === null
      ? 'end that one first, or make a router of this one: bonding server init'
      : `end that one first, or write a free number into ${numberFile(name, root)}`;
  throw new Error(`number ${number} is taken: ${who} has it too, and runs; ${fix}`);
}

/** Whether a daemon, or a tunnel of one, runs with this run folder where we are. */
function runsHere(runFolder: string): boolean {
  const pids = [daemonIn(runFolder) ?? 0, ...findTunnels(runFolder).map(({ pid }) => pid)];
  return pids.some((pid) => pid > 1 && networkOf(pid) === networkOf('self'));
}

function networkOf(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

function numberFile(name: string, root: string): string {
  return join(root, INSTANCE_ROOT, name, 'number');
}

function readNumber(path: string): number | null {
  const text = readText(path)?.trim() ?? '';
  const number = /^\d$/.test(text) ? Number(text) : null;
  return isInstanceNumber(number) ? number : null;
}

/** Whether a folder is there, but not for us. */
function isClosed(folder: string): boolean {
  try {
    readdirSync(folder);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

/** Names of an instance among the folders; none where there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isInstanceName(entry.name))
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
