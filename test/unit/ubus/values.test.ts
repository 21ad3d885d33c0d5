import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAttrs, writeAttr } from '../../../backend/src/ubus/codec/blob.ts';
import {
  type Member,
  readMembers,
  TYPE_IDS,
  type Typed,
  writeMembers,
} from '../../../backend/src/ubus/codec/blobmsg.ts';
import {
  decodeTable,
  double,
  encodeTable,
  type Input,
  int16,
  int32Value,
  int64,
  toTable,
} from '../../../backend/src/ubus/codec/values.ts';

const text = fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\0', ''));
const name = text.filter((s) => s !== '');
const int64s = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const { member } = fc.letrec<{ typed: Typed; member: Member }>((tie) => ({
  typed: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ type: fc.constant('unspec' as const), value: fc.constant(null) }),
    fc.record({ type: fc.constant('string' as const), value: text }),
    fc.record({ type: fc.constant('int64' as const), value: int64s }),
    fc.record({ type: fc.constant('int32' as const), value: fc.integer() }),
    fc.record({
      type: fc.constant('int16' as const),
      value: fc.integer({ min: -32768, max: 32767 }),
    }),
    fc.record({ type: fc.constant('int8' as const), value: fc.nat(255) }),
    fc.record({ type: fc.constant('double' as const), value: fc.double() }),
    fc.record({
      type: fc.constantFrom('array' as const, 'table' as const),
      value: fc.array(tie('member'), { maxLength: 5, depthIdentifier: 'nest' }),
    }),
  ) as fc.Arbitrary<Typed>,
  member: fc.tuple(text, tie('typed')).map(([key, typed]) => ({ name: key, ...typed }) as Member),
}));

/** Not -0, and no whole number that is sent as int64 and so comes back as a bigint. */
function isKept(n: number): boolean {
  const asInt64 = Number.isInteger(n) && n >= -(2 ** 63) && n < 2 ** 63;
  return !Object.is(n, -0) && (!asInt64 || Number.isSafeInteger(n));
}

const { json } = fc.letrec<{ json: Input }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    text,
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isKept),
    int64s.filter((n) => !Number.isSafeInteger(Number(n))),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(name, tie('json'), { maxKeys: 5 }),
  ),
}));

describe('encode and decode', () => {
  it('are inverse for every blobmsg type, duplicates and empty names included', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), (members) => {
        expect(readMembers(writeMembers(members))).toEqual(members);
      }),
      { numRuns: 500 },
    );
  });

  it('are inverse for JavaScript values', () => {
    fc.assert(
      fc.property(fc.dictionary(name, json, { maxKeys: 6 }), (table) => {
        expect(decodeTable(encodeTable(table))).toEqual(Object.assign(Object.create(null), table));
      }),
      { numRuns: 500 },
    );
  });

  it('never throw on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeTable(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('survive any flipped byte of a real table', () => {
    const table = { a: { b: ['x', 1, { c: true }] }, d: 2n ** 60n, e: 1.5, f: null };
    const good = encodeTable(table);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (index, value) => {
        const bytes = Buffer.from(good);
        bytes[index] = value;
        expect(readMembers(bytes).length).toBeLessThanOrEqual(good.length / 4);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('reading', () => {
  it('of duplicate names the last wins, as JSON.parse has it', () => {
    const bytes = Buffer.concat([encodeTable({ a: 1 }), encodeTable({ a: 'two' })]);
    expect(readMembers(bytes)).toHaveLength(2);
    expect(decodeTable(bytes).a).toBe('two');
  });

  it('gives tables that names from a peer cannot harm', () => {
    const table = decodeTable(
      encodeTable(JSON.parse('{"__proto__":{"polluted":1},"constructor":2}')),
    );
    expect(Object.getPrototypeOf(table)).toBeNull();
    expect(Object.keys(table)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('int64: a number while it is safe, else a bigint', () => {
    const table = { a: int64(7), b: 2n ** 53n, c: -(2n ** 63n), d: Number.MAX_SAFE_INTEGER };
    expect({ ...decodeTable(encodeTable(table)) }).toEqual({
      a: 7,
      b: 2n ** 53n,
      c: -(2n ** 63n),
      d: Number.MAX_SAFE_INTEGER,
    });
  });

  it('int8 of any value but 0 is true', () => {
    expect(toTable([{ name: 'a', type: 'int8', value: 255 }]).a).toBe(true);
  });

  const named = (id: number, value: string): Buffer =>
    writeAttr(id, Buffer.concat([Buffer.from('00016b00', 'hex'), Buffer.from(value, 'hex')]), true);

  it.each([
    ['a string without its NUL', named(TYPE_IDS.string, '616263')],
    ['an empty string value', named(TYPE_IDS.string, '')],
    ['an int32 of 3 bytes', named(TYPE_IDS.int32, '000001')],
    ['an int32 of 5 bytes', named(TYPE_IDS.int32, '0000000100')],
    ['an int64 of 4 bytes', named(TYPE_IDS.int64, '00000001')],
    ['an int16 of 4 bytes', named(TYPE_IDS.int16, '00000001')],
    ['an int8 of 2 bytes', named(TYPE_IDS.int8, '0001')],
    ['a double of 4 bytes', named(TYPE_IDS.double, '00000001')],
    ['an unknown type', named(9, '00000001')],
    [
      'a name longer than the member',
      writeAttr(TYPE_IDS.int32, Buffer.from('00ff6b0000000001', 'hex'), true),
    ],
    [
      'a name without its NUL',
      writeAttr(TYPE_IDS.int32, Buffer.from('00016b6b00000001', 'hex'), true),
    ],
    [
      'a header without room for a name',
      writeAttr(TYPE_IDS.int32, Buffer.from('0001', 'hex'), true),
    ],
  ])('leaves out %s, and reads on', (_what, bad) => {
    const bytes = Buffer.concat([encodeTable({ before: 1 }), bad, encodeTable({ after: 2 })]);
    expect({ ...decodeTable(bytes) }).toEqual({ before: 1, after: 2 });
  });

  it('stops where a length does not fit', () => {
    const bytes = Buffer.concat([encodeTable({ before: 1 }), Buffer.from('85ffffff', 'hex')]);
    expect([...readAttrs(bytes)]).toHaveLength(1);
    expect([...readAttrs(Buffer.from('85000000', 'hex'))]).toHaveLength(0);
    expect([...readAttrs(Buffer.from('850000', 'hex'))]).toHaveLength(0);
  });

  it('drops what is nested too deep instead of exhausting the stack', () => {
    let bytes: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 4_000; depth += 1) {
      bytes = writeAttr(
        TYPE_IDS.table,
        Buffer.concat([Buffer.from('00016b00', 'hex'), bytes]),
        true,
      );
    }
    let depth = 0;
    let here = readMembers(bytes);
    while (here[0]?.type === 'table') {
      depth += 1;
      here = here[0].value;
    }
    expect(depth).toBe(31);
  });
});

describe('writing', () => {
  const types = (table: { [name: string]: Input | undefined }): string[] =>
    readMembers(encodeTable(table)).map(({ type }) => type);

  it('chooses types as the ubus command does for JSON', () => {
    expect(
      types({ a: true, b: 1, c: 2 ** 31, d: -(2 ** 31), e: -(2 ** 31) - 1, f: 0.5, g: null }),
    ).toEqual(['int8', 'int32', 'int64', 'int32', 'int64', 'double', 'unspec']);
    expect(types({ a: 1n, b: 1e300, c: 'x', d: [], e: {} })).toEqual([
      'int64',
      'double',
      'string',
      'array',
      'table',
    ]);
  });

  it('keeps a forced type, for counters above all', () => {
    expect(types({ a: int64(0), b: int16(1), c: double(1), d: int32Value(4294967295) })).toEqual([
      'int64',
      'int16',
      'double',
      'int32',
    ]);
  });

  it('takes no forced type from a look-alike, which a peer could have sent', () => {
    const fake = { forced: { type: 'int64', value: 'not a bigint' } };
    expect(types({ a: fake })).toEqual(['table']);
  });

  it('leaves out undefined, saturates int64, cuts a string at NUL', () => {
    expect({
      ...decodeTable(encodeTable({ a: undefined, b: int64(2n ** 80n), c: 'x\0y' })),
    }).toEqual({
      b: 2n ** 63n - 1n,
      c: 'x',
    });
  });

  it.each([
    ['NaN', { a: { b: Number.NaN } }, /a\.b: NaN/],
    ['infinity', { a: [Number.POSITIVE_INFINITY] }, /a\[0\]: Infinity/],
    ['a nested empty name', { a: { '': 1 } }, /a\.: empty member name/],
    ['a name of 64 KiB', { ['n'.repeat(65_535)]: 1 }, /longer than 65534/],
  ])('refuses %s and names it', (_what, table, message) => {
    expect(() => encodeTable(table)).toThrow(message);
  });

  it('refuses what has no wire type, and cycles', () => {
    expect(() => encodeTable({ f: (() => 1) as unknown as Input })).toThrow(/f: a function/);
    const cycle: { [name: string]: Input } = {};
    cycle.again = cycle;
    expect(() => encodeTable(cycle)).toThrow(/nested deeper than 32/);
  });
});
