import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { BondEvent, LinkSnapshot, Snapshot } from '../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../backend/src/status/test-result.ts';
import { shortTime } from './format.ts';
import type { Connection, Daemon, Sink } from './transport.ts';
import { headline, type Words } from './words.ts';

type Problem = Snapshot['problems'][number];

/** All that the page shows. The last snapshot stays when the connection is lost. */
export interface Store {
  snapshot: ReadonlySignal<Snapshot | null>;
  connection: ReadonlySignal<Connection>;
  /** The state in plain words; null before the first snapshot. */
  headline: ReadonlySignal<Words | null>;
  /** Since when each link is in its state. */
  moments: ReadonlySignal<Moments>;
  /** Problems that no link's row shows. */
  problems: ReadonlySignal<Problem[]>;
  /** What has happened, oldest first; as many as the daemon keeps. */
  events: ReadonlySignal<readonly BondEvent[]>;
  /** The speed test that runs or ran last; null before anything is known of one. */
  test: ReadonlySignal<TestResult | null>;
  /** The way to ask for more, and to act. */
  daemon: Daemon;
  /** Where a transport puts what it gets. */
  sink: Sink;
}

/** A link's state, and since when, ms since 1970 by this browser's clock. */
export interface Moment {
  state: string;
  at: number;
}

/** By the links' names. */
export type Moments = ReadonlyMap<string, Moment>;

/** ms: `since` is in whole seconds and takes a while to get here, so a moment seems to wander. */
const JITTER = 3_000;

/** As many events as the daemon keeps (backend/src/daemon/journal.ts). */
const MAX_EVENTS = 200;

/** An empty store. */
export function createStore(daemon: Daemon): Store {
  const snapshot = signal<Snapshot | null>(null);
  const connection = signal<Connection>({ state: 'connecting' });
  const moments = signal<Moments>(new Map());
  const events = signal<readonly BondEvent[]>([]);
  const test = signal<TestResult | null>(null);
  return {
    snapshot,
    connection,
    headline: computed(
      () => snapshot.value && headline(snapshot.value, clockTimes(moments.value, Date.now())),
    ),
    moments,
    problems: computed(() => (snapshot.value ? unlinked(snapshot.value) : [])),
    events,
    test,
    daemon,
    sink: {
      snapshot: (next) => {
        batch(() => {
          moments.value = momentsOf(next.links, moments.value, Date.now());
          snapshot.value = next;
        });
      },
      connection: (next) => {
        connection.value = next;
      },
      events: (more) => {
        events.value = joined(events.value, more);
      },
      test: (next) => {
        test.value = next;
      },
    },
  };
}

/** With those that are new, by their ids. A daemon that has started anew counts from 1 again. */
function joined(old: readonly BondEvent[], more: readonly BondEvent[]): readonly BondEvent[] {
  const known = new Map(old.map((event) => [event.id, event]));
  const last = old[old.length - 1] ?? { id: 0, time: 0 };
  const restarted = more.some(
    ({ id, time }) => (known.get(id)?.time ?? time) !== time || (id <= last.id && time > last.time),
  );
  if (restarted) return more.slice(-MAX_EVENTS);
  const fresh = more.filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return old;
  // The older ones, which are asked for, may come after one that was told at once.
  return [...old, ...fresh].sort((a, b) => a.id - b.id).slice(-MAX_EVENTS);
}

/** Since when the links are in their states; a moment that is known does not wander. */
export function momentsOf(links: readonly LinkSnapshot[], old: Moments, now: number): Moments {
  return new Map(
    links.map(({ name, state, since }) => {
      const at = now - since * 1000;
      const before = old.get(name);
      const same = before?.state === state && Math.abs(before.at - at) < JITTER;
      return [name, same ? before : { state, at }];
    }),
  );
}

function clockTimes(moments: Moments, now: number): Map<string, string> {
  return new Map(
    [...moments].map(([name, { at }]) => [name, shortTime(new Date(at), new Date(now))]),
  );
}

function unlinked({ links, problems }: Snapshot): Problem[] {
  return problems.filter(
    (one) => !links.some(({ problem }) => problem && identity(problem) === identity(one)),
  );
}

function identity({ code, subject, text }: Problem): string {
  return JSON.stringify([code, subject, text]);
}
