import { readValue } from '../config/value.ts';
import { problem } from '../errors.ts';
import type { Settings } from '../join/settings.ts';
import { fault, type JoinOptions } from './join-found.ts';

/** The WANs for the links, in order, and what is to be said of them. Rejects with JoinError. */
export async function chooseWans(
  { links }: Settings,
  options: JoinOptions,
): Promise<{ wans: string[]; notes: string[] }> {
  const named = options.wans.map((name) => {
    const wan = readValue({ kind: 'word' }, name);
    if (wan !== null) return wan;
    const said = `'${name.slice(0, 40)}' cannot be the name of a WAN`;
    throw fault(problem('join-wans', 'join', { reason: said }));
  });
  // Where the user names them, what is found is only to be told.
  const found = await options.findWans().catch((error: unknown) => {
    if (named.length > 0) return named;
    throw error;
  });
  const all = named.length > 0 ? named : found;
  const wans = all.slice(0, links.length);
  if (wans.length === 0) {
    const said = 'no WAN here is up and has a default route';
    throw fault(problem('join-wans', 'join', { reason: said }));
  }
  const notes = wans
    .filter((name) => !found.includes(name))
    .map((name) => `WAN '${name}' is not up with a default route now; its link waits for it`);
  return { wans, notes: [...notes, ...countNotes(links, all)] };
}

function countNotes(links: Settings['links'], wans: readonly string[]): string[] {
  const spare = wans.slice(links.length);
  if (spare.length > 0) {
    return [`the server has ${links.length} links; without one: WAN ${spare.join(', ')}`];
  }
  const idle = links.slice(wans.length).map(({ name }) => name);
  if (idle.length === 0) return [];
  return [
    `the server has ${links.length} links, and here are ${wans.length} WANs (${wans.join(', ')}); left out: ${idle.join(', ')}`,
  ];
}
