import { describe, expect, it } from 'vitest';
import { callMethods } from '../../../backend/src/status/call-method.ts';
import { double, int64, method, STATUS, UbusError } from '../../../backend/src/ubus/index.ts';

const seen: unknown[] = [];
const call = callMethods('thing', {
  echo: method({ name: 'string', count: 'int32' }, (args, { data }) => {
    seen.push(args);
    return data;
  }),
  numbers: method({}, () => ({
    big: int64(2n ** 60n),
    bytes: int64(5),
    share: double(1),
    none: null,
    left: undefined,
    list: [int64(1), { deep: double(0.5) }],
  })),
  nothing: method({}, () => undefined),
  empty: method({}, async () => ({})),
  refuse: method({}, () => {
    throw new UbusError(STATUS.NO_DATA);
  }),
});

describe('callMethods', () => {
  it('hands arguments over as ubus would: checked, and of plain types', async () => {
    expect(await call('echo', { name: 'a', count: 3, more: [1, { x: null }], yes: true })).toEqual({
      name: 'a',
      count: 3,
      more: [1, { x: null }],
      yes: true,
    });
    expect(seen).toEqual([{ name: 'a', count: 3 }]);
    const wrong = { name: 3 };
    await expect(call('echo', wrong)).rejects.toMatchObject({ status: STATUS.INVALID_ARGUMENT });
  });

  it('refuses what ubus cannot carry', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100; i += 1) deep = [deep];
    for (const args of [{ '': 1 }, { deep }])
      await expect(call('echo', args)).rejects.toMatchObject({ status: STATUS.INVALID_ARGUMENT });
  });

  it('gives plain JSON', async () => {
    expect(await call('numbers', {})).toEqual({
      big: 2 ** 60,
      bytes: 5,
      share: 1,
      none: null,
      list: [1, { deep: 0.5 }],
    });
  });

  it('gives null for nothing, and for an empty table, which ubus does not tell apart', async () => {
    expect([await call('nothing', {}), await call('empty', {})]).toEqual([null, null]);
  });

  it.each(['refused', 'constructor', '__proto__', ''])('has no method %j', async (name) => {
    await expect(call(name, {})).rejects.toMatchObject({ status: STATUS.METHOD_NOT_FOUND });
  });

  it('passes a status on', async () => {
    await expect(call('refuse', {})).rejects.toMatchObject({ status: STATUS.NO_DATA });
  });

  it('leaves the prototype alone', async () => {
    const args = JSON.parse('{"__proto__":{"name":"x"},"name":"a"}') as Record<string, unknown>;
    await call('echo', args);
    expect(({} as { name?: string }).name).toBeUndefined();
  });
});
