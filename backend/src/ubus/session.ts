import { int32, string, writeAttr } from './codec/blob.ts';
import {
  ATTR,
  type Attrs,
  encodeMessage,
  type Message,
  readRoot,
  SYSTEM_OBJECT,
  TYPE,
} from './codec/message.ts';
import { STATUS, type Subject, UbusError } from './codec/status.ts';
import { decodeTable, encodeTable, type Input } from './codec/values.ts';
import { Connection } from './connection.ts';
import { type RequestOptions, Requests } from './requests.ts';

/** A call or notification that came in; `answer` may be used once or not at all. */
export interface Incoming {
  attrs: Attrs;
  method: string;
  answer(status: number, data?: Buffer): void;
}

/** One of our objects, as far as incoming messages concern it. */
export interface Receiver {
  /** INVOKE: a method call, a notification or an event. */
  invoke(incoming: Incoming): void;
  /** The first subscriber came or the last one left. */
  subscribers?(active: boolean): void;
  /** The target of this subscriber object is gone. */
  targetGone?(target: number): void;
}

/** Calls being answered at once on one connection; further ones get NO_MEMORY. */
const MAX_INCOMING = 1_024;

export interface SessionOptions {
  path: string;
  onReady(): void;
  onClose(why: string): void;
}

/** Everything that lives and dies with one connection: requests, object ids, calls being answered. */
export class Session {
  readonly #connection: Connection;
  readonly #requests: Requests;
  readonly #receivers = new Map<number, Receiver>();
  #incoming = 0;
  readonly #appeared = new Set<(path: string) => void>();
  #watching: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#requests = new Requests((frame) => this.#connection.send(frame));
    this.#connection = new Connection({
      path: options.path,
      onReady: () => options.onReady(),
      onMessage: (message) => this.#receive(message),
      onClose: (why) => {
        this.#requests.fail(why);
        options.onClose(why);
      },
    });
  }

  /** See Requests.request. */
  request(
    header: { type: number; peer: number },
    attrs: readonly Buffer[],
    about: Subject,
    options?: RequestOptions,
  ): Promise<Attrs[]> {
    return this.#requests.request(header, attrs, about, options);
  }

  /** Calls `method` of the object `id`. */
  invoke(
    id: number,
    method: string,
    data: { readonly [name: string]: Input | undefined },
    about: Subject,
    options?: RequestOptions,
  ): Promise<Attrs[]> {
    const attrs = [
      int32(ATTR.OBJID, id),
      string(ATTR.METHOD, method),
      writeAttr(ATTR.DATA, encodeTable(data)),
    ];
    return this.request({ type: TYPE.INVOKE, peer: id }, attrs, about, options);
  }

  /** Sends a message that has no answer; false when the queue is full. */
  post(type: number, peer: number, attrs: readonly Buffer[]): boolean {
    return this.#connection.send(encodeMessage({ type, peer, seq: 0 }, attrs));
  }

  /** Adds an object (no attributes: an anonymous one) and resolves with its id. */
  async addObject(attrs: readonly Buffer[], about: Subject, receiver: Receiver): Promise<number> {
    let id: number | undefined;
    const onReply = (data: Attrs[]): void => {
      id = data.find((part) => part.objid !== undefined)?.objid;
      if (id !== undefined) this.#receivers.set(id, receiver);
    };
    await this.request({ type: TYPE.ADD_OBJECT, peer: 0 }, attrs, about, { onReply });
    if (id === undefined) throw new UbusError(STATUS.PARSE_ERROR, about, 'no object id came back');
    return id;
  }

  /** Removes an object of ours; nothing comes in for it any more from this moment on. */
  async removeObject(id: number, about: Subject): Promise<void> {
    this.#receivers.delete(id);
    await this.request({ type: TYPE.REMOVE_OBJECT, peer: 0 }, [int32(ATTR.OBJID, id)], about);
  }

  /** Has events that match `pattern` delivered to our object `id`. */
  async register(id: number, pattern: string): Promise<void> {
    const about = { object: 'event', method: `register '${pattern}'` };
    // The id is passed as the signed number that an int32 can hold.
    await this.invoke(SYSTEM_OBJECT.EVENT, 'register', { object: id | 0, pattern }, about);
  }

  /** Calls `appeared` with the path of every object that is added, until unwatchObjects(). */
  async watchObjects(appeared: (path: string) => void): Promise<void> {
    this.#appeared.add(appeared);
    this.#watching ??= this.#watch();
    try {
      await this.#watching;
    } catch (thrown) {
      this.#watching = undefined;
      throw thrown;
    }
  }

  unwatchObjects(appeared: (path: string) => void): void {
    this.#appeared.delete(appeared);
  }

  close(): void {
    this.#connection.close();
    this.#requests.fail('the client was closed');
  }

  async #watch(): Promise<void> {
    const invoke = ({ attrs, answer }: Incoming): void => {
      answer(STATUS.OK);
      const path = attrs.data && decodeTable(attrs.data).path;
      if (typeof path !== 'string') return;
      for (const appeared of [...this.#appeared]) appeared(path);
    };
    const id = await this.addObject([], { object: 'object watch' }, { invoke });
    await this.register(id, 'ubus.object.add');
  }

  #receive(message: Message): void {
    switch (message.type) {
      case TYPE.STATUS:
      case TYPE.DATA:
        this.#requests.receive(message);
        return;
      case TYPE.INVOKE:
        this.#receiveCall(message, readRoot(message.root));
        return;
      case TYPE.NOTIFY:
      case TYPE.UNSUBSCRIBE:
        this.#receiveChange(readRoot(message.root));
    }
  }

  #receiveChange(attrs: Attrs): void {
    const receiver = attrs.objid === undefined ? undefined : this.#receivers.get(attrs.objid);
    if (attrs.active !== undefined) receiver?.subscribers?.(attrs.active);
    if (attrs.target !== undefined) receiver?.targetGone?.(attrs.target);
  }

  #receiveCall(message: Message, attrs: Attrs): void {
    const { objid, method } = attrs;
    if (objid === undefined) return;
    const receiver = this.#receivers.get(objid);
    const answer = this.#answerer(message, objid, attrs.noReply === true);
    if (!receiver) answer(STATUS.NOT_FOUND);
    else if (method === undefined || !attrs.data) answer(STATUS.INVALID_ARGUMENT);
    else if (this.#incoming > MAX_INCOMING) answer(STATUS.NO_MEMORY);
    else receiver.invoke({ attrs, method, answer });
  }

  /** The way back to a caller: DATA and STATUS with its seq and, as peer, its client id. */
  #answerer({ seq, peer }: Message, objid: number, silent: boolean): Incoming['answer'] {
    this.#incoming += 1;
    let answered = false;
    const to = { seq, peer };
    const id = int32(ATTR.OBJID, objid);
    return (status, data) => {
      if (answered) return;
      // Encoded first: data over 1 MiB throws here, and the caller can still be given a status.
      const body =
        data && encodeMessage({ type: TYPE.DATA, ...to }, [id, writeAttr(ATTR.DATA, data)]);
      answered = true;
      this.#incoming -= 1;
      // Events come from peer 0, where nobody waits.
      if (silent || peer === 0) return;
      const lost = body !== undefined && !this.#connection.send(body);
      const code = int32(ATTR.STATUS, lost ? STATUS.NO_MEMORY : status);
      this.#connection.send(encodeMessage({ type: TYPE.STATUS, ...to }, [code, id]));
    };
  }
}
