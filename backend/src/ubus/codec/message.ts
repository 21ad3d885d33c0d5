import { HEADER_SIZE, nested, padded, readAttrs, readCString } from './blob.ts';

/**
 * ubus messages (ubusmsg.h): version u8, type u8, seq u16, peer u32, all big-endian, then one blob
 * attribute, the root, whose length tells where the message ends.
 */

export const TYPE = {
  HELLO: 0,
  STATUS: 1,
  DATA: 2,
  PING: 3,
  LOOKUP: 4,
  INVOKE: 5,
  ADD_OBJECT: 6,
  REMOVE_OBJECT: 7,
  SUBSCRIBE: 8,
  UNSUBSCRIBE: 9,
  NOTIFY: 10,
  MONITOR: 11,
} as const;

export const ATTR = {
  STATUS: 1,
  OBJPATH: 2,
  OBJID: 3,
  METHOD: 4,
  OBJTYPE: 5,
  SIGNATURE: 6,
  DATA: 7,
  TARGET: 8,
  ACTIVE: 9,
  NO_REPLY: 10,
  SUBSCRIBERS: 11,
  USER: 12,
  GROUP: 13,
} as const;

/** Attributes of a MONITOR message. */
export const MONITOR_ATTR = { CLIENT: 0, PEER: 1, SEND: 2, SEQ: 3, TYPE: 4, DATA: 5 } as const;

/** Objects of ubusd itself; all other ids are random and at least 1024. */
export const SYSTEM_OBJECT = { EVENT: 1, ACL: 2, MONITOR: 3, MAX: 1024 } as const;

/** Longest root, header included (UBUS_MAX_MSGLEN); ubusd closes the connection over it. */
export const MAX_ROOT = 1_048_576;
/** Header of the message and of its root: what must be read to know the length. */
export const PREFIX_SIZE = 12;
/** Longest message on the wire. */
export const MAX_FRAME = 8 + MAX_ROOT;

/** The fixed part of a message. Ids and peers are unsigned. */
export interface Header {
  type: number;
  seq: number;
  peer: number;
}

/** A message and the bytes it came in; `root` is the root's payload. */
export interface Message extends Header {
  version: number;
  root: Buffer;
}

/** The attributes of a root. One that is missing, of the wrong size or unterminated is absent. */
export interface Attrs {
  status?: number;
  objpath?: string;
  objid?: number;
  method?: string;
  objtype?: number;
  signature?: Buffer;
  data?: Buffer;
  target?: number;
  active?: boolean;
  noReply?: boolean;
  subscribers?: number[];
  user?: string;
  group?: string;
}

/** Length of the message that starts with the 12 bytes at `offset`; -1 when ubusd would hang up. */
export function frameLength(buffer: Buffer, offset: number): number {
  const root = buffer.readUInt32BE(offset + 8) & 0xffffff;
  if (root < HEADER_SIZE || padded(root) > MAX_ROOT) return -1;
  return 8 + padded(root);
}

/** Reads one whole frame, as the framer cuts them. Throws RangeError for anything else. */
export function parseMessage(frame: Buffer): Message {
  if (frame.length < PREFIX_SIZE || frameLength(frame, 0) !== frame.length) {
    throw new RangeError('not one whole ubus message');
  }
  const root = frame.readUInt32BE(8) & 0xffffff;
  return {
    version: frame.readUInt8(0),
    type: frame.readUInt8(1),
    seq: frame.readUInt16BE(2),
    peer: frame.readUInt32BE(4),
    root: frame.subarray(PREFIX_SIZE, 8 + root),
  };
}

/** The bytes of a message with the given attributes (see blob.ts). Throws RangeError over 1 MiB. */
export function encodeMessage(header: Header, attrs: readonly Buffer[]): Buffer {
  return encodeRoot(header, nested(0, attrs));
}

/** The same with a payload that is already bytes: relayed without a look inside. */
export function relayMessage(header: Header, payload: Buffer): Buffer {
  return encodeRoot(header, nested(0, [payload]));
}

function encodeRoot(header: Header, root: Buffer): Buffer {
  if (root.length > MAX_ROOT) {
    throw new RangeError(`a ubus message of ${root.length} bytes is over the limit of ${MAX_ROOT}`);
  }
  const frame = Buffer.allocUnsafe(8 + root.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt8(header.type, 1);
  frame.writeUInt16BE(header.seq, 2);
  frame.writeUInt32BE(header.peer >>> 0, 4);
  root.copy(frame, 8);
  return frame;
}

/** The known attributes of a root's payload, in any order; of a repeated one the last valid counts. */
export function readRoot(payload: Buffer): Attrs {
  const attrs: Attrs = {};
  for (const { id, data } of readAttrs(payload)) readers[id]?.(attrs, data);
  return attrs;
}

type Reader = (attrs: Attrs, data: Buffer) => void;
type Key<Kind> = {
  [K in keyof Attrs]-?: Attrs[K] extends Kind | undefined ? K : never;
}[keyof Attrs];

const unsigned =
  (key: Key<number>): Reader =>
  (attrs, data) => {
    if (data.length === 4) attrs[key] = data.readUInt32BE(0);
  };
const text =
  (key: Key<string>): Reader =>
  (attrs, data) => {
    const value = readCString(data);
    if (value !== undefined) attrs[key] = value;
  };
const flag =
  (key: Key<boolean>): Reader =>
  (attrs, data) => {
    if (data.length === 1) attrs[key] = data[0] !== 0;
  };
const bytes =
  (key: Key<Buffer>): Reader =>
  (attrs, data) => {
    attrs[key] = data;
  };

const readers: Readonly<Record<number, Reader>> = {
  // The only signed one: a handler may return any int32.
  [ATTR.STATUS]: (attrs, data) => {
    if (data.length === 4) attrs.status = data.readInt32BE(0);
  },
  [ATTR.OBJPATH]: text('objpath'),
  [ATTR.OBJID]: unsigned('objid'),
  [ATTR.METHOD]: text('method'),
  [ATTR.OBJTYPE]: unsigned('objtype'),
  [ATTR.SIGNATURE]: bytes('signature'),
  [ATTR.DATA]: bytes('data'),
  [ATTR.TARGET]: unsigned('target'),
  [ATTR.ACTIVE]: flag('active'),
  [ATTR.NO_REPLY]: flag('noReply'),
  [ATTR.SUBSCRIBERS]: (attrs, data) => {
    attrs.subscribers = [...readAttrs(data)]
      .filter((item) => item.data.length === 4)
      .map((item) => item.data.readUInt32BE(0));
  },
  [ATTR.USER]: text('user'),
  [ATTR.GROUP]: text('group'),
};
