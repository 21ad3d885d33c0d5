import { monotonic, wallSeconds } from '../effects/clock.ts';
import { openPings } from '../effects/ping.ts';
import type { LineFigures } from '../monitor/latency.ts';
import type { History } from '../status/history.ts';
import { createHistory } from '../status/history-store.ts';
import type { Snapshot } from '../status/snapshot.ts';
import { openLineMeters } from './line-meters.ts';
import type { DaemonState } from './state.ts';

/** What is measured over time: the lines, and what has been. */
export interface Figures {
  /** For the snapshot. */
  figuresOf(link: string): LineFigures;
  /**
   * To be called with what is shown, about once a second and after each round; `measured`: links whose
   * line is measured by heartbeats.
   */
  follow(snapshot: Snapshot, state: Readonly<DaemonState>, measured: ReadonlySet<string>): void;
  history(span: number): History;
  close(): void;
}

/** Begins to measure; ends what a killed daemon has left behind in the run folder. */
export function openFigures(runFolder: string): Figures {
  const meters = openLineMeters(openPings(runFolder), monotonic);
  const history = createHistory();
  return {
    figuresOf: meters.figuresOf,
    follow(snapshot, state, measured) {
      history.add(monotonic(), snapshot.links);
      meters.follow(state, measured);
    },
    history: (span) => history.read(span, monotonic(), wallSeconds()),
    close: meters.close,
  };
}
