import { int32, nested, padded, readAttrs, string, writeAttr } from '../codec/blob.ts';
import { readRaw, TYPE_IDS } from '../codec/blobmsg.ts';
import { ATTR, type Attrs, type Message, readRoot, SYSTEM_OBJECT, TYPE } from '../codec/message.ts';
import { STATUS } from '../codec/status.ts';
import type { Bus, BusClient, BusObject, ObjectType } from './bus.ts';
import { randomId } from './ids.ts';

/** Objects of one client, and subscriptions of or to one object. */
const MAX_OBJECTS = 1_024;
const MAX_SUBSCRIPTIONS = 1_024;
/** Bytes of a path and of a signature: both must fit the answer of a lookup, whatever they are. */
const MAX_PATH = 1_024;
const MAX_SIGNATURE = 512 * 1_024;

/** The status that ends a request, or undefined when nothing is to be answered (yet). */
type Outcome = number | undefined;

interface Request {
  bus: Bus;
  client: BusClient;
  message: Message;
  attrs: Attrs;
}

/** Does what a message asks for (ubusd_proto.c); the status to answer it with. */
export function handle(bus: Bus, client: BusClient, message: Message): Outcome {
  const handler = handlers[message.type];
  if (!handler) return STATUS.INVALID_COMMAND;
  return handler({ bus, client, message, attrs: readRoot(message.root) });
}

const handlers: Readonly<Record<number, (request: Request) => Outcome>> = {
  [TYPE.STATUS]: respond,
  [TYPE.DATA]: respond,
  [TYPE.PING]: ping,
  [TYPE.LOOKUP]: lookup,
  [TYPE.INVOKE]: invoke,
  [TYPE.ADD_OBJECT]: addObject,
  [TYPE.REMOVE_OBJECT]: removeObject,
  [TYPE.SUBSCRIBE]: subscribe,
  [TYPE.UNSUBSCRIBE]: unsubscribe,
  [TYPE.NOTIFY]: notify,
};

function ping({ bus, client, message }: Request): Outcome {
  bus.relay(client, { ...message, type: TYPE.DATA }, message.root);
  return STATUS.OK;
}

function lookup(request: Request): Outcome {
  const { bus, attrs } = request;
  const path = attrs.objpath;
  if (path === undefined) {
    for (const object of byPath(bus)) describe(request, object);
    return STATUS.OK;
  }
  if (path === '') return STATUS.INVALID_ARGUMENT;
  if (!path.endsWith('*')) {
    const object = bus.paths.get(path);
    if (object) describe(request, object);
    return object ? STATUS.OK : STATUS.NOT_FOUND;
  }
  const found = byPath(bus).filter((object) => object.path?.startsWith(path.slice(0, -1)));
  for (const object of found) describe(request, object);
  return found.length > 0 ? STATUS.OK : STATUS.NOT_FOUND;
}

function byPath(bus: Bus): BusObject[] {
  const order = [...bus.paths.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return order.map(([, object]) => object);
}

/** One DATA of a lookup; an object without methods known is passed over. */
function describe({ bus, client, message }: Request, { path, id, type }: BusObject): void {
  if (!type || path === undefined) return;
  bus.send(client, { ...message, type: TYPE.DATA }, [
    string(ATTR.OBJPATH, path),
    int32(ATTR.OBJID, id),
    int32(ATTR.OBJTYPE, type.id),
    writeAttr(ATTR.SIGNATURE, type.signature),
  ]);
}

function invoke({ bus, client, message, attrs }: Request): Outcome {
  const { objid, method, data } = attrs;
  if (method === undefined || objid === undefined) return STATUS.INVALID_ARGUMENT;
  if (objid === SYSTEM_OBJECT.EVENT) return bus.events.invoke(client, method, data);
  if (objid === SYSTEM_OBJECT.MONITOR) return bus.monitors.invoke(client, method);
  const object = bus.objects.get(objid);
  if (!object) return STATUS.NOT_FOUND;
  forward(bus, client, message, object, [], method, data);
  return undefined;
}

/** An INVOKE to the owner of `object`: the caller's seq, the caller's id as peer. */
function forward(
  bus: Bus,
  caller: BusClient,
  { seq }: Message,
  object: BusObject,
  first: readonly Buffer[],
  method: string,
  data: Buffer | undefined,
): void {
  bus.send(object.client, { type: TYPE.INVOKE, seq, peer: caller.id }, [
    ...first,
    int32(ATTR.OBJID, object.id),
    string(ATTR.METHOD, method),
    string(ATTR.USER, caller.user),
    string(ATTR.GROUP, caller.group),
    ...(data ? [writeAttr(ATTR.DATA, data)] : []),
  ]);
}

/** STATUS or DATA of an object's owner, handed on to the caller; anything odd is dropped. */
function respond({ bus, client, message, attrs }: Request): Outcome {
  const content = message.type === TYPE.STATUS ? attrs.status : attrs.data;
  if (attrs.objid === undefined || content === undefined) return undefined;
  const object = bus.objects.get(attrs.objid);
  const caller = bus.clients.get(message.peer);
  if (object?.client !== client || !caller) return undefined;
  bus.relay(caller, { ...message, peer: object.id }, message.root);
  return undefined;
}

function addObject({ bus, client, message, attrs }: Request): Outcome {
  if (attrs.objpath !== undefined && bus.paths.has(attrs.objpath)) return STATUS.INVALID_ARGUMENT;
  if (client.objects.size >= MAX_OBJECTS) return STATUS.NO_MEMORY;
  const path = attrs.objpath ?? '';
  if (path.length > MAX_PATH || (attrs.signature?.length ?? 0) > MAX_SIGNATURE) {
    return STATUS.INVALID_ARGUMENT;
  }
  const known = attrs.objtype === undefined ? undefined : bus.types.get(attrs.objtype);
  const type = attrs.objtype === undefined ? newType(bus, attrs.signature) : known;
  const object = bus.addObject(client, attrs.objpath, type);
  const answer = [int32(ATTR.OBJID, object.id)];
  if (attrs.signature && type) answer.push(int32(ATTR.OBJTYPE, type.id));
  bus.send(client, { ...message, type: TYPE.DATA }, answer);
  return STATUS.OK;
}

/** The type for a SIGNATURE; undefined when it is absent or holds anything but named members. */
function newType(bus: Bus, signature: Buffer | undefined): ObjectType | undefined {
  if (!signature) return undefined;
  let length = 0;
  for (const attr of readAttrs(signature)) {
    const method = readRaw(attr);
    if (!method || method.name === '' || method.id > TYPE_IDS.double) return undefined;
    length += padded(4 + attr.data.length);
  }
  const type = {
    id: randomId(bus.types),
    signature: Buffer.from(signature.subarray(0, length)),
    users: 0,
  };
  bus.types.set(type.id, type);
  return type;
}

function removeObject({ bus, client, message, attrs }: Request): Outcome {
  if (attrs.objid === undefined) return STATUS.INVALID_ARGUMENT;
  const object = bus.objects.get(attrs.objid);
  if (!object) return STATUS.NOT_FOUND;
  if (object.client !== client) return STATUS.PERMISSION_DENIED;
  const answer = [int32(ATTR.OBJID, object.id)];
  if (object.type?.users === 1) answer.push(int32(ATTR.OBJTYPE, object.type.id));
  bus.send(client, { ...message, type: TYPE.DATA }, answer);
  bus.removeObject(object);
  return STATUS.OK;
}

function subscribe({ bus, client, attrs }: Request): Outcome {
  if (attrs.objid === undefined || attrs.target === undefined) return STATUS.INVALID_ARGUMENT;
  const object = bus.objects.get(attrs.objid);
  if (!object) return STATUS.NOT_FOUND;
  if (object.client !== client) return STATUS.INVALID_ARGUMENT;
  const target = bus.objects.get(attrs.target);
  if (!target) return STATUS.NOT_FOUND;
  if (target.client === client) return STATUS.INVALID_ARGUMENT;
  if (Math.max(object.targets.length, target.subscribers.length) >= MAX_SUBSCRIPTIONS) {
    return STATUS.NO_MEMORY;
  }
  bus.subscribe(object, target);
  return STATUS.OK;
}

function unsubscribe({ bus, client, attrs }: Request): Outcome {
  if (attrs.objid === undefined || attrs.target === undefined) return STATUS.INVALID_ARGUMENT;
  const object = bus.objects.get(attrs.objid);
  if (!object) return STATUS.NOT_FOUND;
  if (object.client !== client) return STATUS.INVALID_ARGUMENT;
  const target = bus.objects.get(attrs.target);
  return target && bus.unsubscribe(object, target) ? STATUS.OK : STATUS.NOT_FOUND;
}

function notify({ bus, client, message, attrs }: Request): Outcome {
  const { objid, method, data } = attrs;
  if (method === undefined || objid === undefined) return STATUS.INVALID_ARGUMENT;
  const object = bus.objects.get(objid);
  if (!object) return STATUS.NOT_FOUND;
  if (object.client !== client) return STATUS.PERMISSION_DENIED;
  if (!attrs.noReply) {
    const ids = object.subscribers.map((subscriber) => int32(0, subscriber.id));
    bus.send(client, { ...message, type: TYPE.STATUS }, [
      int32(ATTR.OBJID, object.id),
      nested(ATTR.SUBSCRIBERS, ids),
      int32(ATTR.STATUS, STATUS.OK),
    ]);
  }
  const first = attrs.noReply ? [writeAttr(ATTR.NO_REPLY, Buffer.of(1))] : [];
  for (const subscriber of [...object.subscribers]) {
    forward(bus, client, message, subscriber, first, method, data);
  }
  return undefined;
}
