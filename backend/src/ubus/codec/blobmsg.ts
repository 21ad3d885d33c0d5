import { type BlobAttr, cString, padded, readAttrs, readCString, writeAttr } from './blob.ts';

/**
 * blobmsg (libubox blobmsg.h): blob attributes with a name and a type. This file is the exact,
 * lossless view of it; values.ts maps it to plain JavaScript values.
 */

/** Type ids on the wire, also used as the type of an argument in a method's signature. */
export const TYPE_IDS = {
  unspec: 0,
  array: 1,
  table: 2,
  string: 3,
  int64: 4,
  int32: 5,
  int16: 6,
  int8: 7,
  double: 8,
} as const;

export type TypeName = keyof typeof TYPE_IDS;

const NAMES = Object.keys(TYPE_IDS) as TypeName[];

/** A value with its wire type. int8 is 0 to 255, int16 and int32 are signed, int64 is a bigint. */
export type Typed =
  | { type: 'unspec'; value: null }
  | { type: 'array' | 'table'; value: Member[] }
  | { type: 'string'; value: string }
  | { type: 'int64'; value: bigint }
  | { type: 'int32' | 'int16' | 'int8' | 'double'; value: number };

/** A named value; elements of an array have the name ''. */
export type Member = Typed & { name: string };

/** Deeper nesting is dropped when read and refused when written. json-c stops at 32 as well. */
export const MAX_DEPTH = 32;
const MAX_NAME = 0xffff;

/** The name of a type id; undefined for an id that blobmsg does not know. */
export function typeName(id: number): TypeName | undefined {
  return NAMES[id];
}

/**
 * The members in `payload`, duplicates included. A member that breaks libubox's rules (no room for
 * its name, a name or string without NUL, a number of the wrong size, an unknown type, too deep) is
 * left out; the others are still read. Never throws: libubus itself once sent garbage here.
 */
export function readMembers(payload: Buffer, depth = 1): Member[] {
  const members: Member[] = [];
  if (depth > MAX_DEPTH) return members;
  for (const attr of readAttrs(payload)) {
    const member = readMember(attr, depth);
    if (member) members.push(member);
  }
  return members;
}

/** A member whose value is still bytes, for handing on. */
export interface RawMember {
  name: string;
  id: number;
  value: Buffer;
}

/** The name, type id and value bytes of a member; undefined when there is no room for its name. */
export function readRaw({ id, extended, data }: BlobAttr): RawMember | undefined {
  if (!extended) return { name: '', id, value: data };
  if (data.length < 4) return undefined;
  const length = data.readUInt16BE(0);
  const start = padded(2 + length + 1);
  if (data.length < start || data[2 + length] !== 0) return undefined;
  const name = data.toString('utf8', 2, data.indexOf(0, 2));
  return { name, id, value: data.subarray(start) };
}

function readMember(attr: BlobAttr, depth: number): Member | undefined {
  const raw = readRaw(attr);
  const typed = raw && readTyped(raw.id, raw.value, depth);
  return typed && { name: raw.name, ...typed };
}

function readTyped(id: number, data: Buffer, depth: number): Typed | undefined {
  const type = typeName(id);
  switch (type) {
    case undefined:
      return undefined;
    case 'unspec':
      return { type, value: null };
    case 'array':
    case 'table':
      return depth < MAX_DEPTH ? { type, value: readMembers(data, depth + 1) } : undefined;
    case 'string': {
      const value = readCString(data);
      return value === undefined ? undefined : { type, value };
    }
    case 'int64':
      return data.length === 8 ? { type, value: data.readBigInt64BE(0) } : undefined;
    case 'double':
      return data.length === 8 ? { type, value: data.readDoubleBE(0) } : undefined;
    case 'int32':
      return data.length === 4 ? { type, value: data.readInt32BE(0) } : undefined;
    case 'int16':
      return data.length === 2 ? { type, value: data.readInt16BE(0) } : undefined;
    case 'int8':
      return data.length === 1 ? { type, value: data.readUInt8(0) } : undefined;
  }
}

/** The bytes of `members`, as they stand, empty names included (values.ts refuses those). */
export function writeMembers(members: readonly Member[], depth = 1): Buffer {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
  return Buffer.concat(members.map((member) => writeMember(member, depth)));
}

function writeMember(member: Member, depth: number): Buffer {
  const name = cString(member.name);
  if (name.length > MAX_NAME) throw new RangeError('a member name is longer than 65534 bytes');
  const head = Buffer.alloc(padded(2 + name.length));
  head.writeUInt16BE(name.length - 1, 0);
  name.copy(head, 2);
  return writeAttr(TYPE_IDS[member.type], Buffer.concat([head, valueBytes(member, depth)]), true);
}

function valueBytes(typed: Typed, depth: number): Buffer {
  switch (typed.type) {
    case 'unspec':
      return Buffer.alloc(0);
    case 'array':
    case 'table':
      return writeMembers(typed.value, depth + 1);
    case 'string':
      return cString(typed.value);
    case 'int64':
      return fixed(8, (out) => out.writeBigInt64BE(BigInt.asIntN(64, typed.value)));
    case 'double':
      return fixed(8, (out) => out.writeDoubleBE(typed.value));
    case 'int32':
      return fixed(4, (out) => out.writeInt32BE(typed.value | 0));
    case 'int16':
      return fixed(2, (out) => out.writeInt16BE((typed.value << 16) >> 16));
    case 'int8':
      return Buffer.of(typed.value & 0xff);
  }
}

function fixed(size: number, write: (out: Buffer) => void): Buffer {
  const out = Buffer.allocUnsafe(size);
  write(out);
  return out;
}
