import { int32, readAttrs, readCString, string, writeAttr } from '../codec/blob.ts';
import { type RawMember, readRaw, TYPE_IDS } from '../codec/blobmsg.ts';
import { ATTR, SYSTEM_OBJECT, TYPE } from '../codec/message.ts';
import { STATUS } from '../codec/status.ts';
import { encodeTable } from '../codec/values.ts';
import type { Bus, BusClient, BusObject } from './bus.ts';

/** Patterns that one object may register. */
const MAX_PATTERNS = 256;

/** The event object of ubusd (ubusd_event.c): `register`, `send`, and the bus's own events. */
export class Events {
  readonly #bus: Bus;
  readonly #patterns = new Map<BusObject, Set<string>>();
  #seq = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** A call of the event object; its status. */
  invoke(client: BusClient, method: string, data: Buffer | undefined): number {
    if (!data) return STATUS.INVALID_ARGUMENT;
    const members = [...readAttrs(data)].flatMap((attr) => readRaw(attr) ?? []);
    if (method === 'register') return this.#register(client, members);
    if (method === 'send') return this.#send(client, members);
    return STATUS.INVALID_COMMAND;
  }

  /** `ubus.object.add` and `.remove`: to everybody, the object's owner too. */
  objectChanged(name: string, id: number, path: string): void {
    this.#deliver(undefined, name, encodeTable({ id: id | 0, path }));
  }

  /** Drops all patterns of an object that goes away. */
  forget(object: BusObject): void {
    this.#patterns.delete(object);
  }

  #register(client: BusClient, members: readonly RawMember[]): number {
    const id = find(members, 'object', TYPE_IDS.int32);
    const pattern = readCString(find(members, 'pattern', TYPE_IDS.string) ?? Buffer.alloc(0));
    if (id?.length !== 4 || pattern === undefined) return STATUS.INVALID_ARGUMENT;
    if (id.readUInt32BE(0) < SYSTEM_OBJECT.MAX) return STATUS.PERMISSION_DENIED;
    const object = this.#bus.objects.get(id.readUInt32BE(0));
    if (!object) return STATUS.NOT_FOUND;
    if (object.client !== client || pattern === '') return STATUS.PERMISSION_DENIED;
    const patterns = this.#patterns.get(object) ?? new Set();
    if (patterns.size >= MAX_PATTERNS) return STATUS.NO_MEMORY;
    this.#patterns.set(object, patterns.add(pattern));
    return STATUS.OK;
  }

  #send(client: BusClient, members: readonly RawMember[]): number {
    const name = readCString(find(members, 'id', TYPE_IDS.string) ?? Buffer.alloc(0));
    const data = find(members, 'data', TYPE_IDS.table);
    if (name === undefined || !data) return STATUS.INVALID_ARGUMENT;
    if (name.startsWith('ubus.')) return STATUS.PERMISSION_DENIED;
    this.#deliver(client, name, data);
    return STATUS.OK;
  }

  /** Once per object, however many of its patterns match, and never back to the sender. */
  #deliver(sender: BusClient | undefined, name: string, data: Buffer): void {
    for (const [object, patterns] of [...this.#patterns]) {
      if (object.client === sender || ![...patterns].some((one) => matches(one, name))) continue;
      this.#seq = (this.#seq + 1) & 0xffff;
      this.#bus.send(object.client, { type: TYPE.INVOKE, seq: this.#seq, peer: 0 }, [
        int32(ATTR.OBJID, object.id),
        string(ATTR.METHOD, name),
        writeAttr(ATTR.DATA, data),
      ]);
    }
  }
}

/** The value of the first member with this name and type. */
function find(members: readonly RawMember[], name: string, id: number): Buffer | undefined {
  return members.find((member) => member.name === name && member.id === id)?.value;
}

/** Only a trailing `*` is a wildcard. */
export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
