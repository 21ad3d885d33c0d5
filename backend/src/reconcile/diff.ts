import type { Abilities, Actual, NftTable } from '../facts/actual.ts';
import type { Desired, DesiredNft } from '../plan/desired.ts';
import type { Command } from './commands.ts';
import { diffBond, diffDevices, staleDevices } from './devices.ts';
import { diffNeighbours, staleNeighbours } from './neighbours.ts';
import { diffQdiscs } from './qdiscs.ts';
import { diffRouting, staleRouting } from './routing.ts';
import { diffTurns, isQuick, staleSpread } from './spread.ts';
import { diffSysctls } from './sysctls.ts';

/**
 * The commands that turn `actual` into `desired`, in an order that can be run: what must go goes from
 * the outside in (routing, tunnels, devices), what must come comes from the inside out. Empty when
 * both agree.
 */
export function diff(desired: Desired, actual: Actual, abilities: Abilities): Command[] {
  const gone = staleDevices(desired, actual);
  const quick = isQuick(desired, actual, gone.names);
  const made = new Set([...gone.names, ...missing(desired, actual)]);
  const turns = diffTurns(desired, actual, made);
  const { nftTable } = actual.own;
  return [
    ...staleSpread(desired, actual, quick ? NONE : gone.names),
    // Nothing is sent into a tunnel that ends next.
    ...(quick ? turns : []),
    ...staleRouting(desired, actual),
    ...staleNeighbours(desired, actual),
    ...stopTunnels(desired, actual),
    ...gone.commands,
    ...diffSysctls(desired, actual),
    ...loadDrivers(desired, abilities),
    ...diffBond(desired, actual, gone.names),
    ...diffDevices(desired, actual, gone.names),
    ...(quick ? [] : turns),
    ...diffQdiscs(desired, actual, gone.names),
    ...diffNft('inet', desired.nft, actual.nft, nftTable),
    ...diffNft('ip', desired.copies, actual.copies, nftTable),
    ...diffNeighbours(desired, actual, gone.names),
    ...diffRouting(desired, actual, gone.names),
    ...startTunnels(desired, actual),
  ];
}

/**
 * The part of `diff` that takes a link out of what is sent, or back: no more than a file of the kernel
 * for each link, and one `nft`. Null where devices come or go: then all of `diff` is due.
 */
export function quickDiff(desired: Desired, actual: Actual): Command[] | null {
  const { names } = staleDevices(desired, actual);
  if (names.size > 0 || !isQuick(desired, actual, names)) return null;
  return [...staleSpread(desired, actual, names), ...diffTurns(desired, actual, names)];
}

const NONE: ReadonlySet<string> = new Set();

function missing({ devices }: Desired, actual: Actual): string[] {
  return devices.map(({ ifname }) => ifname).filter((name) => !actual.devices.has(name));
}

function loadDrivers(desired: Desired, abilities: Abilities): Command[] {
  const load = (...words: string[]): Command => {
    return { kind: 'run', argv: ['modprobe', ...words], stdin: null };
  };
  return [
    ...(desired.devices.length === 0 || abilities.tun ? [] : [load('tun')]),
    // Without max_bonds=0 the module makes a bond0 of its own.
    ...(desired.bond === null || abilities.bonding ? [] : [load('bonding', 'max_bonds=0')]),
  ];
}

function stopTunnels(desired: Desired, actual: Actual): Command[] {
  const wanted = new Map(desired.tunnels.map((tunnel) => [tunnel.link, tunnel.config]));
  return [...actual.tunnels.values()]
    .filter((tunnel) => wanted.get(tunnel.link) !== tunnel.config)
    .map(({ link, pid }) => ({ kind: 'stop-tunnel', link, pid }));
}

function startTunnels(desired: Desired, actual: Actual): Command[] {
  return desired.tunnels
    .filter((tunnel) => actual.tunnels.get(tunnel.link)?.config !== tunnel.config)
    .map(({ link, config }) => ({ kind: 'start-tunnel', link, config }));
}

/** Our table of a family: `nft` and `copies` are replaced as a whole. */
function diffNft(
  family: 'inet' | 'ip',
  want: DesiredNft | null,
  have: NftTable | null,
  table: string,
): Command[] {
  if (want === null) {
    if (have === null) return [];
    return [{ kind: 'run', argv: ['nft', 'delete', 'table', family, table], stdin: null }];
  }
  if (have?.digest === want.digest && have.rules === want.rules) return [];
  return [{ kind: 'run', argv: ['nft', '-f', '-'], stdin: want.text }];
}
