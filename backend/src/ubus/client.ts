import { string } from './codec/blob.ts';
import { readMembers } from './codec/blobmsg.ts';
import { ATTR, type Attrs, SYSTEM_OBJECT, TYPE } from './codec/message.ts';
import { STATUS, type Subject, UbusError } from './codec/status.ts';
import { decodeTable, type Input, type Table } from './codec/values.ts';
import { DEFAULT_PATH } from './connection.ts';
import { Listener } from './listener.ts';
import { type ArgType, type Methods, readSignature } from './methods.ts';
import { LocalObject, type ObjectOptions, type Registration } from './objects.ts';
import { Registrations } from './registrations.ts';
import { type CallOptions, DEFAULT_TIMEOUT, within } from './requests.ts';
import { Session } from './session.ts';
import { Subscription, type SubscriptionHandlers } from './subscription.ts';

/** `up` is told after all registrations were made again; `down` with the reason, for every attempt. */
export type ClientState = { up: true } | { up: false; reason: string };

export interface ClientOptions {
  /** Default `/var/run/ubus/ubus.sock`. */
  path?: string;
  /** Milliseconds between attempts to connect; default 1000. */
  retry?: number;
  /** Default deadline of calls, ms; 30 000 unless given. */
  timeout?: number;
  onState?: (state: ClientState) => void;
  /** Errors without a caller: an exception in a handler, a registration that ubusd refuses later. */
  onError?: (error: unknown, where: string) => void;
}

/** An object as lookup() describes it. */
export interface FoundObject {
  path: string;
  id: number;
  type: number;
  methods: Record<string, Record<string, ArgType>>;
}

/** A table to send. */
export type Data = { readonly [name: string]: Input | undefined };

/** Ids remembered per path, so that a call is one round trip; all are looked up again beyond it. */
const MAX_IDS = 256;

type Phase =
  | { kind: 'connecting'; session: Session; settled: Promise<void>; settle: () => void }
  | { kind: 'open'; session: Session }
  | { kind: 'waiting'; reason: string; timer: NodeJS.Timeout }
  | { kind: 'closed' };

/** Connects to ubusd; at once and again whenever the connection is lost, until close(). */
export function connect(options: ClientOptions = {}): Client {
  return new Client(options);
}

/** A client of ubusd that stays one across restarts of ubusd. Made by connect(). */
export class Client {
  readonly path: string;
  readonly #options: ClientOptions;
  readonly #registrations: Registrations;
  readonly #ids = new Map<string, number>();
  #phase: Phase = { kind: 'closed' };

  constructor(options: ClientOptions) {
    this.#options = options;
    this.path = options.path ?? DEFAULT_PATH;
    this.#registrations = new Registrations(this.#report, this.#retry);
    this.#open();
  }

  /** True while calls can be made. */
  get connected(): boolean {
    return this.#phase.kind === 'open';
  }

  /** Resolves when the present attempt to connect has succeeded; rejects with CONNECTION_FAILED. */
  async ready(options: CallOptions = {}): Promise<void> {
    await this.#session({ object: this.path }, this.#deadline(options));
  }

  /**
   * The objects that match `pattern` (a path, a prefix with `*`, or nothing for all), in ubusd's
   * order. Rejects with NOT_FOUND when there is none.
   */
  async lookup(pattern?: string, options: CallOptions = {}): Promise<FoundObject[]> {
    const about = { object: pattern ?? '*', method: 'lookup' };
    const left = this.#deadline(options);
    const session = await this.#session(about, left);
    const attrs = pattern === undefined ? [] : [string(ATTR.OBJPATH, pattern)];
    const found = await session.request({ type: TYPE.LOOKUP, peer: 0 }, attrs, about, left());
    return found.flatMap(foundObject);
  }

  /**
   * Calls a method. Several DATA messages are merged into one table, the later ones over the earlier
   * (as uhttpd does); none gives an empty table. Rejects with UbusError: the method's own status,
   * TIMEOUT, CONNECTION_FAILED; with the signal's reason when aborted; with TypeError or RangeError
   * for arguments that cannot be sent.
   */
  async call(
    object: string,
    method: string,
    args: Data = {},
    options: CallOptions = {},
  ): Promise<Table> {
    const parts = await this.callParts(object, method, args, options);
    return Object.assign(Object.create(null), ...parts);
  }

  /** The same with every DATA message as a table of its own. */
  async callParts(
    object: string,
    method: string,
    args: Data = {},
    options: CallOptions = {},
  ): Promise<Table[]> {
    const about = { object, method };
    const left = this.#deadline(options);
    const session = await this.#session(about, left);
    const known = this.#ids.get(object);
    const id = known ?? (await this.#find(session, object, about, left()));
    try {
      return tables(await session.invoke(id, method, args, about, left()));
    } catch (thrown) {
      // A remembered id may be stale: its owner was restarted. The same id again means that
      // NOT_FOUND was the method's own answer.
      if (known === undefined || !isNotFound(thrown)) throw thrown;
      const fresh = await this.#find(session, object, about, left());
      if (fresh === known) throw thrown;
      return tables(await session.invoke(fresh, method, args, about, left()));
    }
  }

  /**
   * Puts an object on the bus, now and after every reconnect. Without a connection it resolves at
   * once and the object appears later. Rejects with INVALID_ARGUMENT when the path is taken.
   */
  async addObject(
    path: string,
    methods: Methods,
    options: ObjectOptions = {},
  ): Promise<LocalObject> {
    const object = new LocalObject(path, methods, options, this.#report);
    await this.#register(object);
    return object;
  }

  /** Subscribes to the object at `path`, now or as soon as there is one, and after reconnects. */
  async subscribe(path: string, handlers: SubscriptionHandlers): Promise<Subscription> {
    const subscription = new Subscription(path, handlers, this.#report);
    await this.#register(subscription);
    return subscription;
  }

  /** Listens for events whose name is `pattern`, or starts with it when it ends in `*`. */
  async listen(pattern: string, handler: (name: string, data: Table) => void): Promise<Listener> {
    const listener = new Listener(pattern, handler, this.#report);
    await this.#register(listener);
    return listener;
  }

  /** Ends an object, subscription or listener for good. */
  async remove(registration: LocalObject | Subscription | Listener): Promise<void> {
    await this.#registrations.remove(registration);
  }

  /** Sends an event; it is not delivered back to this client. Names in `ubus.` are refused. */
  async send(event: string, data: Data = {}, options: CallOptions = {}): Promise<void> {
    const about = { object: 'event', method: `send '${event}'` };
    const left = this.#deadline(options);
    const session = await this.#session(about, left);
    await session.invoke(SYSTEM_OBJECT.EVENT, 'send', { id: event, data }, about, left());
  }

  /** Ends the connection for good; calls under way fail with CONNECTION_FAILED. */
  close(): void {
    const phase = this.#phase;
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'waiting') clearTimeout(phase.timer);
    if (phase.kind === 'connecting' || phase.kind === 'open') phase.session.close();
    if (phase.kind === 'connecting') phase.settle();
    this.#registrations.detachAll();
  }

  get #retry(): number {
    return this.#options.retry ?? 1_000;
  }

  readonly #report = (error: unknown, where: string): void => this.#options.onError?.(error, where);

  /** The bounds of a call that takes several steps: what is left of its time at each. */
  #deadline(options: CallOptions): () => CallOptions {
    const timeout = options.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT;
    const end = performance.now() + timeout;
    return () => ({ ...options, timeout: Math.max(0, Math.round(end - performance.now())) });
  }

  #open(): void {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const session: Session = new Session({
      path: this.path,
      onReady: () => {
        this.#phase = { kind: 'open', session };
        settle();
        void this.#restore(session);
      },
      onClose: (why) => {
        this.#lost(why);
        settle();
      },
    });
    this.#phase = { kind: 'connecting', session, settled, settle };
  }

  #lost(reason: string): void {
    if (this.#phase.kind === 'closed') return;
    const timer = setTimeout(() => this.#open(), this.#retry);
    this.#phase = { kind: 'waiting', reason, timer };
    this.#ids.clear();
    this.#registrations.detachAll();
    this.#options.onState?.({ up: false, reason });
  }

  async #restore(session: Session): Promise<void> {
    await this.#registrations.attachAll(session);
    const current = this.#phase.kind === 'open' && this.#phase.session === session;
    if (current) this.#options.onState?.({ up: true });
  }

  async #register(registration: Registration): Promise<void> {
    if (this.#phase.kind === 'connecting') await this.#phase.settled;
    if (this.#phase.kind === 'closed') throw this.#closedError({});
    await this.#registrations.add(registration);
  }

  async #session(about: Subject, left: () => CallOptions): Promise<Session> {
    if (this.#phase.kind === 'connecting') await within(this.#phase.settled, about, left());
    const phase = this.#phase;
    if (phase.kind === 'open') return phase.session;
    if (phase.kind === 'closed') throw this.#closedError(about);
    const why = phase.kind === 'waiting' ? phase.reason : 'the connection was lost';
    throw new UbusError(STATUS.CONNECTION_FAILED, about, `no ubusd at ${this.path}: ${why}`);
  }

  #closedError(about: Subject): UbusError {
    return new UbusError(STATUS.CONNECTION_FAILED, about, 'the client was closed');
  }

  async #find(
    session: Session,
    path: string,
    about: Subject,
    options: CallOptions,
  ): Promise<number> {
    const attrs = [string(ATTR.OBJPATH, path)];
    const [found] = await session.request({ type: TYPE.LOOKUP, peer: 0 }, attrs, about, options);
    // An object that we may not see is answered with OK and nothing.
    if (found?.objid === undefined) throw new UbusError(STATUS.NOT_FOUND, about);
    if (this.#ids.size >= MAX_IDS) this.#ids.clear();
    if (this.connected) this.#ids.set(path, found.objid);
    return found.objid;
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof UbusError && thrown.status === STATUS.NOT_FOUND;
}

function tables(parts: readonly Attrs[]): Table[] {
  return parts.map((part) => decodeTable(part.data));
}

function foundObject({ objpath, objid, objtype, signature }: Attrs): FoundObject[] {
  if (objpath === undefined || objid === undefined) return [];
  const methods = readSignature(signature ? readMembers(signature) : []);
  return [{ path: objpath, id: objid, type: objtype ?? 0, methods }];
}
