import type { Actual, Neighbour } from '../facts/actual.ts';
import type { Desired, DesiredNeighbour } from '../plan/desired.ts';
import type { Command } from './commands.ts';
import { ip } from './commands.ts';

/** Removes our neighbour entries that should not be. */
export function staleNeighbours(desired: Desired, actual: Actual): Command[] {
  return ours(actual)
    .filter((entry) => !desired.neighbours.some((want) => samePlace(want, entry)))
    .map(({ address, device }) => ip('neigh', 'del', address, 'dev', device));
}

/** Adds the entries that are missing or name another address; those of a device in `remade` went with it. */
export function diffNeighbours(
  desired: Desired,
  actual: Actual,
  remade: ReadonlySet<string>,
): Command[] {
  const have = ours(actual).filter(({ device }) => !remade.has(device));
  return desired.neighbours
    .filter((want) => !have.some((entry) => samePlace(want, entry) && want.mac === entry.mac))
    .map(({ address, device, mac }) => {
      const words = ['lladdr', mac, 'dev', device, 'nud', 'permanent'];
      return ip('neigh', 'replace', address, ...words, 'protocol', actual.own.protocol);
    });
}

function ours({ neighbours, own }: Actual): Neighbour[] {
  return neighbours.filter((entry) => entry.protocol === own.protocol);
}

/** The kernel keeps one entry for each of these. */
function samePlace(want: DesiredNeighbour, have: DesiredNeighbour): boolean {
  return want.address === have.address && want.device === have.device;
}
