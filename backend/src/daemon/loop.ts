import type { HookEvent } from '../effects/hooks.ts';
import { RunError } from '../effects/run.ts';
import type { Problem, Severity } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { LinkEvent } from '../monitor/links.ts';
import { nextWake, step } from '../monitor/links.ts';
import { FALLBACK_AFTER } from '../plan/plan.ts';
import { createHooks } from './hooks.ts';
import { changesBetween } from './journal.ts';
import type { Loop, LoopDeps } from './loop-types.ts';
import { openQueue } from './queue.ts';
import { createQuick } from './quick.ts';
import type { Rim, RoundInput } from './round.ts';
import { round, takeDown } from './round.ts';
import { type Reason, scriptEnv } from './script-env.ts';
import { allProblems, initialState } from './state.ts';
import { createView } from './view.ts';
import { createWatchdog } from './watchdog.ts';

export type { Loop, LoopDeps } from './loop-types.ts';

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

  const quick = createQuick(state, rim, roundInput, deps.observed);
  const withHooks = (): Rim => ({ ...rim, ...quick.rim, before: hooks.before });

  function roundInput(): RoundInput | null {
    const { config, running, links, abilities, testing } = state;
    if (config === null) return null;
    const told = {
      peer: deps.care?.peer() ?? new Map(),
      learned: deps.care?.learned() ?? new Map(),
      delays: deps.care?.delays() ?? null,
      target: deps.care?.target() ?? null,
      twice: deps.care?.twice() ?? new Map(),
      narrow: deps.care?.narrow() ?? new Map(),
    };
    const { files } = deps;
    return { config, running, links, abilities, expected, files, testing, ...told };
  }

  async function job(): Promise<void> {
    if (state.config === null) {
      if (!state.running) await clearAway();
      return writeDown();
    }
    state.links = pending.reduce((links, event) => step(links, event, rim.now()), state.links);
    pending = [];
    again = false;
    const input = roundInput();
    if (input === null) return;
    try {
      const result = await round(input, withHooks());
      expected = result.expected;
      const { bonding, tun, forwarding } = result.abilities;
      Object.assign(state, {
        ...quick.withLater(result),
        wans: result.wans,
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
      quick.failed();
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
    links: quick.links,
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
    async take(events) {
      await quick.take(events);
      void queue.request();
    },
    hooksEnded: hooks.idle,
    close: () => queue.close(),
  };
}

function unreadable(error: unknown): Problem {
  const command = error instanceof RunError ? error.argv.join(' ') : 'bonding facts';
  return problem('command-failed', 'system', { command, reason: reason(error) });
}
