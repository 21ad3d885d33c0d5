import type { Config } from '../config/types.ts';
import { RunError } from '../effects/run.ts';
import type { Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { Abilities } from '../facts/actual.ts';
import type { LinkEvent } from '../monitor/links.ts';
import { nextWake, step } from '../monitor/links.ts';
import { FALLBACK_AFTER } from '../plan/plan.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import { bondState, buildSnapshot } from '../status/build.ts';
import type { Sample } from '../status/rates.ts';
import type { Snapshot } from '../status/snapshot.ts';
import type { Journal } from './journal.ts';
import { changesBetween } from './journal.ts';
import { openQueue } from './queue.ts';
import type { Rim } from './round.ts';
import { round, takeDown } from './round.ts';
import type { DaemonState } from './state.ts';
import { allProblems, initialState } from './state.ts';

/** What the loop needs of the world around it. */
export interface LoopDeps {
  version: string;
  rim: Rim;
  files: TunnelFiles;
  abilities: Abilities;
  journal: Journal;
  log: (line: string) => void;
  /** Reads the configuration file. */
  loadConfig: () => { config: Config | null; problems: Problem[] };
  /** What depends on the configuration before anything is planned (trial of a tun, our own keys). */
  prepare: (config: Config, abilities: Abilities) => Promise<Abilities>;
  /** Reads byte counters and carriers of these devices. */
  sample: (devices: string[]) => { sample: Sample; carrier: ReadonlySet<string> };
  /** Called after every round and every tick. */
  publish: (snapshot: Snapshot) => void;
}

/** The running heart of the daemon. */
export interface Loop {
  snapshot(): Snapshot | null;
  state(): Readonly<DaemonState>;
  /** Something changed: look again soon. Resolves after the round. */
  poke(): Promise<void>;
  /** Once a second: counters, rates, publish. */
  tick(): void;
  reload(): Promise<void>;
  setRunning(running: boolean): Promise<void>;
  /** False when there is no such link. */
  userAction(link: string, action: 'up' | 'down' | 'reconnect'): Promise<boolean>;
  /** A condition outside of the rounds, e.g. ubus away; null takes it back. */
  surroundings(source: string, found: Problem | null): void;
  /** Ends without touching anything: the tunnels live on. */
  close(): Promise<void>;
}

/** Waits after a round that did not reach its goal, ms. */
const RETRY = [1_000, 2_000, 5_000, 15_000, 30_000] as const;

/** Builds the loop; `reload()` starts it. */
export function createLoop(deps: LoopDeps): Loop {
  const { rim, journal } = deps;
  const state = initialState(deps.abilities, rim.now());
  // Taken up at the start of a round, since a round replaces the links when it ends.
  let pending: LinkEvent[] = [];
  let expected: ReadonlySet<string> = new Set();
  let failures = 0;
  let again = false;
  let reloading: Promise<void> = Promise.resolve();
  let written = { links: state.links, problems: allProblems(state) };
  const queue = openQueue(job, rim.now);

  async function job(): Promise<void> {
    const { config } = state;
    if (config === null) {
      if (!state.running) await clearAway();
      return writeDown();
    }
    state.links = pending.reduce((links, event) => step(links, event, rim.now()), state.links);
    pending = [];
    again = false;
    try {
      const { running, links, abilities } = state;
      const input = { config, running, links, abilities, expected, files: deps.files };
      const result = await round(input, rim);
      expected = result.expected;
      const { bonding, tun, forwarding } = result.abilities;
      Object.assign(state, {
        links: result.links,
        wans: result.wans,
        actual: result.actual,
        // The rest is what `prepare` has found out, perhaps while the round ran.
        abilities: { ...state.abilities, bonding, tun, forwarding },
        carrying: result.carrying,
        roundProblems: result.problems,
      });
      state.settled = result.settled;
      failures = result.settled ? 0 : failures + 1;
      again = result.due;
    } catch (error) {
      failures += 1;
      state.settled = false;
      state.roundProblems = [unreadable(error)];
    }
    writeDown();
    arrangeWake();
    tick();
  }

  /** A stop without a configuration: what an earlier daemon has left goes all the same. */
  async function clearAway(): Promise<void> {
    try {
      const { actual, problems } = await takeDown(state.abilities, rim);
      Object.assign(state, { actual, roundProblems: problems, settled: problems.length === 0 });
    } catch (error) {
      state.settled = false;
      state.roundProblems = [unreadable(error)];
    }
  }

  function writeDown(): void {
    const after = { links: state.links, problems: allProblems(state) };
    for (const { subject, text } of changesBetween(written, after)) {
      journal.add(subject, text);
      deps.log(`bonding: ${subject}: ${text}`);
    }
    written = after;
  }

  function arrangeWake(): void {
    const now = rim.now();
    const times = [nextWake(state.links, now), again ? now : null];
    if (failures > 0) times.push(now + (RETRY[Math.min(failures, RETRY.length) - 1] ?? 0));
    for (const link of state.links.values()) {
      const end = link.since + FALLBACK_AFTER;
      if (link.phase === 'down' && link.wasUp && end > now) times.push(end);
    }
    const due = times.filter((time) => time !== null);
    queue.wakeAt(due.length === 0 ? null : Math.min(...due));
  }

  function tick(): void {
    const { config } = state;
    if (config === null) return;
    const devices = [config.bond.ifname, ...config.links.map((link) => link.tunnel)];
    const { sample, carrier } = deps.sample(devices);
    // A tick right after another would make rates of nothing.
    if (state.after === null || sample.time - state.after.time >= 500) {
      state.before = state.after;
      state.after = sample;
    }
    state.carrier = carrier;
    const name = bondState({ ...state, config });
    if (name !== state.bondState) {
      state.bondState = name;
      state.stateSince = rim.now();
      journal.add(`bond '${config.bond.ifname}'`, name);
    }
    const shown = snapshot();
    if (shown !== null) deps.publish(shown);
  }

  function snapshot(): Snapshot | null {
    const { config } = state;
    if (config === null) return null;
    return buildSnapshot({
      ...state,
      config,
      version: deps.version,
      problems: allProblems(state),
      now: rim.now(),
    });
  }

  /** One after the other: two trials of a driver at once would get in each other's way. */
  function reload(): Promise<void> {
    const next = reloading.then(readConfig);
    reloading = next.catch(() => undefined);
    return next;
  }

  async function readConfig(): Promise<void> {
    const { config, problems } = deps.loadConfig();
    state.configProblems = problems;
    if (config !== null) {
      state.abilities = await deps.prepare(config, state.abilities);
      state.config = config;
      pending.push({ type: 'config', config, running: state.running });
    }
    await queue.request();
  }

  return {
    snapshot,
    state: () => state,
    poke: () => queue.request(),
    tick,
    reload,
    async setRunning(running) {
      state.running = running;
      if (state.config !== null) pending.push({ type: 'config', config: state.config, running });
      await queue.request();
    },
    async userAction(link, action) {
      if (!state.config?.links.some((entry) => entry.name === link)) return false;
      pending.push({ type: 'user', link, action });
      await queue.request();
      return true;
    },
    surroundings(source, found) {
      if (found === null) state.surroundings.delete(source);
      else state.surroundings.set(source, found);
      writeDown();
    },
    close: () => queue.close(),
  };
}

function unreadable(error: unknown): Problem {
  const command = error instanceof RunError ? error.argv.join(' ') : 'bonding facts';
  return problem('command-failed', 'system', { command, reason: reason(error) });
}
