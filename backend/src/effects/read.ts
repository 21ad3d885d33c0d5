import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Abilities, RawFacts } from '../facts/actual.ts';
import { mayBeShaped } from '../facts/qdiscs.ts';
import { type Own, ownOf } from '../plan/numbers.ts';
import { RunError, run, runJson } from './run.ts';
import { readSysctlFiles } from './sysctls.ts';
import type { TunnelFolder } from './tunnels.ts';

/**
 * Reads everything the plan is compared with, as instance `instance` sees it. `interfaces` is netifd's
 * dump where there is one.
 * Rejects with RunError when `ip` is missing or is not the full one.
 */
export async function readFacts(
  folder: Pick<TunnelFolder, 'list' | 'path'>,
  interfaces: unknown,
  abilities: Abilities,
  instance: number,
): Promise<RawFacts> {
  const own = ownOf(instance);
  const { nftTable } = own;
  const [[addr, qdiscs], rule, route, neigh, nft, spread, copies] = await Promise.all([
    readDevicesAnd(abilities, own),
    runJson(['ip', '-j', '-d', 'rule']),
    runJson(['ip', '-j', '-d', 'route', 'show', 'table', 'all']),
    runJson(['ip', '-j', '-4', 'neigh', 'show', 'nud', 'permanent']),
    abilities.nft ? readNft(nftTable) : null,
    abilities.nft && abilities.egress !== false ? readSpread(nftTable) : null,
    abilities.nft ? readNft(nftTable, 'ip') : null,
  ]);
  const now = { ...abilities, ...loadedDrivers(), forwarding: isForwarding() };
  const sysctls = readSysctlFiles(folder.path);
  const tunnels = folder.list();
  const seen = { addr, rule, route, neigh, nft, spread, copies, qdiscs, interfaces };
  return { instance, ...seen, tunnels, sysctls, abilities: now };
}

/** The devices, and how they send; the latter only where something is shaped, or is to be. */
async function readDevicesAnd(abilities: Abilities, own: Own): Promise<[unknown, unknown]> {
  const addr = await readAddr();
  const asked = typeof abilities.shaper === 'string' || mayBeShaped(addr, own);
  // Without tc nothing of ours is there; what cannot be read now is set anew.
  return [addr, asked ? await runJson(['tc', '-j', 'qdisc', 'show']).catch(() => null) : null];
}

/** All devices with their addresses, as `ip -j -d addr` prints them. Rejects as `readFacts`. */
export function readAddr(): Promise<unknown> {
  return runJson(['ip', '-j', '-d', 'addr']);
}

/** Our table of a family as `nft -j` lists it; null when there is none. Rejects as `readFacts`. */
export function readNft(table: string, family: 'inet' | 'ip' = 'inet'): Promise<unknown> {
  return unlessMissing(() => runJson(['nft', '-j', 'list', 'table', family, table]));
}

/** The table of family netdev as text (facts/actual.ts says why); else as `readNft`. */
function readSpread(table: string): Promise<unknown> {
  return unlessMissing(async () => {
    return (await run(['nft', 'list', 'table', 'netdev', table])).stdout;
  });
}

async function unlessMissing(list: () => Promise<unknown>): Promise<unknown> {
  try {
    return await list();
  } catch (error) {
    // Exit code 1 is nft's way to say that there is no such table.
    if (error instanceof RunError && error.code === 1) return null;
    throw error;
  }
}

/** Looks which drivers are loaded; a module that is loaded anew has another inode in /sys. */
export function loadedDrivers(): Pick<Abilities, 'bonding' | 'tun' | 'driverLoad'> {
  return {
    driverLoad: statSync('/sys/module/bonding', { throwIfNoEntry: false })?.ino ?? null,
    bonding: existsSync('/sys/class/net/bonding_masters'),
    tun: existsSync('/dev/net/tun'),
  };
}

function isForwarding(): boolean {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

/** Looks once for what cannot change while the daemon runs: which programs there are. */
export async function probeAbilities(): Promise<Abilities> {
  return {
    openvpn: await openvpnVersion(),
    ...loadedDrivers(),
    trial: null,
    forwarding: isForwarding(),
    nft: await isThere(['nft', '--version']),
  };
}

/** The first line of `openvpn --version` begins `OpenVPN 2.6.14 …`; it exits with 1 before 2.6. */
export async function openvpnVersion(): Promise<string | null> {
  try {
    return versionIn((await run(['openvpn', '--version'])).stdout);
  } catch (error) {
    return error instanceof RunError && error.code !== null ? versionIn(error.stdout) : null;
  }
}

function versionIn(text: string): string {
  return /^OpenVPN (\S+)/.exec(text)?.[1] ?? 'unknown';
}

async function isThere(argv: readonly string[]): Promise<boolean> {
  try {
    await run(argv);
    return true;
  } catch (error) {
    return error instanceof RunError && error.code !== null;
  }
}
