import { MAX_DEPTH, type Member, readMembers, type Typed, writeMembers } from './blobmsg.ts';

/**
 * JavaScript values ⇄ blobmsg.
 *
 * Reading: table → object without a prototype (a peer chooses the names, `__proto__` among them),
 * array → array, string → string, int8 → boolean (as every JSON consumer of ubus sees it), int16 and
 * int32 → number, int64 → number when it is a safe integer, else bigint, double → number,
 * unspec → null. Of duplicate names the last one wins, as in JSON; a member without a name is left
 * out, because no JSON client could be given it.
 *
 * Writing, as the `ubus` CLI writes JSON: boolean → int8, integer → int32 if it fits, else int64 if
 * it fits, other number → double, bigint → int64, null → unspec; members that are undefined are left out. A
 * value that must have one type always (a counter) is wrapped by `int64()`, `double()`, …
 */

/** A value with its wire type forced. */
export interface Forced {
  readonly forced: Typed;
}

/** What can be sent. */
export type Input =
  | null
  | boolean
  | number
  | bigint
  | string
  | Forced
  | readonly Input[]
  | { readonly [name: string]: Input | undefined };

/** What is received. */
export type Value = null | boolean | number | bigint | string | Value[] | Table;
export interface Table {
  [name: string]: Value;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Always an int64 on the wire: byte counters, or they print negative from 2^31 on. */
export function int64(value: number | bigint): Forced {
  return new ForcedValue({ type: 'int64', value: saturate(toBigInt(value)) });
}

/** Always an int32; integers outside it throw RangeError. */
export function int32Value(value: number): Forced {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new RangeError(`${value} does not fit an int32`);
  }
  return new ForcedValue({ type: 'int32', value });
}

/** Always an int16. */
export function int16(value: number): Forced {
  return new ForcedValue({ type: 'int16', value });
}

/** Always a double, so that 1 arrives as 1.0. */
export function double(value: number): Forced {
  return new ForcedValue({ type: 'double', value });
}

class ForcedValue implements Forced {
  readonly forced: Typed;
  constructor(forced: Typed) {
    this.forced = forced;
  }
}

/** The content of a DATA attribute for `table`. Throws TypeError or RangeError naming the member. */
export function encodeTable(table: { readonly [name: string]: Input | undefined }): Buffer {
  return writeMembers(tableMembers(table, 1, ''));
}

/** The content of a DATA attribute as an object; what cannot be understood, or is absent, is left out. */
export function decodeTable(payload: Buffer | undefined): Table {
  return toTable(payload ? readMembers(payload) : []);
}

/** Members as an object without a prototype. */
export function toTable(members: readonly Member[]): Table {
  const table: Table = Object.create(null);
  for (const member of members) {
    if (member.name !== '') table[member.name] = toValue(member);
  }
  return table;
}

function toValue(typed: Typed): Value {
  switch (typed.type) {
    case 'array':
      return typed.value.map(toValue);
    case 'table':
      return toTable(typed.value);
    case 'int8':
      return typed.value !== 0;
    case 'int64': {
      const number = Number(typed.value);
      return Number.isSafeInteger(number) ? number : typed.value;
    }
    default:
      return typed.value;
  }
}

/** The wire type and value of a JavaScript value; `path` names it in errors. */
export function toTyped(value: Input, depth = 1, path = 'value'): Typed {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'boolean':
      return { type: 'int8', value: value ? 1 : 0 };
    case 'number':
      return numberTyped(value, path);
    case 'bigint':
      return { type: 'int64', value: saturate(value) };
    case 'object':
      return objectTyped(value, depth, path);
    default:
      throw new TypeError(`${path}: a ${typeof value} cannot be sent over ubus`);
  }
}

function objectTyped(
  value: Exclude<Input, string | boolean | number | bigint>,
  depth: number,
  path: string,
): Typed {
  if (value === null) return { type: 'unspec', value: null };
  // instanceof and not a look at the keys: `{ forced: … }` may come from a peer's table.
  if (value instanceof ForcedValue) return value.forced;
  if (depth >= MAX_DEPTH) throw new RangeError(`${path}: nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    const elements: readonly Input[] = value;
    return {
      type: 'array',
      value: elements.map((item, index) => ({
        name: '',
        ...toTyped(item, depth + 1, `${path}[${index}]`),
      })),
    };
  }
  const table = value as { readonly [name: string]: Input | undefined };
  return { type: 'table', value: tableMembers(table, depth + 1, `${path}.`) };
}

function tableMembers(
  table: { readonly [name: string]: Input | undefined },
  depth: number,
  prefix: string,
): Member[] {
  const members: Member[] = [];
  for (const [name, value] of Object.entries(table)) {
    if (value === undefined) continue;
    // uhttpd and the CLI print such a member without its key: invalid JSON for every reader.
    if (name === '' || name.startsWith('\0')) throw new TypeError(`${prefix}: empty member name`);
    members.push({ name, ...toTyped(value, depth, `${prefix}${name}`) });
  }
  return members;
}

function numberTyped(value: number, path: string): Typed {
  // NaN and the infinities print as `nan` and `inf`, which is no JSON.
  if (!Number.isFinite(value)) throw new RangeError(`${path}: ${value} cannot be sent over ubus`);
  if (!Number.isInteger(value)) return { type: 'double', value };
  if (value >= -0x80000000 && value <= 0x7fffffff) return { type: 'int32', value };
  // Past int64 a double loses nothing that the number still had.
  const whole = BigInt(value);
  return saturate(whole) === whole ? { type: 'int64', value: whole } : { type: 'double', value };
}

function toBigInt(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
}

function saturate(value: bigint): bigint {
  if (value > MAX_INT64) return MAX_INT64;
  return value < MIN_INT64 ? MIN_INT64 : value;
}
