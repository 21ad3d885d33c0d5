import { existsSync, readFileSync } from 'node:fs';
import type { Abilities, RawFacts } from '../facts/actual.ts';
import { NFT_TABLE } from '../plan/numbers.ts';
import { RunError, run, runJson } from './run.ts';
import type { TunnelFolder } from './tunnels.ts';

/**
 * Reads everything the plan is compared with. `interfaces` is netifd's dump where there is one.
 * Rejects with RunError when `ip` is missing or is not the full one.
 */
export async function readFacts(
  folder: Pick<TunnelFolder, 'list'>,
  interfaces: unknown,
  abilities: Abilities,
): Promise<RawFacts> {
  const [addr, rule, route, nft] = await Promise.all([
    runJson(['ip', '-j', '-d', 'addr']),
    runJson(['ip', '-j', '-d', 'rule']),
    runJson(['ip', '-j', '-d', 'route', 'show', 'table', 'all']),
    abilities.nft ? readNft() : null,
  ]);
  const now = { ...abilities, ...loadedDrivers(), forwarding: isForwarding() };
  return { addr, rule, route, nft, interfaces, tunnels: folder.list(), abilities: now };
}

async function readNft(): Promise<unknown> {
  try {
    return await runJson(['nft', '-j', 'list', 'table', 'inet', NFT_TABLE]);
  } catch (error) {
    // Exit code 1 is nft's way to say that there is no such table.
    if (error instanceof RunError && error.code === 1) return null;
    throw error;
  }
}

function loadedDrivers(): { bonding: boolean; tun: boolean } {
  return {
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
    tunSlave: null,
    forwarding: isForwarding(),
    nft: await isThere(['nft', '--version']),
  };
}

/** The first line of `openvpn --version` begins `OpenVPN 2.6.14 …`; it exits with 1 before 2.6. */
async function openvpnVersion(): Promise<string | null> {
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

/** Names of the devices of the trial; one of each is made and deleted. */
const TRIAL = { bond: 'bndtrial0', tun: 'bndtrial1' } as const;

/**
 * Finds out by trial whether the bonding driver takes a tun as a slave in `mode`: a stock one refuses
 * all modes but active-backup (kernel: bond_enslave, dev_set_mac_address). Null: there is no driver
 * to try, or no tun. Leaves nothing behind but the loaded modules.
 */
export async function tryTunSlave(mode: string): Promise<boolean | null> {
  // Without max_bonds=0 the module makes a bond0 of its own.
  for (const words of [['tun'], ['bonding', 'max_bonds=0']]) await isThere(['modprobe', ...words]);
  let ready = false;
  try {
    await run(['ip', 'link', 'add', TRIAL.bond, 'type', 'bond', 'mode', mode]);
    await run(['ip', 'tuntap', 'add', 'dev', TRIAL.tun, 'mode', 'tun']);
    ready = true;
    await run(['ip', 'link', 'set', 'dev', TRIAL.tun, 'master', TRIAL.bond]);
    return true;
  } catch {
    return ready ? false : null;
  } finally {
    await isThere(['ip', 'link', 'delete', TRIAL.bond]);
    await isThere(['ip', 'link', 'delete', TRIAL.tun]);
  }
}
