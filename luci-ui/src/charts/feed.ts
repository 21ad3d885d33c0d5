import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { Store } from '../store.ts';
import { append, arranged, emptyFrame, type Frame, HOLD, merge, readHistory } from './series.ts';

/** Seconds that the charts show. */
export type Span = 180 | 86400;

/** Where the charts' figures come from: first the daemon's memory, then each snapshot. */
export interface Feed {
  span: ReadonlySignal<Span>;
  /** What to draw, links in the order of the snapshot. */
  frame: ReadonlySignal<Frame>;
  /** False until the daemon has told what it remembers, or that it does not. */
  settled: ReadonlySignal<boolean>;
  choose(span: Span): void;
  /** Follows the store until the function returned is called. */
  start(): () => void;
}

/** The daemon is asked again this long after an answer, seconds. */
const DAY_EVERY = 300;
const RETRY_AFTER = 30;

/** What the feed knows of the world around it. */
export interface Surroundings {
  /** Unix seconds with fractions. */
  now(): number;
  /** The page is in the background: nothing is worth doing. */
  hidden(): boolean;
}

/** A feed that is not yet started. */
export function createFeed(store: Store, { now, hidden }: Surroundings): Feed {
  const span = signal<Span>(180);
  const live = signal(emptyFrame(180, 1, now()));
  const day = signal<Frame | null>(null);
  const settledSpans = signal<readonly Span[]>([]);
  const asking = new Set<Span>();
  // All is in the daemon's time: a router may have another year, and an emulated one runs slower.
  let lastTime = 0;
  /** When that came, by this page's clock. */
  let lastSeen = 0;
  let nextSeed = 0;
  let nextDay = 0;
  let seeded = false;
  let stopped = false;

  /** The daemon's memory; null when it has none, or is already being asked. */
  const ask = async (wanted: Span): Promise<Frame | null> => {
    if (asking.has(wanted)) return null;
    asking.add(wanted);
    try {
      const answer: unknown = await store.daemon.call('history', { span: wanted });
      return readHistory(answer, wanted);
    } catch {
      // It has no history, or the way to it failed: the snapshots fill the chart.
      return null;
    } finally {
      asking.delete(wanted);
      if (!settledSpans.peek().includes(wanted))
        settledSpans.value = [...settledSpans.peek(), wanted];
    }
  };

  const seed = async (): Promise<void> => {
    nextSeed = now() + RETRY_AFTER;
    // Already now: what is missed while the answer is under way is asked for again.
    seeded = true;
    const frame = await ask(180);
    if (stopped) return;
    if (frame?.step !== 1 || frame.links.length === 0) {
      seeded = false;
      return;
    }
    live.value = merge(frame, live.value);
  };

  const loadDay = async (): Promise<void> => {
    nextDay = now() + RETRY_AFTER;
    const frame = await ask(86400);
    if (!frame || stopped) return;
    nextDay = now() + DAY_EVERY;
    day.value = frame;
  };

  const sample = (): void => {
    const snapshot = store.snapshot.value;
    if (!snapshot || hidden()) return;
    untracked(() => {
      const { time, links } = snapshot;
      // Something was missed, or the daemon's clock was set.
      if (Math.abs(time - live.value.time) > HOLD) {
        seeded = false;
        nextSeed = 0;
      }
      lastTime = time;
      lastSeen = now();
      live.value = append(live.value, links, time);
      if (!seeded && lastSeen >= nextSeed) void seed();
    });
  };

  const tick = (): void => {
    if (hidden()) return;
    // Nothing comes: the window moves on, and the gap can be seen.
    if (lastTime > 0 && store.connection.value.state === 'lost') {
      live.value = append(live.value, [], lastTime + now() - lastSeen);
      seeded = false;
      nextSeed = 0;
    }
    if (span.value === 86400 && now() >= nextDay) void loadDay();
  };

  const shown = computed(() => {
    if (span.value === 180) return live.value;
    return day.value ?? emptyFrame(288, 300, live.value.time);
  });

  // A text, so that a snapshot with the same links does not redraw the day.
  const names = computed(() =>
    JSON.stringify(store.snapshot.value?.links.map(({ name }) => name) ?? []),
  );

  return {
    span,
    frame: computed(() => arranged(shown.value, JSON.parse(names.value) as string[])),
    settled: computed(() => settledSpans.value.includes(span.value)),
    choose(next) {
      span.value = next;
      nextDay = 0;
      tick();
    },
    start() {
      stopped = false;
      const unfollow = effect(sample);
      const timer = setInterval(tick, 1000);
      return () => {
        stopped = true;
        unfollow();
        clearInterval(timer);
      };
    },
  };
}
