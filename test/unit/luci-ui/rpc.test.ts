import { expect, test, vi } from 'vitest';
import { type LuciRpc, rpcCalls } from '../../../luci-ui/src/rpc.ts';

/** An error as LuCI's `raise` makes it: with the stack in its text. */
function raised(name: string, text: string): Error {
  const error = new Error(`${text}\n  at handleCallReply (rpc.js:101:5)`);
  error.name = name;
  return error;
}

function failing(error: unknown) {
  return rpcCalls({ declare: () => () => Promise.reject(error) });
}

test('declares each method once, with the names of its arguments', async () => {
  const call = vi.fn(async (...args: unknown[]) => args);
  const declare = vi.fn<LuciRpc['declare']>(() => call);
  const ask = rpcCalls({ declare });
  await ask('link', { action: 'down', name: 'lte' });
  expect(await ask('link', { name: 'wan', action: 'up' })).toEqual(['wan', 'up']);
  expect(await ask('test', { seconds: 5 })).toEqual([undefined, undefined, 5]);
  expect(declare.mock.calls).toEqual([
    [{ object: 'bonding', method: 'link', params: ['name', 'action'], reject: true }],
    [{ object: 'bonding', method: 'test', params: ['link', 'links', 'seconds'], reject: true }],
  ]);
});

test('a call that takes long goes in a request of its own: the others would wait for it', async () => {
  const declare = vi.fn<LuciRpc['declare']>(
    () =>
      async (...args: unknown[]) =>
        args,
  );
  const ask = rpcCalls({ declare });
  expect(await ask('join', { apply: false, code: 'bonding1_x' })).toEqual(['bonding1_x', false]);
  expect(declare.mock.calls).toEqual([
    [{ object: 'bonding', method: 'join', params: ['code', 'apply'], reject: true, nobatch: true }],
  ]);
});

test.each([
  ['RPC call to bonding/status failed with ubus code 5: No data received', 5, 'No data received'],
  ['RPC call to bonding/status failed with error -32000: Object not found', 4, 'Object not found'],
  ['RPC call to bonding/stop failed with error -32002: Access denied', 6, 'Access denied'],
  ['RPC call to bonding/stop failed with error -32700: Parse error', 0, 'Parse error'],
  [
    'RPC call to bonding/status failed with HTTP error 502: Bad Gateway',
    0,
    'RPC call to bonding/status failed with HTTP error 502: Bad Gateway',
  ],
  ['XHR request timed out', 0, 'XHR request timed out'],
  ['', 0, 'the router does not answer'],
])('%s', async (text, code, message) => {
  const failed = failing(raised('RPCError', text))('status');
  await expect(failed).rejects.toMatchObject({ code, message, trouble: null });
});

test('an ended session', async () => {
  const failed = failing(raised('SessionError', 'Login session is expired'))('status');
  await expect(failed).rejects.toMatchObject({ code: 6, trouble: 'expired' });
});
