import type { BondEvent, Snapshot } from '../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../backend/src/status/test-result.ts';

/**
 * Why there is no status. `silent`: no answer; `absent`: no daemon on ubus; `unconfigured`: it runs
 * and has no usable configuration; `forbidden`: this login may not read the status; `expired`: the
 * session has ended; `version`: page and daemon do not understand each other; `full`: as many pages
 * are open as the daemon allows.
 */
export type Trouble =
  | 'silent'
  | 'absent'
  | 'unconfigured'
  | 'forbidden'
  | 'expired'
  | 'version'
  | 'full';

/** How snapshots come. `opening`: by polling until the socket, which is being tried, is accepted. */
export type Way = 'socket' | 'opening' | 'polling';

/** `lost`: nothing has come since `since` (ms since 1970), and it is being tried again. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live'; by: Way }
  | { state: 'lost'; trouble: Trouble; reason: string; since: number };

/** Where a transport puts what it gets. */
export interface Sink {
  snapshot(snapshot: Snapshot): void;
  connection(connection: Connection): void;
  /** Events in the order of their ids; some may have come before. */
  events(events: readonly BondEvent[]): void;
  /** How a speed test stands. */
  test(result: TestResult): void;
}

/** Methods of the ubus object `bonding` that the page calls. */
export type Method =
  | 'status'
  | 'events'
  | 'history'
  | 'plan'
  | 'start'
  | 'stop'
  | 'restart'
  | 'link'
  | 'test'
  | 'test_result'
  | 'test_stop'
  | 'check'
  | 'join'
  | 'diagnostics';

/** A call that failed: a ubus status (0: the way to the daemon failed) and its words. */
export class CallError extends Error {
  readonly code: number;
  /** Why no call can succeed now, where the failure tells that. */
  readonly trouble: Trouble | null;
  constructor(code: number, text: string, trouble: Trouble | null = null) {
    super(text);
    this.code = code;
    this.trouble = trouble;
  }
}

/** What the page can ask of the daemon, by whichever way there is. */
export interface Daemon {
  /** Calls a method; what it returns is not checked. Rejects with a CallError. */
  call(method: Method, args?: Record<string, unknown>): Promise<unknown>;
  /** False: this login may only look, so no action is offered. */
  readonly mayWrite: boolean;
}

/** A way to the daemon: fills `sink` from `open` until `close`. */
export interface Transport extends Daemon {
  open(sink: Sink): void;
  close(): void;
}

const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;

/**
 * How long to wait before the next attempt after `failures` in a row, ms: 0.5 s, doubled up to 8 s,
 * spread by `random` (0 to 1) over ±25 % so that several pages do not come back in the same moment.
 */
export function backOff(failures: number, random: number): number {
  return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures) * (0.75 + random / 2);
}
