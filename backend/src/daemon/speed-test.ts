import { isSeconds, SECONDS } from '../effects/speed/wire.ts';
import type { Log, Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import { NO_TEST, type TestResult } from '../status/test-result.ts';
import { openSpeedDoor, type SpeedDoor } from './speed-door.ts';
import { obstacleTo, type Subject } from './speed-subject.ts';

/** What speed tests need of the daemon. */
export interface SpeedDeps {
  /** The bond as it is now; null: there is none. */
  subject(): Subject | null;
  /** Makes the test paths, or takes them away. Rejects when they cannot be had. */
  setPaths(paths: TestPaths | null): Promise<void>;
  /** Told the result whenever it changes. */
  notify(result: TestResult): void;
  log: Log;
}

/** Speed tests against the other end: ours, and those it asks of us. */
export interface SpeedTest {
  /** Begins a test of these links, or of all and the bond when none is named. */
  start(links: readonly string[], seconds?: number): { id: number; problem: Problem | null };
  /** Of the test that runs, or ran last. */
  result(): TestResult;
  stop(): void;
  /** Listens while there is a bond; to be called when that may have changed. */
  sync(): void;
  /** Ends everything. */
  close(): Promise<void>;
}

/** No test, and nothing listens yet. */
export function openSpeedTest(deps: SpeedDeps): SpeedTest {
  let result: TestResult = NO_TEST;
  let abort: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  let door: SpeedDoor | null = null;
  /** Where is listened, or was tried to. */
  let place = '';
  let opening: Promise<void> = Promise.resolve();

  const change = (edit: (before: TestResult) => TestResult): void => {
    result = edit(result);
    deps.notify(result);
  };

  const begin = (subject: Subject, names: readonly string[], seconds: number): Problem | null => {
    const about = `bond '${subject.ifname}'`;
    const unknown = names.find((name) => !subject.links.some((link) => link.name === name));
    if (unknown !== undefined)
      return problem('test-refused', about, {
        reason: `there is no link '${unknown.slice(0, 40)}'`,
      });
    const chosen = subject.links.filter(({ name }) => names.length === 0 || names.includes(name));
    const obstacles = chosen.map((link) => obstacleTo(link, subject));
    const links = chosen.filter((_, index) => obstacles[index] === null);
    if (!chosen.some(({ phase }) => phase === 'up'))
      return problem('test-refused', about, { reason: 'no link is up' });
    const whole = chosen.length === subject.links.length;
    const own = new AbortController();
    abort = own;
    result = {
      ...NO_TEST,
      id: result.id + 1,
      state: 'running',
      seconds,
      links: chosen.map(({ name }, index) => {
        return { name, down: null, up: null, skipped: obstacles[index] ?? null };
      }),
    };
    const { setPaths } = deps;
    const run = { subject, links, whole, seconds, signal: own.signal, setPaths, change };
    running = import('./speed.ts')
      .then(({ runTest }) => runTest(run))
      .catch((error: unknown) => problem('test-broken', about, { reason: reason(error) }))
      .then((found) => {
        abort = null;
        const state = found === null ? 'done' : 'failed';
        change((before) => ({ ...before, state, progress: null, problem: found }));
      });
    return null;
  };

  const open = async (subject: Subject, where: string): Promise<void> => {
    try {
      const busy = (): boolean => abort !== null;
      const opened = await openSpeedDoor(subject, { ...deps, busy });
      if (place === where) door = opened;
      else opened.close();
    } catch (error) {
      deps.log(`bonding: speed test: nothing listens on ${where}: ${reason(error)}`);
    }
  };

  const follow = (subject: Subject | null): void => {
    const now = subject === null ? '' : `${subject.address} for ${subject.peer}`;
    if (now === place) return;
    place = now;
    abort?.abort();
    door?.close();
    door = null;
    if (subject !== null) opening = open(subject, now);
  };

  return {
    start(names, seconds = SECONDS.usual) {
      const subject = deps.subject();
      let found: Problem | null = null;
      const refused = (why: string): Problem => problem('test-refused', 'test', { reason: why });
      if (abort !== null || door?.serving()) found = refused('a test is running already');
      else if (subject === null) found = refused('the bond is not up');
      else if (!isSeconds(seconds))
        found = refused(`${seconds} seconds is not from ${SECONDS.least} to ${SECONDS.most}`);
      else found = begin(subject, names, seconds);
      return { id: result.id, problem: found };
    },
    result: () => result,
    stop: () => abort?.abort(),
    sync: () => follow(deps.subject()),
    async close() {
      follow(null);
      await opening;
      await running;
    },
  };
}
