import type { Snapshot, SocketSnapshot } from '../../backend/src/status/snapshot.ts';
import { type Dialogue, type OpenSocket, startDialogue } from './dialogue.ts';
import { createLiveness } from './liveness.ts';
import { type Poll, startPoll, type Visibility } from './poll.ts';
import type { Daemon, Sink, Transport, Way } from './transport.ts';

export interface EitherOptions extends Daemon {
  /** How to open the socket; null where this page can not. */
  socketAt(where: SocketSnapshot): OpenSocket | null;
  /** Id of the LuCI session. */
  session: string;
  visibility: Visibility;
}

/** ms until a login must be accepted. */
const PATIENCE = 2_000;

/** ms until a socket that could not be had is tried again; doubled each time. */
const FIRST_RETRY = 30_000;
const LAST_RETRY = 600_000;

/**
 * Polls, and tries the daemon's socket as soon as an answer tells where it is. While the socket
 * lives nothing is polled; when it ends, polling goes on in the same moment, and the socket is
 * tried again later, or at once when the page comes into view or the socket's place has changed.
 * That the socket can not be had is no trouble: many networks and browsers are like that.
 */
export function eitherTransport(options: EitherOptions): Transport {
  let end: (() => void) | null = null;
  let poll: Poll | null = null;

  const open = (sink: Sink): void => {
    const liveness = createLiveness(sink);
    const attempts = createAttempts();
    let dialogue: Dialogue | null = null;

    const startPolling = (): void => {
      poll ??= startPoll(options, {
        ...sink,
        snapshot: (snapshot) => {
          consider(snapshot.socket ?? null);
          show(snapshot, dialogue ? 'opening' : 'polling');
        },
        failed: liveness.failed,
      });
    };
    const show = (snapshot: Snapshot, by: Way): void => {
      liveness.seen(by);
      sink.snapshot(snapshot);
    };
    const consider = (where: SocketSnapshot | null): void => {
      if (dialogue || !where || !attempts.due(where)) return;
      const openSocket = options.socketAt(where);
      if (openSocket) dialogue = talk(openSocket);
    };
    const talk = (openSocket: OpenSocket): Dialogue =>
      startDialogue(
        { open: openSocket, login: { session: options.session }, patience: PATIENCE },
        {
          ...sink,
          snapshot: (snapshot) => {
            poll?.stop();
            poll = null;
            attempts.succeeded();
            show(snapshot, 'socket');
          },
          ended: () => {
            dialogue = null;
            startPolling();
          },
        },
      );
    const unlisten = options.visibility.onShown(attempts.now);

    startPolling();
    end = () => {
      poll?.stop();
      poll = null;
      dialogue?.close();
      unlisten();
      liveness.stop();
    };
  };

  return {
    mayWrite: options.mayWrite,
    open,
    close: () => end?.(),
    async call(method, args) {
      const answer = await options.call(method, args);
      if (method === 'test' || method === 'test_stop') poll?.watchTest();
      return answer;
    },
  };
}

/** When the socket may be tried. */
function createAttempts() {
  let next = 0;
  let wait = FIRST_RETRY;
  let place = '';
  return {
    /** Whether now; counts as an attempt. */
    due({ port, tls }: SocketSnapshot): boolean {
      const moved = place !== `${port} ${tls}`;
      if (!moved && Date.now() < next) return false;
      if (moved) wait = FIRST_RETRY;
      place = `${port} ${tls}`;
      next = Date.now() + wait;
      wait = Math.min(LAST_RETRY, wait * 2);
      return true;
    },
    now: (): void => {
      next = 0;
    },
    succeeded: (): void => {
      wait = FIRST_RETRY;
    },
  };
}
