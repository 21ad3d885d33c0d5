import { reason } from '../errors.ts';
import type { CallMethod } from './call-method.ts';
import { delta } from './delta.ts';
import { CLOSE } from './messages.ts';
import { createClient, encode, type PageClient } from './page-client.ts';
import type { Gate } from './page-gate.ts';
import { createLobby, type LoggedIn, type Ways } from './page-login.ts';
import { createRecheck } from './page-recheck.ts';
import type { HubSocket } from './page-socket.ts';
import type { BondEvent, Snapshot } from './snapshot.ts';
import type { TestResult } from './test-result.ts';

/** More pages than a person opens; each costs a message a second. */
const MAX_CLIENTS = 8;
/** A client that has not answered the last ping when the next is due is dropped, ms. */
const PING_EVERY = 15_000;

/** What the hub asks of the daemon. */
export interface HubOptions {
  /** The state now, for a client that has just come; throws when there is none. */
  snapshot: () => Snapshot;
  gate: Gate;
  /** Calls a method of the ubus object `bonding`. */
  call: CallMethod;
  log: (line: string) => void;
}

/** All pages that are open on one daemon (messages.ts). Runs no timer while there is no client. */
export interface Hub {
  /** Takes a socket whose handshake is done; it has to log in, in one of these ways. */
  add(socket: HubSocket, ways: Ways): void;
  /**
   * Sends what changed since the last snapshot that each client has. `snapshot` is kept for the
   * next comparison: give a new object each time and leave the old one as it is.
   */
  broadcast(snapshot: Snapshot): void;
  event(event: BondEvent): void;
  test(test: TestResult): void;
  /** Pages that have logged in. */
  clients(): number;
  /** Closes all with 1001; those that do not answer are cut off after 2 s. */
  close(): void;
}

/** A hub without clients. */
export function createHub(options: HubOptions): Hub {
  const clients = new Set<PageClient>();
  let pinging: ReturnType<typeof setInterval> | undefined;

  const sessions = (): string[] => {
    const all = [...clients].flatMap(({ visitor }) =>
      visitor.by === 'session' ? [visitor.session] : [],
    );
    return [...new Set(all)];
  };
  const recheck = createRecheck(options.gate, sessions, (session, why) => {
    for (const client of clients) {
      if (client.visitor.by !== 'session' || client.visitor.session !== session) continue;
      if (why === 'gone') end(client, CLOSE.EXPIRED, 'the session has ended');
      else end(client, CLOSE.REFUSED, 'not permitted any more');
    }
  });
  const count = (): void => {
    if (clients.size > 0) {
      pinging ??= setInterval(() => {
        for (const client of clients) client.ping();
      }, PING_EVERY).unref();
    } else {
      clearInterval(pinging);
      pinging = undefined;
    }
    recheck.changed();
  };
  const remove = (client: PageClient): boolean => {
    const was = clients.delete(client);
    if (was) count();
    return was;
  };
  const end = (client: PageClient, code: number, why: string): void => {
    if (remove(client)) client.leave(code, why);
  };

  const enter = (who: LoggedIn): void => {
    const { socket, leave } = who;
    if (clients.size >= MAX_CLIENTS) {
      leave(CLOSE.FULL, `${MAX_CLIENTS} pages are open already`);
      return;
    }
    const snapshot = greet(socket, options);
    if (!snapshot) {
      leave(CLOSE.NO_STATUS, 'there is no status to send');
      return;
    }
    const client: PageClient = createClient({
      ...options,
      ...who,
      snapshot,
      present: () => clients.has(client),
      drop: (why) => {
        if (!remove(client)) return;
        options.log(`page: a client is dropped: ${why}`);
        socket.terminate();
      },
      end: (code, why) => end(client, code, why),
    });
    socket.on('message', (data, isBinary) => {
      if (!clients.has(client)) return;
      if (isBinary) end(client, 1003, 'only text is understood');
      else client.receive(String(data));
    });
    // A frame that breaks the protocol or is over 4 KiB: ws has sent the close code by now.
    socket.on('error', () => end(client, 1002, ''));
    socket.on('close', () => remove(client));
    clients.add(client);
    count();
  };
  const lobby = createLobby(options.gate, enter);
  const tell = (text: string): void => {
    for (const client of clients) client.post(text);
  };

  return {
    add: lobby.add,
    broadcast(snapshot) {
      const texts = new Map<Snapshot, string>();
      for (const client of clients)
        client.update(snapshot, (before) => {
          const text = texts.get(before) ?? change(before, snapshot);
          texts.set(before, text);
          return text;
        });
    },
    event: (event) => void (clients.size > 0 && tell(encode({ type: 'event', event }))),
    test: (test) => void (clients.size > 0 && tell(encode({ type: 'test', test }))),
    clients: () => clients.size,
    close() {
      lobby.close();
      for (const client of clients) end(client, CLOSE.GOING, 'the daemon stops');
    },
  };
}

/** Sends a newcomer the whole state; null when there is none. */
function greet(socket: HubSocket, options: HubOptions): Snapshot | null {
  try {
    const snapshot = options.snapshot();
    socket.send(encode({ type: 'snapshot', snapshot }));
    return snapshot;
  } catch (thrown) {
    options.log(`page: no snapshot for a new client: ${reason(thrown)}`);
    return null;
  }
}

/** The message that takes a client from `before` to `after`; an empty delta is its sign of life. */
function change(before: Snapshot, after: Snapshot): string {
  const found = delta(before, after);
  return encode(found ? { type: 'delta', delta: found } : { type: 'snapshot', snapshot: after });
}
