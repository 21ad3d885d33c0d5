import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import { isSnapshot } from './check.ts';
import { _ } from './i18n.ts';
import { merge } from './merge.ts';
import { backOff, createLiveness, type Transport } from './transport.ts';

/** What happens on a socket; `closed` also when it could not be opened. */
export interface SocketEvents {
  message(data: unknown): void;
  closed(code: number): void;
}

export interface SocketOptions {
  /** Starts to open a socket, as `new WebSocket` does; a seam for the tests. */
  open: (events: SocketEvents) => { close(): void };
  /** From 0 to 1. */
  random?: () => number;
}

/** The daemon sends something every second: after this long it, or the way to it, is dead. */
const SILENCE = 5_000;

/** The daemon's WebSocket: a snapshot first, then deltas; reconnects with back-off, for ever. */
export function socketTransport({ open, random = Math.random }: SocketOptions): Transport {
  return (sink) => {
    const liveness = createLiveness(sink);
    let snapshot: Snapshot | null = null;
    let failures = 0;
    let socket: { close(): void } | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Events of a socket that was given up may still come; they belong to an older attempt.
    let attempt = 0;

    const wait = (ms: number, then: () => void): void => {
      clearTimeout(timer);
      timer = setTimeout(then, ms);
    };
    const giveUp = (): void => {
      attempt += 1;
      socket?.close();
      socket = null;
      snapshot = null;
    };
    const fail = (reason: string): void => {
      giveUp();
      liveness.failed(reason);
      wait(backOff(failures, random()), connect);
      failures += 1;
    };
    const silent = (): void => fail(_('the daemon is silent'));
    const receive = (data: unknown): void => {
      const next = readMessage(data, snapshot);
      if (next === 'unfit') {
        fail(_('its answer is not understood; page and daemon may differ in version'));
        return;
      }
      wait(SILENCE, silent);
      if (next === 'ignore') return;
      snapshot = next;
      failures = 0;
      liveness.seen();
      sink.snapshot(next);
    };
    const connect = (): void => {
      const mine = attempt;
      wait(SILENCE, silent);
      try {
        socket = open({
          message: (data) => void (mine === attempt && receive(data)),
          closed: (code) => void (mine === attempt && fail(closeReason(code))),
        });
      } catch {
        fail(_('this browser does not open the connection'));
      }
    };

    connect();
    return () => {
      clearTimeout(timer);
      giveUp();
      liveness.stop();
    };
  };
}

/**
 * The snapshot that a message leads to from `before`. `ignore`: of a kind this page does not know.
 * `unfit`: not a message, or a delta to something that this page does not have.
 */
export function readMessage(data: unknown, before: Snapshot | null): Snapshot | 'ignore' | 'unfit' {
  const message = parse(data);
  if (typeof message !== 'object' || message === null || !('type' in message)) return 'unfit';
  let next: unknown;
  if (message.type === 'snapshot' && 'snapshot' in message) next = message.snapshot;
  else if (message.type === 'delta' && 'delta' in message)
    next = before && merge(before, message.delta);
  else return 'ignore';
  return isSnapshot(next) ? next : 'unfit';
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** The daemon's close codes (backend/src/status/websocket.ts) in words. */
function closeReason(code: number): string {
  if (code === 1001) return _('the daemon has stopped');
  if (code === 1011) return _('the daemon has no status to send yet');
  if (code === 1013) return _('as many pages as the daemon allows are open already; close one');
  return _('the daemon does not answer');
}
