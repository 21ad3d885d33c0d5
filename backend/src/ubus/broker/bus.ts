import { int8, int32 } from '../codec/blob.ts';
import { ATTR, type Header, type Message, relayMessage, TYPE } from '../codec/message.ts';
import { STATUS } from '../codec/status.ts';
import { Events } from './events.ts';
import { handle } from './handlers.ts';
import { randomId } from './ids.ts';
import { Monitors } from './monitor.ts';

/** A connection to the bus; `write` must not call back into the bus. */
export interface BusClient {
  readonly id: number;
  readonly user: string;
  readonly group: string;
  readonly objects: Set<BusObject>;
  write(frame: Buffer): void;
}

/** The methods that objects share; kept as the bytes that lookups answer with. */
export interface ObjectType {
  readonly id: number;
  readonly signature: Buffer;
  users: number;
}

/** An object of a client. Without a type it is never listed, without a path never found by name. */
export interface BusObject {
  readonly id: number;
  readonly path: string | undefined;
  readonly type: ObjectType | undefined;
  readonly client: BusClient;
  /** Who is subscribed to it, the newest first; somebody may be in it twice. */
  readonly subscribers: BusObject[];
  /** What it is subscribed to. */
  readonly targets: BusObject[];
  /** Numbers the messages that the bus itself sends for it. */
  seq: number;
}

/** The state of a ubusd and its moves (ubusd_obj.c, ubusd_proto.c), without any socket. */
export class Bus {
  readonly clients = new Map<number, BusClient>();
  readonly objects = new Map<number, BusObject>();
  readonly paths = new Map<string, BusObject>();
  readonly types = new Map<number, ObjectType>();
  readonly events = new Events(this);
  readonly monitors = new Monitors(this);

  /** Takes a client in and greets it. */
  join(write: (frame: Buffer) => void, user: string, group: string): BusClient {
    const client = {
      id: randomId(this.clients),
      user,
      group,
      objects: new Set<BusObject>(),
      write,
    };
    this.clients.set(client.id, client);
    this.send(client, { type: TYPE.HELLO, seq: 0, peer: client.id }, []);
    return client;
  }

  /** Lets a client go with all it had. */
  leave(client: BusClient): void {
    this.monitors.remove(client);
    this.clients.delete(client.id);
    for (const object of [...client.objects]) this.removeObject(object);
  }

  /** Handles one message from a client. */
  receive(client: BusClient, message: Message): void {
    this.monitors.see(client, message, message.root, false);
    const status = this.#handle(client, message);
    if (status === undefined) return;
    const { seq, peer } = message;
    this.send(client, { type: TYPE.STATUS, seq, peer }, [int32(ATTR.STATUS, status)]);
  }

  /** Sends a message with the given attributes to a client. */
  send(client: BusClient, header: Header, attrs: readonly Buffer[]): void {
    this.relay(client, header, Buffer.concat(attrs));
  }

  /** Sends a message whose root's payload is already bytes. */
  relay(client: BusClient, header: Header, payload: Buffer): void {
    // Its own leaving still causes messages to it.
    if (!this.clients.has(client.id)) return;
    this.monitors.see(client, header, payload, true);
    client.write(relayMessage(header, payload));
  }

  /** Adds an object that passed all checks. */
  addObject(client: BusClient, path: string | undefined, type: ObjectType | undefined): BusObject {
    const id = randomId(this.objects);
    const object = { id, path, type, client, subscribers: [], targets: [], seq: 0 };
    this.objects.set(id, object);
    client.objects.add(object);
    if (type) type.users += 1;
    if (path !== undefined) {
      this.paths.set(path, object);
      this.events.objectChanged('ubus.object.add', id, path);
    }
    return object;
  }

  /** Removes an object; its subscribers and listeners are told. */
  removeObject(object: BusObject): void {
    for (const target of [...object.targets]) this.unsubscribe(object, target);
    for (const subscriber of [...object.subscribers]) {
      const attrs = [int32(ATTR.OBJID, subscriber.id), int32(ATTR.TARGET, object.id)];
      this.send(
        subscriber.client,
        { type: TYPE.UNSUBSCRIBE, seq: nextSeq(subscriber), peer: 0 },
        attrs,
      );
      this.unsubscribe(subscriber, object);
    }
    this.events.forget(object);
    if (object.path !== undefined) {
      this.paths.delete(object.path);
      this.events.objectChanged('ubus.object.remove', object.id, object.path);
    }
    this.objects.delete(object.id);
    object.client.objects.delete(object);
    if (object.type) this.#releaseType(object.type);
  }

  /** Adds one subscription; a second one to the same target doubles the notifications, as in ubusd. */
  subscribe(subscriber: BusObject, target: BusObject): void {
    target.subscribers.unshift(subscriber);
    subscriber.targets.unshift(target);
    if (target.subscribers.length === 1) this.#tellActive(target, true);
  }

  /** Ends one subscription; false when there is none. */
  unsubscribe(subscriber: BusObject, target: BusObject): boolean {
    if (!drop(subscriber.targets, target)) return false;
    drop(target.subscribers, subscriber);
    if (target.subscribers.length === 0) this.#tellActive(target, false);
    return true;
  }

  #handle(client: BusClient, message: Message): number | undefined {
    try {
      return handle(this, client, message);
    } catch (thrown) {
      // A call of almost 1 MiB passes the limit when the caller's account is added.
      if (thrown instanceof RangeError) return STATUS.NO_MEMORY;
      throw thrown;
    }
  }

  #tellActive(target: BusObject, active: boolean): void {
    const attrs = [int32(ATTR.OBJID, target.id), int8(ATTR.ACTIVE, active ? 1 : 0)];
    this.send(target.client, { type: TYPE.NOTIFY, seq: nextSeq(target), peer: 0 }, attrs);
  }

  #releaseType(type: ObjectType): void {
    type.users -= 1;
    if (type.users === 0) this.types.delete(type.id);
  }
}

function nextSeq(object: BusObject): number {
  object.seq = (object.seq + 1) & 0xffff;
  return object.seq;
}

function drop<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
