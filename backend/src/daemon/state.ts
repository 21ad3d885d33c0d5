import type { Config } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import type { Abilities, Actual } from '../facts/actual.ts';
import type { Wans } from '../facts/wans.ts';
import type { Links } from '../monitor/links.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import type { Sample } from '../status/rates.ts';
import type { BondState } from '../status/snapshot.ts';

/** All the daemon knows between two events. */
export interface DaemonState {
  /** The last good configuration; null before there was one. */
  config: Config | null;
  /** What is wrong with the configuration file now. */
  configProblems: Problem[];
  /** What the last round found. */
  roundProblems: Problem[];
  /** What the surroundings have (ubus away, no page), by source. */
  surroundings: Map<string, Problem>;
  /** False after `stop`. */
  running: boolean;
  abilities: Abilities;
  links: Links;
  wans: Wans;
  actual: Actual | null;
  carrying: boolean;
  carrier: ReadonlySet<string>;
  before: Sample | null;
  after: Sample | null;
  bondState: BondState;
  stateSince: number;
  /** Since when it has carried traffic without a break; null while it carries none. */
  upSince: number | null;
  /** The last round left everything as planned. */
  settled: boolean;
  /** The speed test that runs now: its paths are part of the plan. */
  testing: TestPaths | null;
}

/** The state before anything is known. */
export function initialState(abilities: Abilities, now: number): DaemonState {
  return {
    config: null,
    configProblems: [],
    roundProblems: [],
    surroundings: new Map(),
    running: true,
    abilities,
    links: new Map(),
    wans: new Map(),
    actual: null,
    carrying: false,
    carrier: new Set(),
    before: null,
    after: null,
    bondState: 'stopped',
    stateSince: now,
    upSince: null,
    settled: false,
    testing: null,
  };
}

/** All problems, the worst first. */
export function allProblems(state: DaemonState): Problem[] {
  const order = { error: 0, warning: 1, info: 2 } as const;
  return [...state.configProblems, ...state.surroundings.values(), ...state.roundProblems].sort(
    (a, b) => order[a.severity] - order[b.severity],
  );
}
