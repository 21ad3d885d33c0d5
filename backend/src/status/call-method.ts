import { decodeTable, encodeTable } from '../ubus/codec/values.ts';
import { type Input, type Methods, STATUS, UbusError } from '../ubus/index.ts';
import { fromTable, type Json } from './ubus-object.ts';

/** Calls a method and gives its answer as plain JSON; null for nothing. */
export type CallMethod = (method: string, args: Record<string, unknown>) => Promise<Json>;

/**
 * Calls methods of our ubus object without ubus, to the same effect: arguments and answer go through
 * ubus's own encoding, so that nothing is taken, or comes back, that `ubus call` would not have.
 * Rejects with UbusError as the caller's status, and with anything else that a method throws.
 */
export function callMethods(object: string, methods: Methods): CallMethod {
  return async (method, args) => {
    const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const about = { object, method };
    if (found === undefined) throw new UbusError(STATUS.METHOD_NOT_FOUND, about);
    const data = decodeTable(encodeArgs(args, about));
    const reply = await found.run({ ...about, data, user: undefined, group: undefined });
    const answer = fromTable(decodeTable(encodeTable(reply ?? {})));
    // ubus does not tell an empty table from none.
    return Object.keys(answer ?? {}).length === 0 ? null : answer;
  };
}

function encodeArgs(
  args: Record<string, unknown>,
  about: { object: string; method: string },
): Buffer {
  try {
    return encodeTable(args as Record<string, Input>);
  } catch (thrown) {
    throw new UbusError(STATUS.INVALID_ARGUMENT, about, String(thrown));
  }
}
