import { reason } from '../errors.ts';
import { STATUS, statusText, UbusError } from '../ubus/index.ts';
import type { CallMethod } from './call-method.ts';
import { CLOSE, type ToDaemon, type ToPage } from './messages.ts';
import type { Gate, Visitor } from './page-gate.ts';
import { readInput } from './page-input.ts';
import type { HubSocket, Leave } from './page-socket.ts';
import type { Snapshot } from './snapshot.ts';

/** Calls of one page that may be under way. */
const MAX_CALLS = 8;
/** Bytes waiting for a page, beyond which it is not sent the next snapshot. */
const MAX_BUFFERED = 256 * 1024;
/** Snapshots skipped in a row before a page is dropped; 15 s at one a second. */
const MAX_SKIPPED = 15;
/** Longest answer of a method, characters. */
const MAX_ANSWER = 1024 * 1024;

/** A page that has logged in. */
export interface PageClient {
  readonly visitor: Visitor;
  /** Takes one text from the page. */
  receive(text: string): void;
  /** Sends something that must not be missed. */
  post(text: string): void;
  /** Sends `snapshot` as `make` puts it for what the page has; leaves out one that does not read. */
  update(snapshot: Snapshot, make: (before: Snapshot) => string): void;
  /** Asks for a sign of life; a page that has not answered the last time is dropped. */
  ping(): void;
  readonly leave: Leave;
}

/** What one client needs. */
export interface ClientOptions {
  socket: HubSocket;
  leave: Leave;
  visitor: Visitor;
  /** What it has been sent. */
  snapshot: Snapshot;
  gate: Gate;
  call: CallMethod;
  log: (line: string) => void;
  /** Whether it is still there. */
  present: () => boolean;
  /** It is to be cut off. */
  drop: (why: string) => void;
  /** It is to be closed, with one of CLOSE. */
  end: Leave;
}

/** A client of the hub; whoever makes it listens on the socket. */
export function createClient(options: ClientOptions): PageClient {
  const { socket, visitor, gate, drop, end } = options;
  let sent = options.snapshot;
  let skipped = 0;
  let answered = true;
  let calls = 0;
  socket.on('pong', () => {
    answered = true;
  });

  const post = (text: string): void => {
    if (!options.present()) return;
    // Twice the bound, so that a page which reads slowly still gets what is short and urgent.
    if (socket.bufferedAmount > 2 * MAX_BUFFERED) drop('it does not read what it is sent');
    else socket.send(text);
  };
  const reply = (message: ToPage): void => post(encode(message));
  const refuse = (id: number, code: number, text = statusText(code)): void =>
    reply({ type: 'error', id, code, text });

  async function answer({ id, method, args }: Extract<ToDaemon, { type: 'call' }>): Promise<void> {
    const verdict = await gate.may(visitor, method);
    if (verdict === 'gone') return end(CLOSE.EXPIRED, 'the session has ended');
    if (verdict === 'no') return refuse(id, STATUS.PERMISSION_DENIED);
    if (verdict === 'unsure') return refuse(id, STATUS.CONNECTION_FAILED);
    const text = encode({ type: 'reply', id, result: await options.call(method, args) });
    if (text.length > MAX_ANSWER) refuse(id, STATUS.NO_MEMORY, 'the answer is too long');
    else post(text);
  }

  return {
    visitor,
    post,
    leave: options.leave,
    receive(text) {
      const input = readInput(text);
      if (input.type !== 'call') {
        end(CLOSE.UNFIT, 'this message is not understood');
      } else if (calls >= MAX_CALLS) {
        refuse(input.id, STATUS.UNKNOWN_ERROR, `${MAX_CALLS} calls are under way already`);
      } else {
        calls += 1;
        answer(input)
          .catch((thrown: unknown) => {
            if (thrown instanceof UbusError) return refuse(input.id, thrown.status);
            options.log(`page: ${input.method.slice(0, 32)}: ${reason(thrown)}`);
            return refuse(input.id, STATUS.UNKNOWN_ERROR);
          })
          .finally(() => {
            calls -= 1;
          });
      }
    },
    update(snapshot, make) {
      if (socket.bufferedAmount > MAX_BUFFERED) {
        skipped += 1;
        if (skipped > MAX_SKIPPED) drop('it does not read what it is sent');
        return;
      }
      socket.send(make(sent));
      sent = snapshot;
      skipped = 0;
    },
    ping() {
      if (!answered) {
        drop('it does not answer');
        return;
      }
      answered = false;
      socket.ping();
    },
  };
}

/** A message as it is sent. */
export function encode(message: ToPage): string {
  return JSON.stringify(message);
}
