import { int8, int32, string, writeAttr } from './codec/blob.ts';
import { ATTR, TYPE } from './codec/message.ts';
import { STATUS, UbusError } from './codec/status.ts';
import { decodeTable, encodeTable, type Input } from './codec/values.ts';
import { type Call, type Methods, type Reply, signatureAttr } from './methods.ts';
import type { Incoming, Receiver, Session } from './session.ts';

/** Something that has to be made anew on every connection. */
export interface Registration {
  attach(session: Session): Promise<void>;
  /** The connection is gone and took the registration with it. */
  detach(): void;
  /** Takes it off the present connection; also undoes an attach that failed half way. */
  leave(): Promise<void>;
}

/** Tells about errors that have no caller: an exception in a handler, a lost registration. */
export type Report = (error: unknown, where: string) => void;

/** Extra callbacks of an object. */
export interface ObjectOptions {
  /** The first subscriber came (true), the last one left or the connection is gone (false). */
  onSubscribers?: (active: boolean) => void;
}

/** An object of ours on the bus. */
export class LocalObject implements Registration, Receiver {
  readonly path: string;
  readonly #methods: Methods;
  readonly #options: ObjectOptions;
  readonly #report: Report;
  #session: Session | undefined;
  #id: number | null = null;
  #subscribed = false;

  constructor(path: string, methods: Methods, options: ObjectOptions, report: Report) {
    this.path = path;
    this.#methods = methods;
    this.#options = options;
    this.#report = report;
  }

  /** Null while it is not on the bus. */
  get id(): number | null {
    return this.#id;
  }

  /** True while somebody is subscribed. */
  get subscribed(): boolean {
    return this.#subscribed;
  }

  /**
   * Tells all subscribers, asking for no answer. False when it was not sent: nobody is subscribed,
   * there is no connection, or ubusd does not read. Throws TypeError or RangeError for bad data.
   */
  notify(name: string, data: { readonly [name: string]: Input | undefined } = {}): boolean {
    if (!this.#session || this.#id === null || !this.#subscribed) return false;
    return this.#session.post(TYPE.NOTIFY, this.#id, [
      int32(ATTR.OBJID, this.#id),
      string(ATTR.METHOD, name),
      int8(ATTR.NO_REPLY, 1),
      writeAttr(ATTR.DATA, encodeTable(data)),
    ]);
  }

  /** Puts it on the bus. Rejects with INVALID_ARGUMENT when the path is taken or not allowed. */
  async attach(session: Session): Promise<void> {
    this.#session = session;
    const about = { object: this.path, method: 'add_object' };
    const attrs = [string(ATTR.OBJPATH, this.path), signatureAttr(this.#methods)];
    const id = await session.addObject(attrs, about, this).catch((thrown) => {
      const refused = thrown instanceof UbusError && thrown.status === STATUS.INVALID_ARGUMENT;
      throw refused
        ? new UbusError(thrown.status, about, 'the name is taken or not allowed')
        : thrown;
    });
    if (this.#session === session) this.#id = id;
    else await session.removeObject(id, about);
  }

  detach(): void {
    this.#session = undefined;
    this.#id = null;
    this.subscribers(false);
  }

  /** Takes it off the bus of the present connection. */
  async leave(): Promise<void> {
    const session = this.#session;
    const id = this.#id;
    this.detach();
    if (session && id !== null) await session.removeObject(id, { object: this.path });
  }

  subscribers(active: boolean): void {
    if (active === this.#subscribed) return;
    this.#subscribed = active;
    this.#guard('onSubscribers', () => this.#options.onSubscribers?.(active));
  }

  invoke(incoming: Incoming): void {
    const { method, attrs, answer } = incoming;
    // Own members only: a caller may ask for the method `constructor`.
    const found = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (!found) {
      answer(STATUS.METHOD_NOT_FOUND);
      return;
    }
    const call: Call = {
      object: this.path,
      method,
      data: decodeTable(attrs.data),
      user: attrs.user,
      group: attrs.group,
    };
    this.#run(() => found.run(call), incoming);
  }

  #run(run: () => ReturnType<Methods[string]['run']>, incoming: Incoming): void {
    try {
      const reply = run();
      if (reply instanceof Promise) {
        reply
          .then((value) => this.#reply(value, incoming))
          .catch((thrown) => this.#fail(thrown, incoming));
      } else {
        this.#reply(reply, incoming);
      }
    } catch (thrown) {
      this.#fail(thrown, incoming);
    }
  }

  #reply(reply: Reply, incoming: Incoming): void {
    incoming.answer(STATUS.OK, reply && encodeTable(reply));
  }

  #fail(thrown: unknown, incoming: Incoming): void {
    if (thrown instanceof UbusError) {
      incoming.answer(thrown.status);
      return;
    }
    incoming.answer(STATUS.UNKNOWN_ERROR);
    this.#guard(incoming.method, () => {
      throw thrown;
    });
  }

  #guard(what: string, run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#report(thrown, `object '${this.path}', ${what}`);
    }
  }
}
