import { int32, string } from './codec/blob.ts';
import { ATTR, TYPE } from './codec/message.ts';
import { STATUS, UbusError } from './codec/status.ts';
import { decodeTable, type Table } from './codec/values.ts';
import type { Registration, Report } from './objects.ts';
import type { Incoming, Receiver, Session } from './session.ts';

/** What a subscriber is told. */
export interface SubscriptionHandlers {
  /** A notification of the target. */
  notify(name: string, data: Table): void;
  /** The target is on the bus and subscribed to, at first or again. */
  added?(): void;
  /** The target is gone; the subscription comes back with it. */
  removed?(): void;
}

/**
 * A subscription to the object at `path`, present or not: while it is absent the subscription waits
 * for ubusd's `ubus.object.add`, so it survives a restart of the target and of ubusd. On the wire it
 * is one anonymous object of its own, which is what ubusd delivers notifications to.
 */
export class Subscription implements Registration, Receiver {
  readonly path: string;
  readonly #handlers: SubscriptionHandlers;
  readonly #report: Report;
  readonly #onAppear: (path: string) => void;
  #session: Session | undefined;
  #id: number | null = null;
  #target: number | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(path: string, handlers: SubscriptionHandlers, report: Report) {
    this.path = path;
    this.#handlers = handlers;
    this.#report = report;
    this.#onAppear = (appeared) => this.#appeared(appeared);
  }

  /** True while the target is there and notifications come. */
  get active(): boolean {
    return this.#target !== null;
  }

  async attach(session: Session): Promise<void> {
    this.#session = session;
    const about = { object: `subscription to ${this.path}` };
    const id = await session.addObject([], about, this);
    if (this.#session !== session) return session.removeObject(id, about);
    this.#id = id;
    // Watch first, then look: the target may come in between.
    const watching = await this.#watch(session);
    await this.#try(session);
    if (!watching && !this.active)
      throw new UbusError(STATUS.NOT_FOUND, about, 'nor may it be awaited');
  }

  detach(): void {
    this.#session?.unwatchObjects(this.#onAppear);
    this.#session = undefined;
    this.#id = null;
    this.#gone();
  }

  /** Ends it on the present connection; ubusd forgets the subscription with its object. */
  async leave(): Promise<void> {
    const session = this.#session;
    const id = this.#id;
    this.#target = null;
    this.detach();
    if (session && id !== null) await session.removeObject(id, { object: this.path });
  }

  invoke({ attrs, method, answer }: Incoming): void {
    answer(STATUS.OK);
    this.#guard(() => this.#handlers.notify(method, decodeTable(attrs.data)));
  }

  targetGone(target: number): void {
    if (target === this.#target) this.#gone();
  }

  #gone(): void {
    if (this.#target === null) return;
    this.#target = null;
    this.#guard(() => this.#handlers.removed?.());
  }

  #appeared(path: string): void {
    const session = this.#session;
    if (path !== this.path || !session) return;
    this.#try(session).catch((thrown) => {
      if (this.#session === session) this.#report(thrown, `subscription to '${this.path}'`);
    });
  }

  /** False where an ACL forbids to hear of new objects; what is there can still be subscribed to. */
  async #watch(session: Session): Promise<boolean> {
    try {
      await session.watchObjects(this.#onAppear);
      return true;
    } catch (thrown) {
      if (thrown instanceof UbusError && thrown.status === STATUS.PERMISSION_DENIED) return false;
      throw thrown;
    }
  }

  /** One attempt at a time: the target may come, go and come again while one is under way. */
  #try(session: Session): Promise<void> {
    const attempt = this.#work.then(() => this.#subscribe(session));
    this.#work = attempt.catch(() => undefined);
    return attempt;
  }

  async #subscribe(session: Session): Promise<void> {
    const id = this.#id;
    if (this.#session !== session || id === null || this.#target !== null) return;
    try {
      const about = { object: this.path, method: 'subscribe' };
      const path = [string(ATTR.OBJPATH, this.path)];
      const [found] = await session.request({ type: TYPE.LOOKUP, peer: 0 }, path, about);
      const target = found?.objid;
      if (target === undefined) return;
      const attrs = [int32(ATTR.OBJID, id), int32(ATTR.TARGET, target)];
      const onReply = (): void => {
        if (this.#session === session) this.#target = target;
      };
      await session.request({ type: TYPE.SUBSCRIBE, peer: 0 }, attrs, about, { onReply });
    } catch (thrown) {
      if (thrown instanceof UbusError && thrown.status === STATUS.NOT_FOUND) return;
      throw thrown;
    }
    if (this.active) this.#guard(() => this.#handlers.added?.());
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#report(thrown, `subscription to '${this.path}'`);
    }
  }
}
