import type { BondEvent, Snapshot } from '../../../backend/src/status/snapshot.ts';
import { NO_TEST, type TestResult } from '../../../backend/src/status/test-result.ts';
import type { OpenSocket, SocketEvents } from '../../../luci-ui/src/dialogue.ts';
import type { Visibility } from '../../../luci-ui/src/poll.ts';
import type { Connection, Sink } from '../../../luci-ui/src/transport.ts';
import { sampleSnapshot } from './sample.ts';

/** A sink that remembers. */
export function record() {
  const snapshots: Snapshot[] = [];
  const connections: Connection[] = [];
  const events: BondEvent[] = [];
  const tests: TestResult[] = [];
  const sink: Sink = {
    snapshot: (one) => void snapshots.push(one),
    connection: (one) => void connections.push(one),
    events: (some) => void events.push(...some),
    test: (one) => void tests.push(one),
  };
  /** How the connection was shown, in short. */
  const shown = (): string[] =>
    connections.map((one) => {
      if (one.state === 'live') return one.by;
      return one.state === 'lost' ? one.trouble : one.state;
    });
  return { sink, snapshots, connections, events, tests, shown };
}

/** A socket that does what the test says. */
export interface FakeSocket extends SocketEvents {
  shut: boolean;
  /** What the page has sent, read. */
  sent: Record<string, unknown>[];
  /** The daemon sends this. */
  say(message: object): void;
  /** Opens and answers the login. */
  accept(snapshot?: Snapshot): void;
}

/** Sockets as they are opened. */
export function fakeSockets() {
  const opened: FakeSocket[] = [];
  const open: OpenSocket = (events) => {
    const socket: FakeSocket = {
      ...events,
      shut: false,
      sent: [],
      say: (message) => events.message(JSON.stringify(message)),
      accept: (snapshot = sampleSnapshot()) => {
        events.opened();
        events.message(JSON.stringify({ type: 'snapshot', snapshot }));
      },
    };
    opened.push(socket);
    return {
      send: (text) => void socket.sent.push(JSON.parse(text)),
      close: () => {
        socket.shut = true;
      },
    };
  };
  const last = (): FakeSocket => {
    const socket = opened[opened.length - 1];
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { open, opened, last };
}

/** A tab that the test hides and shows. */
export function fakeTab() {
  let hidden = false;
  const listeners = new Set<() => void>();
  const visibility: Visibility = {
    hidden: () => hidden,
    onShown(then) {
      listeners.add(then);
      return () => void listeners.delete(then);
    },
  };
  const hide = (): void => {
    hidden = true;
  };
  const show = (): void => {
    hidden = false;
    for (const listener of [...listeners]) listener();
  };
  return { visibility, listeners, hide, show };
}

/** An event of the daemon. */
export function sampleEvent(id: number, time = 1000 + id): BondEvent {
  return { id, time, subject: "link 'wan'", text: `event ${id}` };
}

/** A speed test that runs. */
export const RUNNING_TEST: TestResult = { ...NO_TEST, id: 3, state: 'running', seconds: 5 };

/** An empty delta: only a sign of life. */
export const LIFE = { type: 'delta', delta: [] };
