import type { BondEvent, Snapshot } from '../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../backend/src/status/test-result.ts';
import { isEvents, isSnapshot, isTestResult } from './check.ts';
import { _ } from './i18n.ts';
import { backOff, CallError, type Daemon, type Trouble } from './transport.ts';

/** Whether somebody can see the page. */
export interface Visibility {
  hidden(): boolean;
  /** Calls `then` each time the page comes into view again; returns how to stop that. */
  onShown(then: () => void): () => void;
}

export interface PollOptions {
  call: Daemon['call'];
  visibility: Visibility;
  /** From 0 to 1. */
  random?: () => number;
}

/** What comes out of it. */
export interface PollEvents {
  snapshot(snapshot: Snapshot): void;
  events(events: readonly BondEvent[]): void;
  test(result: TestResult): void;
  /** It goes on asking, but after `expired`. */
  failed(trouble: Trouble, reason: string): void;
}

export interface Poll {
  /** A speed test has been begun or ended: asks for its result from now on. */
  watchTest(): void;
  stop(): void;
}

/** ms from one question to the next. */
const EVERY = 1_000;

/** At least this long between an answer and the next question, ms. */
const PAUSE = 250;

/** An answer that takes longer is a failure, though it is still waited for. */
const SLOW = 5_000;

/** While no test runs, its result is asked for once in so many rounds: another page may begin one. */
const TEST_ROUNDS = 5;

/**
 * Asks for the status, for new events and for a test's result, all in one tick, so that LuCI sends
 * them in one request. Asks again each second; more slowly while there is no answer; not at all
 * while nobody looks: LuCI's rpc would keep the questions until the page is seen again.
 */
export function startPoll(
  { call, visibility, random = Math.random }: PollOptions,
  out: PollEvents,
): Poll {
  let stopped = false;
  let failures = 0;
  let asking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const askEvents = eventQuestion(call);
  const askTest = testQuestion(call);

  const failed = (trouble: Trouble, reason: string): void => {
    failures += 1;
    out.failed(trouble, reason);
    if (trouble === 'expired') stop();
  };
  const ask = async (): Promise<void> => {
    if (stopped || asking || visibility.hidden()) return;
    asking = true;
    clearTimeout(timer);
    const begun = Date.now();
    const slow = setTimeout(() => {
      if (!visibility.hidden()) out.failed('silent', _('the daemon does not answer'));
    }, SLOW);
    const answers = Promise.all([reflect(call('status')), askEvents.ask(), askTest.ask()]);
    const [status, events, test] = await answers;
    clearTimeout(slow);
    asking = false;
    if (stopped) return;
    if (!status.ok) failed(...troubleOf(status.error));
    else if (!isSnapshot(status.value)) failed('version', _('its answer is not understood'));
    else {
      failures = 0;
      out.snapshot(status.value);
    }
    // A sink may have stopped this.
    if (stopped) return;
    if (events.length > 0) out.events(events);
    if (test) out.test(test);
    const wait = failures > 0 ? backOff(failures, random()) : EVERY - (Date.now() - begun);
    timer = setTimeout(ask, Math.max(failures > 0 ? EVERY : PAUSE, wait));
  };
  const unlisten = visibility.onShown(() => void ask());
  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
    unlisten();
  };

  void ask();
  return { watchTest: askTest.watch, stop };
}

/** New events; never fails. */
function eventQuestion(call: Daemon['call']) {
  let last: BondEvent | null = null;
  return {
    async ask(): Promise<readonly BondEvent[]> {
      // The last known one again: when it is another now, the daemon has started anew, and counts
      // from 1 again.
      const since = last ? last.id - 1 : 0;
      const reply = await reflect(call('events', { since }));
      const list = reply.ok ? (reply.value as { events?: unknown } | null)?.events : null;
      if (!isEvents(list)) return [];
      const known: BondEvent | null = last;
      const same =
        known === null || list.some(({ id, time }) => id === known.id && time === known.time);
      last = same ? (list[list.length - 1] ?? null) : null;
      return same ? list : [];
    },
  };
}

/** How a test stands, where that is worth asking; never fails. */
function testQuestion(call: Daemon['call']) {
  let running = false;
  let rounds = 0;
  return {
    watch: (): void => {
      running = true;
    },
    async ask(): Promise<TestResult | null> {
      const due = running || rounds === 0;
      rounds = (rounds + 1) % TEST_ROUNDS;
      if (!due) return null;
      const reply = await reflect(call('test_result'));
      if (!reply.ok || !isTestResult(reply.value)) return null;
      running = reply.value.state === 'running';
      return reply.value;
    },
  };
}

type Outcome = { ok: true; value: unknown } | { ok: false; error: unknown };

function reflect(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
}

/** Why `status` failed. */
function troubleOf(error: unknown): [Trouble, string] {
  if (!(error instanceof CallError)) return ['silent', String(error)];
  if (error.trouble) return [error.trouble, error.message];
  switch (error.code) {
    case 3:
      return ['version', error.message];
    case 4:
      return ['absent', error.message];
    case 5:
      return ['unconfigured', error.message];
    case 6:
      return ['forbidden', error.message];
    default:
      return ['silent', error.message];
  }
}
