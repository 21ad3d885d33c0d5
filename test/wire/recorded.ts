import { readdirSync, readFileSync } from 'node:fs';
import { int8, int32, nested, string, writeAttr } from '../../backend/src/ubus/codec/blob.ts';
import { type Member, writeMembers } from '../../backend/src/ubus/codec/blobmsg.ts';
import { ATTR, MONITOR_ATTR, TYPE } from '../../backend/src/ubus/codec/message.ts';

/** The recorded frames, and the bytes that their independent decoding stands for. */

export interface DecodedMember {
  name: string;
  type: string;
  value?: unknown;
  undecodable?: string;
}

export interface DecodedAttr {
  attr: string;
  value?: unknown;
  hex?: string;
}

export interface Decoded {
  type: string | number;
  version: number;
  seq: number;
  peer: string;
  attrs: DecodedAttr[];
}

export interface Recorded {
  file: string;
  index: number;
  dir?: 'c2s' | 's2c';
  conn?: string;
  note: string;
  hex: string;
  decoded?: Decoded;
}

const FOLDER = new URL('./frames/', import.meta.url);

/** Every entry of one file, markers and closings included. */
export function readRecording(file: string): Recorded[] {
  const entries: Omit<Recorded, 'file' | 'index'>[] = JSON.parse(
    readFileSync(new URL(file, FOLDER), 'utf8'),
  );
  return entries.map((entry, index) => ({ ...entry, file, index }));
}

/** Every whole message of every file. */
export function allFrames(): (Recorded & { decoded: Decoded })[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.flatMap(readRecording).flatMap((entry) => {
    const { decoded, hex } = entry;
    // The file of malformed frames keeps the two headers that made ubusd hang up.
    return decoded && hex.length >= 24 ? [{ ...entry, decoded }] : [];
  });
}

export function typeNumber(type: string | number): number {
  return typeof type === 'number' ? type : (TYPE[type as keyof typeof TYPE] ?? -1);
}

/** True when a DATA holds what no decoder can give back as bytes. */
export function hasGarbage(decoded: Decoded): boolean {
  return JSON.stringify(decoded).includes('"undecodable"');
}

/** The members of a decoded DATA or SIGNATURE, as the codec has them. */
export function members(list: unknown): Member[] {
  return (list as DecodedMember[])
    .filter((member) => member.undecodable === undefined)
    .map((member) => ({ name: member.name, ...typed(member) }) as Member);
}

function typed({ type, value }: DecodedMember): object {
  switch (type) {
    case 'int64':
      return { type, value: BigInt(value as string) };
    case 'double':
      return { type, value: Number(value) };
    case 'array':
    case 'table':
      return { type, value: members(value) };
    default:
      return { type, value };
  }
}

/** The bytes of a decoded attribute, written by the codec's own functions. */
export function attrBytes(decoded: DecodedAttr, monitor: boolean): Buffer {
  const ids: Record<string, number> = monitor ? MONITOR_ATTR : ATTR;
  const { attr, value, hex } = decoded;
  const id = attr.startsWith('?') ? Number(attr.slice(1)) : (ids[attr] ?? -1);
  if (hex !== undefined) return writeAttr(id, Buffer.from(hex, 'hex'));
  switch (attr) {
    case 'OBJPATH':
    case 'METHOD':
    case 'USER':
    case 'GROUP':
      return string(id, value as string);
    case 'ACTIVE':
    case 'NO_REPLY':
    case 'SEND':
      return int8(id, value as number);
    case 'SUBSCRIBERS':
      return nested(
        id,
        (value as string[]).map((item) => int32(0, Number.parseInt(item, 16))),
      );
    case 'DATA':
    case 'SIGNATURE':
      return nested(id, [monitor ? rootBytes(value) : writeMembers(members(value))]);
    default:
      return int32(id, typeof value === 'string' ? Number.parseInt(value, 16) : (value as number));
  }
}

/** A monitor's DATA holds the attributes of the message it shows. */
function rootBytes(value: unknown): Buffer {
  return Buffer.concat((value as DecodedAttr[]).map((attr) => attrBytes(attr, false)));
}
