/** The machine itself: its forward to the host. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { boot } from './host/machine.ts';

const SERVE = `require('node:http').createServer((request, response) => response.end('page ' + request.url))
  .listen('/run/lab/page.sock', () => console.log('ready'))`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

test('a unix socket in the guest is a port on the host, also when it comes late', async () => {
  const hostPort = await freePort();
  const machine = await boot({
    clock: 'real',
    forward: { hostPort, guestSocket: '/run/lab/page.sock' },
  });
  try {
    const url = `http://127.0.0.1:${hostPort}/now`;
    await expect(fetch(url)).rejects.toThrow();
    const stop = new AbortController();
    const ready = deferred();
    const serving = machine.exec([process.execPath, '-e', SERVE], {
      onLine: () => ready.resolve(),
      signal: stop.signal,
    });
    await ready.promise;
    expect(await (await fetch(url)).text()).toBe('page /now');
    stop.abort();
    expect(await serving).toMatchObject({ code: null, signal: 'SIGTERM' });
  } finally {
    await machine.close();
  }
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
