import type { Config } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';
import type { Abilities, Actual } from '../facts/actual.ts';
import type { Qdisc } from '../facts/qdiscs.ts';
import type { DesiredDevice } from './desired.ts';
import { DELAY_HANDLE, isOurHandle } from './numbers.ts';
import type { DesiredQdisc } from './shaping.ts';

/** What the delays are made from. */
export interface DelayInput {
  config: Config;
  abilities: Pick<Abilities, 'netem'>;
  actual: Pick<Actual, 'qdiscs'>;
  /** What each link's packets are to be held back, ms, by link; null: that is not decided yet. */
  delays: ReadonlyMap<string, number> | null;
  /** Each connection goes over all links at once. */
  divides: boolean;
}

/** So many packets may wait in it: about 50 ms of 1 Gbit/s. */
const LIMIT = 4_000;

/**
 * The qdisc of each tunnel device whose packets are held back, so that those that go by other lines
 * arrive with them. Not beside a shaper: what waits there makes an order of its own (docs/delay.md).
 */
export function planDelays(
  { config, abilities, actual, delays, divides }: DelayInput,
  devices: readonly DesiredDevice[],
): { qdiscs: DesiredQdisc[]; problems: Problem[] } {
  const { equalise, ifname, shaping } = config.bond;
  const isMissing = abilities.netem === false;
  if (equalise === 'off' || !divides || shaping > 0 || isMissing) {
    const found = equalise === 'auto' ? hindrance({ isMissing, shaping, divides }) : null;
    return { qdiscs: [], problems: found === null ? [] : [problem(found, `bond '${ifname}'`, {})] };
  }
  const qdiscs = config.links.flatMap(({ name, tunnel }): DesiredQdisc[] => {
    if (!devices.some((device) => device.ifname === tunnel)) return [];
    const standing = actual.qdiscs.get(tunnel);
    if (standing !== undefined && isSomebodys(standing)) return [];
    const left = standing !== undefined && isDelay(standing) ? standing.delay : undefined;
    const wanted = delays?.get(name);
    const delay = delays === null ? left : wanted && wanted * 1000;
    return delay === undefined ? [] : [qdiscOf(tunnel, delay)];
  });
  return { qdiscs, problems: [] };
}

function hindrance(found: {
  isMissing: boolean;
  shaping: number;
  divides: boolean;
}): 'equalise-driver' | 'equalise-shaping' | 'equalise-missing' | null {
  if (!found.divides) return 'equalise-driver';
  if (found.shaping > 0) return 'equalise-shaping';
  return found.isMissing ? 'equalise-missing' : null;
}

/** Whether this qdisc is one of those that are made here. */
export function isDelay({ kind, handle }: Pick<Qdisc, 'kind' | 'handle'>): boolean {
  return kind === 'netem' && handle === DELAY_HANDLE;
}

/** Neither ours nor what the kernel gives by itself: it stays, and this line is not held back. */
function isSomebodys({ handle }: Pick<Qdisc, 'handle'>): boolean {
  return handle !== '0' && !isOurHandle(handle);
}

/** One handle for all delays: with it `tc qdisc replace` changes the delay, and what waits stays. */
function qdiscOf(device: string, delay: number): DesiredQdisc {
  const netem = ['netem', 'delay', `${delay}us`, 'limit', String(LIMIT)];
  return {
    device,
    kind: 'netem',
    handle: DELAY_HANDLE,
    rate: 0,
    delay,
    leaf: null,
    target: 0,
    words: [['root', 'handle', `${DELAY_HANDLE}:`, ...netem]],
  };
}
