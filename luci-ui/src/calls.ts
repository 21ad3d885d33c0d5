import type { ToDaemon } from '../../backend/src/status/messages.ts';
import { _ } from './i18n.ts';
import { CallError, type Method } from './transport.ts';

/** As long as LuCI's rpc waits. */
const CALL_TIME = 20_000;

/** What the daemon says to a call. */
export type Answer =
  | { type: 'reply'; id: number; result: unknown }
  | { type: 'error'; id: number; code: number; text: string };

/** Calls that are on their way over one socket. */
export interface Calls {
  /** Rejects with a CallError: the daemon's own, after 20 s, or when they are dropped. */
  call(method: Method, args: Record<string, unknown>): Promise<unknown>;
  /** Gives a call its answer; one that nobody waits for is let go. */
  answer(message: Answer): void;
  /** The socket is dead: all fail, and later ones too. */
  drop(): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: CallError) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** No calls yet; `send` puts a message on the socket. */
export function createCalls(send: (message: ToDaemon) => void): Calls {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let dropped = false;
  const finish = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    clearTimeout(found?.timer);
    waiting.delete(id);
    return found;
  };
  const lost = (): CallError => new CallError(0, _('the connection to the daemon is lost'));
  return {
    call: (method, args) =>
      new Promise<unknown>((resolve, reject) => {
        if (dropped) {
          reject(lost());
          return;
        }
        lastId += 1;
        const id = lastId;
        const late = (): void =>
          finish(id)?.reject(new CallError(7, _('the daemon does not answer')));
        waiting.set(id, { resolve, reject, timer: setTimeout(late, CALL_TIME) });
        send({ type: 'call', id, method, args });
      }),
    answer(message) {
      const found = finish(message.id);
      if (message.type === 'reply') found?.resolve(message.result);
      else found?.reject(new CallError(message.code, message.text));
    },
    drop() {
      dropped = true;
      for (const id of [...waiting.keys()]) finish(id)?.reject(lost());
    },
  };
}
