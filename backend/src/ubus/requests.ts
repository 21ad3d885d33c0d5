import { type Attrs, encodeMessage, type Message, readRoot, TYPE } from './codec/message.ts';
import { STATUS, type Subject, UbusError } from './codec/status.ts';

/** Bounds of one request. */
export interface CallOptions {
  /** Milliseconds until it fails with TIMEOUT; default 30 000, as the `ubus` CLI. */
  timeout?: number | undefined;
  /** Ends the wait at once; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** For parts of this folder. */
export interface RequestOptions extends CallOptions {
  /**
   * Called with a good answer in the same turn it is read, before anything that follows it on the
   * wire: an object's first call may stand right behind the answer that gave the object its id.
   */
  onReply?: ((data: Attrs[]) => void) | undefined;
}

export const DEFAULT_TIMEOUT = 30_000;
/** Waits for `promise` within the bounds; rejects as a request would. */
export function within<T>(promise: Promise<T>, about: Subject, bounds: CallOptions): Promise<T> {
  const { signal, timeout = DEFAULT_TIMEOUT } = bounds;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw signal.reason;
    const onAbort = (): void => reject(signal?.reason);
    const late = new UbusError(STATUS.TIMEOUT, about, `no answer within ${timeout} ms`);
    const timer = setTimeout(() => reject(late), timeout);
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    });
  });
}

/** DATA that one request may collect before it is given up; a list of all objects is about 50 kB. */
const MAX_REPLY = 8 * 1_048_576;
/** Sequence numbers of given-up requests that are kept out of use until their late answer. */
const MAX_ABANDONED = 4_096;

interface Pending {
  peer: number;
  /** The subject of errors. */
  about: Subject;
  data: Attrs[];
  size: number;
  resolve(data: Attrs[]): void;
  reject(why: unknown): void;
}

/**
 * The requests under way on one connection. Replies are matched by (seq, peer) as libubus does; a
 * number is not used again while its request, or a given-up one's late answer, may still come.
 */
export class Requests {
  readonly #send: (frame: Buffer) => boolean;
  readonly #pending = new Map<number, Pending>();
  readonly #abandoned = new Map<number, number>();
  #last = 0;

  constructor(send: (frame: Buffer) => boolean) {
    this.#send = send;
  }

  /** Sends a request; resolves with the attributes of its DATA messages, rejects with UbusError. */
  request(
    header: { type: number; peer: number },
    attrs: readonly Buffer[],
    about: Subject,
    options: RequestOptions = {},
  ): Promise<Attrs[]> {
    const { signal, timeout = DEFAULT_TIMEOUT } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw signal.reason;
      const seq = this.#nextSeq(about);
      const frame = encodeMessage({ ...header, seq }, attrs);
      if (!this.#send(frame)) {
        throw new UbusError(STATUS.NO_MEMORY, about, 'ubusd does not read, the send queue is full');
      }
      const onTimeout = (): void =>
        this.#giveUp(seq, new UbusError(STATUS.TIMEOUT, about, `no answer within ${timeout} ms`));
      const onAbort = (): void => this.#giveUp(seq, signal?.reason);
      const timer = setTimeout(onTimeout, timeout);
      signal?.addEventListener('abort', onAbort, { once: true });
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      this.#pending.set(seq, {
        peer: header.peer,
        about,
        data: [],
        size: 0,
        resolve: (data) => {
          release();
          options.onReply?.(data);
          resolve(data);
        },
        reject: (why) => {
          release();
          reject(why);
        },
      });
    });
  }

  /** Takes a STATUS or DATA message; one that belongs to no request is ignored. */
  receive(message: Message): void {
    const pending = this.#pending.get(message.seq);
    if (!pending || pending.peer !== message.peer) {
      const late = this.#abandoned.get(message.seq) === message.peer;
      if (late && message.type === TYPE.STATUS) this.#abandoned.delete(message.seq);
      return;
    }
    if (message.type === TYPE.DATA) this.#collect(message, pending);
    else this.#finish(message, pending);
  }

  /** Fails everything under way: the connection is gone. */
  fail(why: string): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, about } of all) {
      reject(new UbusError(STATUS.CONNECTION_FAILED, about, why));
    }
  }

  #collect(message: Message, pending: Pending): void {
    pending.size += message.root.length;
    if (pending.size > MAX_REPLY) {
      const why = `the answer is over ${MAX_REPLY} bytes`;
      this.#giveUp(message.seq, new UbusError(STATUS.NO_MEMORY, pending.about, why));
      return;
    }
    pending.data.push(readRoot(message.root));
  }

  #finish(message: Message, pending: Pending): void {
    this.#pending.delete(message.seq);
    const status = readRoot(message.root).status ?? STATUS.PARSE_ERROR;
    if (status === STATUS.OK) pending.resolve(pending.data);
    else pending.reject(new UbusError(status, pending.about));
  }

  #giveUp(seq: number, why: unknown): void {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    this.#pending.delete(seq);
    // There is no cancel message: the method runs on and its late answer still comes.
    this.#abandoned.set(seq, pending.peer);
    for (const oldest of this.#abandoned.keys()) {
      if (this.#abandoned.size <= MAX_ABANDONED) break;
      this.#abandoned.delete(oldest);
    }
    pending.reject(why);
  }

  #nextSeq(about: Subject): number {
    for (let tries = 0; tries < 0xffff; tries += 1) {
      // 1 to 65535; 0 is for messages without an answer.
      this.#last = (this.#last % 0xffff) + 1;
      if (!this.#pending.has(this.#last) && !this.#abandoned.has(this.#last)) return this.#last;
    }
    throw new UbusError(STATUS.NO_MEMORY, about, 'all 65535 sequence numbers are in use');
  }
}
