import { CLOSE } from './messages.ts';
import type { Gate, Verdict, Visitor } from './page-gate.ts';
import { readInput } from './page-input.ts';
import { createCloser, type HubSocket, type Leave } from './page-socket.ts';

/** How long a page has to log in, ms. */
const LOGIN_WITHIN = 5_000;
/** How soon a session is asked for again when nobody could be asked, ms: rpcd restarts in less. */
const ASK_AGAIN = 500;
/** Sockets that have not logged in; far more than browsers leave so for longer than a moment. */
const MAX_WAITING = 16;

/** What a visitor may log in with. */
export type Ways = readonly Visitor['by'][];

/** A socket that has logged in. */
export interface LoggedIn {
  socket: HubSocket;
  leave: Leave;
  visitor: Visitor;
}

/** Sockets from their handshake until they have logged in. */
export interface Lobby {
  /**
   * Takes in a socket. There is room for 16; beyond, the one that has been silent for longest has to
   * go, so that sockets which never say anything cannot keep others out.
   */
  add(socket: HubSocket, ways: Ways): void;
  /** Closes all. */
  close(): void;
}

interface Waiting {
  leave: Leave;
  timer: ReturnType<typeof setTimeout>;
  /** It has sent its login, which is being looked at. */
  asking: boolean;
}

/** Who logs in is handed to `enter`, in whose turn the socket must be listened on. */
export function createLobby(gate: Gate, enter: (who: LoggedIn) => void): Lobby {
  const waiting = new Map<HubSocket, Waiting>();
  const closer = createCloser();

  /** Takes a socket out; undefined when it has gone already. */
  const take = (socket: HubSocket): Waiting | undefined => {
    const found = waiting.get(socket);
    clearTimeout(found?.timer);
    waiting.delete(socket);
    return found;
  };
  const end = (socket: HubSocket, code: number, why: string): void =>
    take(socket)?.leave(code, why);

  const makeRoom = (): boolean => {
    if (waiting.size < MAX_WAITING) return true;
    for (const [socket, { asking }] of waiting) {
      if (asking) continue;
      end(socket, CLOSE.REFUSED, 'no login, and others wait');
      return true;
    }
    return false;
  };

  async function logIn(socket: HubSocket, visitor: Visitor): Promise<void> {
    const verdict = await ask(gate, visitor, () => waiting.has(socket));
    const found = take(socket);
    if (found === undefined) return;
    const { leave } = found;
    if (verdict === 'yes') enter({ socket, leave, visitor });
    else leave(CLOSE.REFUSED, verdict === 'no' ? 'not permitted' : 'not known here');
  }

  const receive = (socket: HubSocket, me: Waiting, text: string, ways: Ways): void => {
    const input = readInput(text);
    if (input.type !== 'login' || me.asking) {
      end(socket, CLOSE.UNFIT, 'the first message must be one login');
    } else if (!ways.includes(input.visitor.by)) {
      end(socket, CLOSE.REFUSED, `no login by ${input.visitor.by} here`);
    } else {
      me.asking = true;
      void logIn(socket, input.visitor);
    }
  };

  return {
    add(socket, ways) {
      const leave = closer(socket);
      if (!makeRoom()) {
        leave(CLOSE.FULL, 'too many log in at once');
        return;
      }
      const late = (): void => end(socket, CLOSE.REFUSED, 'no login');
      const me: Waiting = { leave, timer: setTimeout(late, LOGIN_WITHIN).unref(), asking: false };
      waiting.set(socket, me);
      socket.on('close', () => void take(socket));
      socket.on('error', () => end(socket, 1002, ''));
      socket.on('message', (data, isBinary) => {
        if (!waiting.has(socket)) return;
        if (isBinary) end(socket, 1003, 'only text is understood');
        else receive(socket, me, String(data), ways);
      });
    },
    close() {
      for (const socket of [...waiting.keys()]) end(socket, CLOSE.GOING, 'the daemon stops');
    },
  };
}

/** Whether the visitor may read the status. Asks again while nobody can be asked and it still waits. */
async function ask(gate: Gate, visitor: Visitor, still: () => boolean): Promise<Verdict> {
  for (;;) {
    const verdict = await gate.admits(visitor).catch((): Verdict => 'unsure');
    if (verdict !== 'unsure' || !still()) return verdict;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN).unref());
  }
}
