import { nested } from './codec/blob.ts';
import { type Member, TYPE_IDS, writeMembers } from './codec/blobmsg.ts';
import { ATTR } from './codec/message.ts';
import { STATUS, UbusError } from './codec/status.ts';
import type { Input, Table, Value } from './codec/values.ts';

/** Methods of an object: their signatures, and the check of a call's arguments against them. */

/** Types of arguments by the names used in signatures, with their wire ids. */
const ARG_TYPES = {
  any: TYPE_IDS.unspec,
  array: TYPE_IDS.array,
  table: TYPE_IDS.table,
  string: TYPE_IDS.string,
  int64: TYPE_IDS.int64,
  int32: TYPE_IDS.int32,
  int16: TYPE_IDS.int16,
  boolean: TYPE_IDS.int8,
  double: TYPE_IDS.double,
} as const;

export type ArgType = keyof typeof ARG_TYPES;

interface ArgValues {
  any: Value;
  array: Value[];
  table: Table;
  string: string;
  int64: number | bigint;
  int32: number;
  int16: number;
  boolean: boolean;
  double: number;
}

/** The arguments of a method: name → type, as `ubus -v list` shows them. */
export type Signature = { readonly [name: string]: ArgType };

/** What a handler gets: every argument may be missing, none has another type. */
export type Args<S extends Signature> = { -readonly [K in keyof S]?: ArgValues[S[K]] };

/** The call behind a handler's arguments. */
export interface Call {
  object: string;
  method: string;
  /** All that was sent, undeclared arguments too (uhttpd adds `ubus_rpc_session` to every call). */
  data: Table;
  /** The unix account behind the caller's socket; for HTTP that is uhttpd's. */
  user: string | undefined;
  group: string | undefined;
}

/** A handler's result: a table, or nothing for an answer without data. */
export type Reply = { readonly [name: string]: Input | undefined } | undefined;

/** One method, made by method(). */
export interface Method {
  readonly signature: Signature;
  run(call: Call): Reply | undefined | Promise<Reply | undefined>;
}

/** Methods by name. */
export type Methods = { readonly [name: string]: Method };

/**
 * A method from its signature and handler. The handler may be async, which is ubus's deferred reply,
 * and may throw UbusError to end the call with that status. An argument of another type ends the
 * call with INVALID_ARGUMENT before the handler runs; unknown ones are allowed.
 */
export function method<const S extends Signature>(
  signature: S,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a result is a fine handler
  handler: (args: Args<S>, call: Call) => Reply | void | Promise<Reply | void>,
): Method {
  return {
    signature,
    run: (call) => {
      const reply = handler(checkArgs(signature, call) as Args<S>, call);
      return reply instanceof Promise
        ? reply.then((value) => value ?? undefined)
        : (reply ?? undefined);
    },
  };
}

function checkArgs(signature: Signature, call: Call): Table {
  const args: Table = Object.create(null);
  for (const [name, type] of Object.entries(signature)) {
    const value = call.data[name];
    if (value === undefined) continue;
    const fitted = fit(type, value);
    if (fitted === undefined) {
      const detail = `argument '${name}' is no ${type}`;
      throw new UbusError(STATUS.INVALID_ARGUMENT, call, detail);
    }
    args[name] = fitted;
  }
  return args;
}

/**
 * The value as `type`, or undefined. The integer types and boolean stand in for each other: JSON
 * clients send the smallest that fits, whatever the signature says.
 */
function fit(type: ArgType, value: Value): Value | undefined {
  switch (type) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return flag(value);
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'int16':
    case 'int32':
      return integer(value);
    case 'int64':
      return typeof value === 'bigint' ? value : integer(value);
    case 'array':
      return Array.isArray(value) ? value : undefined;
    case 'table':
      return isTable(value) ? value : undefined;
  }
}

function flag(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const number = typeof value === 'number' || typeof value === 'bigint';
  return number ? Number(value) !== 0 : undefined;
}

function integer(value: Value): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

function isTable(value: Value): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The SIGNATURE attribute of ADD_OBJECT: a table per method, an int32 type id per argument. */
export function signatureAttr(methods: Methods): Buffer {
  const tables = Object.entries(methods).map(([name, { signature }]): Member => {
    const args = Object.entries(signature).map(
      ([arg, type]): Member => ({ name: arg, type: 'int32', value: ARG_TYPES[type] }),
    );
    return { name, type: 'table', value: args };
  });
  return nested(ATTR.SIGNATURE, [writeMembers(tables)]);
}

/** Argument types by name as read from a SIGNATURE; ids that mean nothing become `any`. */
export function readSignature(members: readonly Member[]): Record<string, Record<string, ArgType>> {
  const methods: Record<string, Record<string, ArgType>> = Object.create(null);
  for (const { name, type, value } of members) {
    if (type !== 'table') continue;
    const args: Record<string, ArgType> = Object.create(null);
    for (const arg of value) {
      if (arg.type === 'int32') args[arg.name] = argType(arg.value);
    }
    methods[name] = args;
  }
  return methods;
}

function argType(id: number): ArgType {
  for (const [name, value] of Object.entries(ARG_TYPES)) {
    if (value === id) return name as ArgType;
  }
  return 'any';
}
