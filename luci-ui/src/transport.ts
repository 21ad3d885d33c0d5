import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import { _ } from './i18n.ts';

/** `lost`: nothing has come since `since` (ms since 1970), and it is being tried again. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'lost'; reason: string; since: number };

/** Where a transport puts what it gets. */
export interface Sink {
  snapshot(snapshot: Snapshot): void;
  connection(connection: Connection): void;
}

/** A way to the daemon: starts to fill `sink` and keeps at it until the function returned is called. */
export type Transport = (sink: Sink) => () => void;

/** Shorter gaps (a restart of the daemon) are not shown: the page would flicker for nothing. */
const GRACE = 2_000;

const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;

/**
 * How long to wait before the next attempt after `failures` in a row, ms: 0.5 s, doubled up to 8 s,
 * spread by `random` (0 to 1) over ±25 % so that several pages do not come back in the same moment.
 */
export function backOff(failures: number, random: number): number {
  return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures) * (0.75 + random / 2);
}

/** Follows whether snapshots come, and tells `sink` when that is worth showing. */
export interface Liveness {
  /** A snapshot has come. */
  seen(): void;
  /** An attempt or a connection has failed. */
  failed(reason: string): void;
  stop(): void;
}

/** Begins with the grace period: the page has just been opened. */
export function createLiveness(sink: Sink): Liveness {
  let shown: Connection['state'] = 'connecting';
  let since = Date.now();
  let reason = _('the daemon does not answer');
  const show = (): void => {
    shown = 'lost';
    sink.connection({ state: 'lost', reason, since });
  };
  let grace: ReturnType<typeof setTimeout> | undefined = setTimeout(show, GRACE);
  sink.connection({ state: 'connecting' });

  return {
    seen() {
      clearTimeout(grace);
      grace = undefined;
      since = Date.now();
      if (shown !== 'live') sink.connection({ state: 'live' });
      shown = 'live';
    },
    failed(why) {
      const news = why !== reason;
      reason = why;
      if (shown !== 'lost') grace ??= setTimeout(show, GRACE);
      else if (news) show();
    },
    stop: () => clearTimeout(grace),
  };
}
