import { describe, expect, expectTypeOf, it } from 'vitest';
import { readMembers } from '../../../backend/src/ubus/codec/blobmsg.ts';
import { UbusError } from '../../../backend/src/ubus/codec/status.ts';
import type { Table, Value } from '../../../backend/src/ubus/codec/values.ts';
import {
  type Call,
  type Method,
  method,
  readSignature,
  signatureAttr,
} from '../../../backend/src/ubus/methods.ts';

const call = (data: Table): Call => ({
  object: 'thing',
  method: 'do',
  data,
  user: 'root',
  group: 'root',
});

/** Runs a method that takes `x` and gives back what its handler got. */
function run(
  type: 'string' | 'int32' | 'int64' | 'boolean' | 'double' | 'array' | 'table' | 'any',
  x: Value,
): unknown {
  let got: unknown;
  method({ x: type }, (args) => {
    got = args.x;
  }).run(call({ x }));
  return got;
}

describe('arguments', () => {
  it.each([
    ['string', 'a', 'a'],
    ['int32', 5, 5],
    ['int32', true, 1],
    ['int64', 5, 5],
    ['int64', 2n ** 60n, 2n ** 60n],
    ['boolean', false, false],
    ['boolean', 1, true],
    ['double', 2, 2],
    ['array', [1], [1]],
    ['any', null, null],
  ] as const)('%s takes %s', (type, value, expected) => {
    expect(run(type, value as Value)).toEqual(expected);
  });

  it.each([
    ['string', 5],
    ['int32', 'five'],
    ['int32', 1.5],
    ['int32', 2n ** 60n],
    ['boolean', 'true'],
    ['double', '1'],
    ['array', { a: 1 }],
    ['table', [1]],
    ['table', null],
  ] as const)('%s refuses %s with INVALID_ARGUMENT', (type, value) => {
    const attempt = (): unknown => run(type, value as unknown as Value);
    expect(attempt).toThrow(UbusError);
    expect(attempt).toThrow(
      `thing do: invalid argument (INVALID_ARGUMENT, 2): argument 'x' is no ${type}`,
    );
  });

  it('may be missing; unknown ones are allowed and stay visible in the call', () => {
    const seen: unknown[] = [];
    const one = method({ name: 'string' }, (args, { data }) => {
      expectTypeOf(args.name).toEqualTypeOf<string | undefined>();
      seen.push({ ...args }, data.ubus_rpc_session);
    });
    one.run(call({ ubus_rpc_session: 'abc' }));
    expect(seen).toEqual([{}, 'abc']);
  });
});

it('a signature is what libubus would send, and is read back', () => {
  const methods: Record<string, Method> = {
    status: method({}, () => ({})),
    link: method({ name: 'string', count: 'int64', deep: 'table', on: 'boolean' }, () => ({})),
  };
  const members = readMembers(signatureAttr(methods).subarray(4));
  expect(members).toEqual([
    { name: 'status', type: 'table', value: [] },
    {
      name: 'link',
      type: 'table',
      value: [
        { name: 'name', type: 'int32', value: 3 },
        { name: 'count', type: 'int32', value: 4 },
        { name: 'deep', type: 'int32', value: 2 },
        { name: 'on', type: 'int32', value: 7 },
      ],
    },
  ]);
  expect({ ...readSignature(members).link }).toEqual({
    name: 'string',
    count: 'int64',
    deep: 'table',
    on: 'boolean',
  });
});
