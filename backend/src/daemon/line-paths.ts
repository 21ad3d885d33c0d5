import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beatInterval } from '../config/heartbeats.ts';
import { outerSize } from '../config/numbers.ts';
import type { Config } from '../config/types.ts';
import { keepNumbers, readNumbers } from '../effects/kept-numbers.ts';

/** Which lines carry less than a full packet of their tunnel, as far as was ever found out. */
export interface LinePaths {
  /**
   * Takes what is known now: `pathOf` gives bytes of the largest packet that comes through, null: not
   * known, then the last word counts for as long as the link is on.
   */
  take(config: Config, pathOf: (link: string) => number | null): void;
  /** Bytes of the largest packet that comes through, by link; the same map until one changes. */
  narrow(): ReadonlyMap<string, number>;
  close(): void;
}

/** Where they are kept for the next daemon, in the run folder: until it knows, large packets would be lost. */
const FILE = 'paths.json';

/** Begins with what an earlier daemon has left in the run folder. */
export function openLinePaths(runFolder: string): LinePaths {
  const file = join(runFolder, FILE);
  let narrow: ReadonlyMap<string, number> = readNumbers(file);
  return {
    take(config, pathOf) {
      const next = narrowOf(config, pathOf, narrow);
      if (isSame(next, narrow)) return;
      narrow = next;
      keepNumbers(file, narrow);
    },
    narrow: () => narrow,
    close: () => rmSync(file, { force: true }),
  };
}

function narrowOf(
  { bond, links }: Config,
  pathOf: (link: string) => number | null,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const full = outerSize(bond.deviceType, bond.mtu);
  const next = new Map<string, number>();
  for (const link of links) {
    if (!link.enabled || beatInterval(bond, link) === 0) continue;
    const most = pathOf(link.name) ?? before.get(link.name);
    if (most !== undefined && most < full) next.set(link.name, most);
  }
  return next;
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([name, size]) => other.get(name) === size);
}
