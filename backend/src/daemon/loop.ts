import type { Config } from '../config/types.ts';
import type { HookEvent } from '../effects/hooks.ts';
import { RunError } from '../effects/run.ts';
import type { Log, Problem, Severity } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { Abilities, NftTable } from '../facts/actual.ts';
import type { LinkEvent } from '../monitor/links.ts';
import { nextWake, step } from '../monitor/links.ts';
import { FALLBACK_AFTER } from '../plan/plan.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import type { Snapshot } from '../status/snapshot.ts';
import { createHooks } from './hooks.ts';
import type { Journal } from './journal.ts';
import { changesBetween } from './journal.ts';
import { openQueue } from './queue.ts';
import type { Rim } from './round.ts';
import { round, takeDown } from './round.ts';
import { type Reason, scriptEnv } from './script-env.ts';
import type { DaemonState } from './state.ts';
import { allProblems, initialState } from './state.ts';
import { createView, type ViewDeps } from './view.ts';
import { createWatchdog, type WatchdogRim } from './watchdog.ts';

/** What the loop needs of the world around it. */
export interface LoopDeps extends ViewDeps {
  rim: Rim;
  files: TunnelFiles;
  abilities: Abilities;
  journal: Journal;
  log: Log;
  /** Our nft table as it is now, with its counters. */
  readNft?: () => Promise<NftTable | null>;
  /** Reads the configuration file. */
  loadConfig: () => { config: Config | null; problems: Problem[] };
  /** What depends on the configuration before anything is planned (trial of a tun, our own keys). */
  prepare: (config: Config, abilities: Abilities) => Promise<Abilities>;
  /** The user's scripts, given what they are told. */
  hooks?: {
    ready: (event: HookEvent) => boolean;
    run: (event: HookEvent, env: Record<string, string>) => Promise<Problem | null>;
  };
  /** How the watchdog asks and acts; it sleeps without. */
  watchdog?: Omit<WatchdogRim, 'act'> & {
    act: (argv: readonly string[], env: Record<string, string>) => Promise<string | null>;
  };
}

/** The running heart of the daemon. */
export interface Loop {
  snapshot(): Snapshot | null;
  state(): Readonly<DaemonState>;
  /** Something changed: look again soon. Resolves after the round. */
  poke(): Promise<void>;
  /** Once a second: counters, rates, publish. */
  tick(): void;
  /** Somebody looks: reads the counters of forwards, where there are any, unless it just has. */
  look(): Promise<void>;
  reload(): Promise<void>;
  setRunning(running: boolean, why?: Reason): Promise<void>;
  /** False when there is no such link. */
  userAction(link: string, action: 'up' | 'down' | 'reconnect'): Promise<boolean>;
  /** Makes the paths of a speed test, or takes them away (null). Rejects when the round fails. */
  setTesting(paths: TestPaths | null): Promise<void>;
  /** A condition outside of the rounds, e.g. ubus away; null takes it back. */
  surroundings(source: string, found: Problem | null): void;
  /** Resolves when no hook runs any more. */
  hooksEnded(): Promise<void>;
  /** Ends without touching anything: the tunnels live on. */
  close(): Promise<void>;
}

/** Waits after a round that did not reach its goal, ms. */
const RETRY = [1_000, 2_000, 5_000, 15_000, 30_000] as const;

/** Shortest time between two looks at the counters of forwards, ms. */
const LOOK_PAUSE = 1_000;

/** Builds the loop; `reload()` starts it. */
export function createLoop(deps: LoopDeps): Loop {
  const { rim, journal } = deps;
  const hooks = createHooks({
    ready: (event) => deps.hooks?.ready(event) ?? false,
    run: async (event) => (await deps.hooks?.run(event, told(event))) ?? null,
    tell: surroundings,
  });
  const state = initialState(deps.abilities, rim.now());
  // Taken up at the start of a round, since a round replaces the links when it ends.
  let pending: LinkEvent[] = [];
  let expected: ReadonlySet<string> = new Set();
  let failures = 0;
  let again = false;
  let reloading: Promise<void> = Promise.resolve();
  /** The load of the bonding driver that was tried. */
  let driverLoad = state.abilities.driverLoad;
  let written = { links: state.links, problems: allProblems(state) };
  let because: Reason = 'start';
  let lookedAt = Number.NEGATIVE_INFINITY;
  const queue = openQueue(job, rim.now);
  const { watchdog: dogRim } = deps;
  const dog =
    dogRim &&
    createWatchdog({
      ...dogRim,
      act: (argv) => dogRim.act(argv, scriptEnv('watchdog', 'watchdog', view.snapshot())),
      now: rim.now,
      state: () => state,
      tell: surroundings,
      note: (text) => note('watchdog', text),
      reconnect: (links) => {
        for (const link of links) pending.push({ type: 'user', link, action: 'reconnect' });
        void queue.request();
      },
      restartAll: () => setRunning(false, 'watchdog').then(() => setRunning(true, 'watchdog')),
    });

  const view = createView(state, deps, {
    now: rim.now,
    note,
    watchdog: () => dog?.seen() ?? { lastReply: null, fired: 0 },
  });

  const withHooks = (): Rim => ({ ...rim, before: hooks.before });

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
      const { running, links, abilities, testing } = state;
      const input = { config, running, links, abilities, expected, files: deps.files, testing };
      const result = await round(input, withHooks());
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
      if (result.abilities.driverLoad !== driverLoad) tryDriverAnew(result.abilities.driverLoad);
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
    hooks.after(state.carrying, state.settled);
  }

  /** It was loaded after the trial, perhaps another one: what it takes must be found out again. */
  function tryDriverAnew(now: number | null): void {
    driverLoad = now;
    if (now !== null) reload().catch(() => undefined);
  }

  /** A stop without a configuration: what an earlier daemon has left goes all the same. */
  async function clearAway(): Promise<void> {
    try {
      const { actual, problems } = await takeDown(state.abilities, withHooks());
      Object.assign(state, { actual, roundProblems: problems, settled: problems.length === 0 });
      hooks.after(false, state.settled);
    } catch (error) {
      state.settled = false;
      state.roundProblems = [unreadable(error)];
    }
  }

  function writeDown(): void {
    const after = { links: state.links, problems: allProblems(state) };
    const changes = changesBetween(written, after);
    written = after;
    for (const { subject, text, severity } of changes) note(subject, text, severity);
  }

  function note(subject: string, text: string, severity: Severity = 'info'): void {
    journal.add(subject, text);
    deps.log(`bonding: ${subject}: ${text}`, severity);
  }

  function told(event: HookEvent): Record<string, string> {
    const ending = event === 'predown' ? view.last() : null;
    return scriptEnv(event, because, ending ?? view.snapshot());
  }

  function surroundings(source: string, found: Problem | null): void {
    if (found !== null) state.surroundings.set(source, found);
    else if (!state.surroundings.delete(source)) return;
    writeDown();
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
    if (state.config === null) return;
    view.show();
    dog?.tick();
  }

  /** Reading them is a program to start, so it is only done for somebody. */
  async function look(): Promise<void> {
    const { actual, config } = state;
    if (!config?.forwards.length || !actual?.nft || rim.now() - lookedAt < LOOK_PAUSE) return;
    lookedAt = rim.now();
    const nft = await deps.readNft?.().catch(() => null);
    // A round has read them meanwhile.
    if (!nft || state.actual !== actual) return;
    state.actual = { ...actual, nft };
  }

  /** One after the other: two trials of a driver at once would get in each other's way. */
  function reload(): Promise<void> {
    const next = reloading.then(readConfig);
    reloading = next.catch(() => undefined);
    return next;
  }

  async function readConfig(): Promise<void> {
    const { config, problems } = deps.loadConfig();
    because = state.config === null ? because : 'reload';
    state.configProblems = problems;
    if (config !== null) {
      state.abilities = await deps.prepare(config, state.abilities);
      driverLoad = state.abilities.driverLoad;
      state.config = config;
      pending.push({ type: 'config', config, running: state.running });
    }
    await queue.request();
  }

  async function setRunning(running: boolean, why: Reason = 'user'): Promise<void> {
    state.running = running;
    because = why;
    if (why === 'user') dog?.reset();
    if (state.config !== null) pending.push({ type: 'config', config: state.config, running });
    await queue.request();
  }

  return {
    snapshot: view.snapshot,
    state: () => state,
    poke: () => queue.request(),
    tick,
    look,
    reload,
    setRunning,
    async userAction(link, action) {
      if (!state.config?.links.some((entry) => entry.name === link)) return false;
      pending.push({ type: 'user', link, action });
      await queue.request();
      return true;
    },
    async setTesting(paths) {
      state.testing = paths;
      await queue.request();
      const [found] = state.roundProblems;
      if (paths !== null && state.actual?.nft === null)
        throw new Error('without the program nft no packet can be kept to one line');
      if (!state.settled) throw new Error(found?.text ?? 'the paths could not be made');
    },
    surroundings,
    hooksEnded: hooks.idle,
    close: () => queue.close(),
  };
}

function unreadable(error: unknown): Problem {
  const command = error instanceof RunError ? error.argv.join(' ') : 'bonding facts';
  return problem('command-failed', 'system', { command, reason: reason(error) });
}
