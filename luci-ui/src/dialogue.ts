import { CLOSE, type ToDaemon } from '../../backend/src/status/messages.ts';
import type { BondEvent, Snapshot } from '../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../backend/src/status/test-result.ts';
import { type Calls, createCalls } from './calls.ts';
import { isEvents, isTestResult } from './check.ts';
import { _ } from './i18n.ts';
import { readMessage } from './read.ts';
import { CallError, type Method, type Trouble } from './transport.ts';

/** What happens on a socket; `closed` also when it could not be opened. */
export interface SocketEvents {
  opened(): void;
  message(data: unknown): void;
  closed(code: number): void;
}

/** A socket as far as it is needed here. */
export interface RawSocket {
  send(text: string): void;
  close(): void;
}

/** Starts to open a socket, as `new WebSocket` does; may throw. A seam for the tests. */
export type OpenSocket = (events: SocketEvents) => RawSocket;

export interface DialogueOptions {
  open: OpenSocket;
  login: { session: string } | { token: string };
  /** ms until the first snapshot must have come. */
  patience: number;
}

/** What comes out of it. After `ended`, and after `close`, nothing more does. */
export interface DialogueEvents {
  snapshot(snapshot: Snapshot): void;
  events(events: readonly BondEvent[]): void;
  test(result: TestResult): void;
  ended(trouble: Trouble, reason: string): void;
}

/** One connection to the daemon's WebSocket, from the login to its end. */
export interface Dialogue {
  call(method: Method, args: Record<string, unknown>): Promise<unknown>;
  close(): void;
}

/** The daemon sends something every second: after this long it, or the way to it, is dead. */
const SILENCE = 5_000;

/** Opens a socket, logs in, asks once for what was missed, and hands on what comes. */
export function startDialogue(options: DialogueOptions, events: DialogueEvents): Dialogue {
  let socket: RawSocket | null = null;
  let snapshot: Snapshot | null = null;
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const calls = createCalls((message) => socket?.send(JSON.stringify(message)));

  const missed = createCatchUp(calls, {
    events: (list) => void (over || events.events(list)),
    test: (result) => void (over || events.test(result)),
  });
  const close = (): void => {
    over = true;
    clearTimeout(timer);
    socket?.close();
    calls.drop();
  };
  const end = (trouble: Trouble, reason: string): void => {
    if (over) return;
    close();
    events.ended(trouble, reason);
  };
  const expectNews = (within: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => end('silent', _('the daemon is silent')), within);
  };
  const take = (next: Snapshot): void => {
    const first = snapshot === null;
    snapshot = next;
    events.snapshot(next);
    if (first) missed.ask();
  };
  const receive = (data: unknown): void => {
    const message = readMessage(data, snapshot);
    if (message.type === 'unfit') {
      end('version', _('its answer is not understood; page and daemon may differ in version'));
      return;
    }
    if (snapshot || message.type === 'snapshot') expectNews(SILENCE);
    if (message.type === 'snapshot') take(message.snapshot);
    else if (message.type === 'event') missed.hear(message.event);
    else if (message.type === 'test') events.test(message.test);
    else if (message.type === 'reply' || message.type === 'error') calls.answer(message);
  };

  expectNews(options.patience);
  try {
    socket = options.open({
      opened: () => {
        const message: ToDaemon = { type: 'login', ...options.login };
        if (!over) socket?.send(JSON.stringify(message));
      },
      message: (data) => void (over || receive(data)),
      closed: (code) => end(...closeReason(code)),
    });
  } catch {
    // Not now: who started this has no handle on it yet.
    queueMicrotask(() => end('silent', _('this browser does not open the connection')));
  }
  return {
    call: (method, args) => (snapshot ? calls.call(method, args) : Promise.reject(notYet())),
    close,
  };
}

/** Asks for what was missed, and keeps back what is newer until that is there. */
function createCatchUp(calls: Calls, out: Pick<DialogueEvents, 'events' | 'test'>) {
  let early: BondEvent[] | null = [];
  const release = (older: readonly BondEvent[]): void => {
    const list = [...older, ...(early ?? [])];
    early = null;
    if (list.length > 0) out.events(list);
  };
  return {
    /** All that is kept, not only what is new: a daemon that has started anew counts from 1 again. */
    ask(): void {
      calls.call('events', { since: 0 }).then(
        (reply) => {
          const list = (reply as { events?: unknown } | null)?.events;
          release(isEvents(list) ? list : []);
        },
        () => release([]),
      );
      calls.call('test_result', {}).then(
        (reply) => void (isTestResult(reply) && out.test(reply)),
        () => undefined,
      );
    },
    hear(event: BondEvent): void {
      if (early) early.push(event);
      else out.events([event]);
    },
  };
}

/** Before the login is accepted the daemon takes nothing else. */
function notYet(): CallError {
  return new CallError(0, _('there is no connection to the daemon'));
}

/** The daemon's close codes in words. */
function closeReason(code: number): [Trouble, string] {
  switch (code) {
    case CLOSE.GOING:
      return ['silent', _('the daemon has stopped')];
    case CLOSE.UNFIT:
      return ['version', _('the daemon does not understand this page; reload it')];
    case CLOSE.NO_STATUS:
      return ['unconfigured', _('there is no usable configuration')];
    case CLOSE.FULL:
      return ['full', _('as many pages as the daemon allows are open already; close one')];
    case CLOSE.REFUSED:
      return ['forbidden', _('the daemon does not accept this login')];
    case CLOSE.EXPIRED:
      return ['expired', _('the session has ended; log in again')];
    default:
      return ['silent', _('the daemon does not answer')];
  }
}
