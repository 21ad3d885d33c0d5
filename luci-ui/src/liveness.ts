import { _ } from './i18n.ts';
import type { Connection, Sink, Trouble, Way } from './transport.ts';

/** Shorter gaps (a restart of the daemon) are not shown: the page would flicker for nothing. */
const GRACE = 2_000;

/** Follows whether snapshots come, and tells `sink` when that is worth showing. */
export interface Liveness {
  /** A snapshot has come. */
  seen(by: Way): void;
  /** An attempt or a connection has failed. */
  failed(trouble: Trouble, reason: string): void;
  stop(): void;
}

/**
 * Begins with the grace period: the page has just been opened. A failure with a reason is shown at
 * once where there is nothing to see yet; an ended session always is, for it does not come back.
 */
export function createLiveness(sink: Sink): Liveness {
  let shown: Connection = { state: 'connecting' };
  let since = Date.now();
  let trouble: Trouble = 'silent';
  let reason = _('the daemon does not answer');
  const tell = (connection: Connection): void => {
    clearTimeout(grace);
    grace = undefined;
    shown = connection;
    sink.connection(connection);
  };
  const lose = (): void => tell({ state: 'lost', trouble, reason, since });
  let grace: ReturnType<typeof setTimeout> | undefined = setTimeout(lose, GRACE);
  sink.connection(shown);

  return {
    seen(by) {
      clearTimeout(grace);
      grace = undefined;
      since = Date.now();
      if (shown.state !== 'live' || shown.by !== by) tell({ state: 'live', by });
    },
    failed(what, why) {
      const news = why !== reason || what !== trouble;
      trouble = what;
      reason = why;
      const definite = what === 'expired' || (shown.state === 'connecting' && what !== 'silent');
      if (shown.state === 'lost' ? news : definite) lose();
      else if (shown.state !== 'lost') grace ??= setTimeout(lose, GRACE);
    },
    stop: () => clearTimeout(grace),
  };
}
