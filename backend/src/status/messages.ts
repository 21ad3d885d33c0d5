import type { BondEvent, Snapshot } from './snapshot.ts';
import type { TestResult } from './test-result.ts';

/**
 * What goes over the WebSocket, as JSON texts of at most 4 KiB towards the daemon. The page's first
 * message is `login`; nothing is sent to it before that has been accepted. The figures have the
 * same shape as in the answers of the ubus object.
 */
export type ToDaemon =
  /** The id of a LuCI session that may read `bonding`/`status`. */
  | { type: 'login'; session: string }
  /** The secret of the page on loopback; it may do everything. */
  | { type: 'login'; token: string }
  /** A method of the ubus object `bonding`; `id` comes back in the reply. */
  | { type: 'call'; id: number; method: string; args: Record<string, unknown> };

/**
 * What changed between two snapshots, as assignments: each entry names an object by its path from
 * the root and gives new values for fields that this object already has, for example
 * `[['links', 0], { rx_rate: 81200, since: 12 }]`. JSON merge patch (RFC 7396) is not used because
 * it takes `null` for "remove", and a snapshot has fields whose value is null.
 */
export type Delta = [path: (string | number)[], fields: Record<string, unknown>][];

export type ToPage =
  /** First after the login, and where a delta cannot say what changed. */
  | { type: 'snapshot'; snapshot: Snapshot }
  /** Once a second; empty when nothing changed, as a sign of life. */
  | { type: 'delta'; delta: Delta }
  /** At once. Older ones are asked for by the method `events`. */
  | { type: 'event'; event: BondEvent }
  /** While a speed test runs, and its end. */
  | { type: 'test'; test: TestResult }
  /** What a method returned; null for nothing. */
  | { type: 'reply'; id: number; result: unknown }
  /** A ubus status (4: not found, 5: no data, 6: permission denied …) and its words. */
  | { type: 'error'; id: number; code: number; text: string };

/** Close codes of the daemon, beside those of RFC 6455 §7.4.1. */
export const CLOSE = {
  /** The daemon stops. */
  GOING: 1001,
  /** A message that is no JSON, of an unknown type, or out of turn. */
  UNFIT: 1008,
  /** No status: there is no usable configuration. */
  NO_STATUS: 1011,
  /** Eight pages are open. */
  FULL: 1013,
  /** No login in time, an unknown session or token, or one without permission. */
  REFUSED: 4401,
  /** The session has ended. */
  EXPIRED: 4408,
} as const;
