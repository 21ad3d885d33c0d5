import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOSE } from '../../../backend/src/status/messages.ts';
import type { SocketSnapshot } from '../../../backend/src/status/snapshot.ts';
import { NO_TEST } from '../../../backend/src/status/test-result.ts';
import { eitherTransport } from '../../../luci-ui/src/either.ts';
import { CallError, type Method } from '../../../luci-ui/src/transport.ts';
import { sampleSnapshot } from './sample.ts';
import { fakeSockets, fakeTab, LIFE, record } from './transport-fakes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const SESSION = 'fedcba9876543210fedcba9876543210';

function start(initial: SocketSnapshot | null = { port: 4433, tls: true }) {
  const sockets = fakeSockets();
  const seen = record();
  const tab = fakeTab();
  const state = { socket: initial, error: null as CallError | null, usable: true };
  const calls: Method[] = [];
  const places: SocketSnapshot[] = [];
  const transport = eitherTransport({
    mayWrite: false,
    session: SESSION,
    visibility: tab.visibility,
    socketAt(where) {
      places.push(where);
      return state.usable ? sockets.open : null;
    },
    async call(method) {
      calls.push(method);
      if (state.error) throw state.error;
      if (method === 'status') return sampleSnapshot({ socket: state.socket });
      return method === 'events' ? { events: [] } : NO_TEST;
    },
  });
  transport.open(seen.sink);
  const polled = (): number => calls.filter((method) => method === 'status').length;
  return { ...sockets, ...seen, ...tab, transport, state, calls, places, polled };
}

/** Time passes while a socket lives. */
async function live(all: ReturnType<typeof start>, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i += 1) {
    await pass(1000);
    all.last().say(LIFE);
  }
}

describe('eitherTransport', () => {
  test('asks by polling, then goes over to the socket and polls no more', async () => {
    const all = start();
    await pass(0);
    // Nothing is wrong yet: the socket has only been asked for.
    expect(all.shown()).toEqual(['connecting', 'opening']);
    all.last().accept();
    expect(all.last().sent[0]).toEqual({ type: 'login', session: SESSION });
    const before = all.polled();
    await live(all, 30);
    expect(all.polled()).toBe(before);
    expect(all.shown()).toEqual(['connecting', 'opening', 'socket']);
  });

  test('polls all the time until a login is accepted, and gives that 2 s', async () => {
    const { polled, opened, last, shown, snapshots } = start();
    await pass(1500);
    last().opened();
    await pass(400);
    expect(last().shut).toBe(false);
    await pass(200);
    expect(last().shut).toBe(true);
    expect(polled()).toBe(3);
    last().accept();
    expect(snapshots).toHaveLength(3);
    expect(opened).toHaveLength(1);
    expect(shown()).toEqual(['connecting', 'opening', 'polling']);
  });

  test('polls in the same moment in which the socket dies; nobody is alarmed', async () => {
    const all = start();
    await pass(0);
    all.last().accept();
    await live(all, 60);
    const before = all.polled();
    all.last().closed(CLOSE.GOING);
    expect(all.polled()).toBe(before + 1);
    await pass(10);
    expect(all.shown()).toEqual(['connecting', 'opening', 'socket', 'opening']);
    // The socket had lived for long: the daemon has probably only been restarted.
    expect(all.opened).toHaveLength(2);
    all.last().accept();
    expect(all.shown().at(-1)).toBe('socket');
  });

  test('a socket that can not be had is tried after 30 s, 60 s … 10 min', async () => {
    const { opened, last } = start();
    await pass(0);
    const gaps: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const before = Date.now();
      const count = opened.length;
      last().closed(1006);
      while (opened.length === count) await pass(1000);
      gaps.push(Math.round((Date.now() - before) / 1000));
    }
    expect(gaps).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  test('one that always dies young is not tried more often than that', async () => {
    const { opened, last } = start();
    for (let i = 0; i < 61; i += 1) {
      await pass(1000);
      if (last().shut) continue;
      last().accept();
      last().closed(1006);
    }
    expect(opened.length).toBeLessThanOrEqual(3);
  });

  test('it is tried at once when the tab is shown again, and when it is elsewhere', async () => {
    const { opened, last, hide, show, state, places } = start();
    await pass(0);
    last().closed(1006);
    await pass(5000);
    expect(opened).toHaveLength(1);
    hide();
    await pass(5000);
    show();
    await pass(0);
    expect(opened).toHaveLength(2);
    last().closed(1006);
    state.socket = { port: 4434, tls: true };
    await pass(1000);
    expect(opened).toHaveLength(3);
    expect(places.map(({ port }) => port)).toEqual([4433, 4433, 4434]);
  });

  test('no socket, or one this page can not use: polling it is', async () => {
    const all = start();
    all.state.usable = false;
    await pass(20_000);
    expect(all.opened).toHaveLength(0);
    expect(all.shown()).toEqual(['connecting', 'polling']);
    const none = start(null);
    await pass(20_000);
    expect(none.places).toEqual([]);
    expect(none.shown()).toEqual(['connecting', 'polling']);
  });

  test.each([
    [new CallError(4, 'Object not found'), 'absent'],
    [new CallError(5, 'No data received'), 'unconfigured'],
    [new CallError(6, 'Access denied'), 'forbidden'],
    [new CallError(6, 'ended', 'expired'), 'expired'],
  ])('%s is told at once', async (error, trouble) => {
    const { state, shown, transport } = start();
    transport.close();
    const again = record();
    state.error = error;
    transport.open(again.sink);
    await pass(0);
    expect(again.shown()).toEqual(['connecting', trouble]);
    expect(shown()).toEqual(['connecting']);
  });

  test('a daemon that stops and comes back', async () => {
    const all = start();
    await pass(0);
    all.last().accept();
    await live(all, 40);
    all.state.error = new CallError(4, 'Object not found');
    all.last().closed(CLOSE.GOING);
    await pass(1500);
    expect(all.shown().at(-1)).toBe('socket');
    await pass(2000);
    expect(all.connections.at(-1)).toMatchObject({ state: 'lost', trouble: 'absent' });
    all.state.error = null;
    await pass(10_000);
    expect(all.shown().at(-1)).toBe('polling');
    expect(all.opened).toHaveLength(2);
  });

  test('calls go by rpc, whatever lives', async () => {
    const all = start();
    await pass(0);
    all.last().accept();
    await all.transport.call('link', { name: 'lte', action: 'down' });
    expect(all.calls.at(-1)).toBe('link');
    expect(all.last().sent.map(({ method }) => method)).not.toContain('link');
  });

  test('a test that was begun while polling is followed each second', async () => {
    const { transport, calls } = start(null);
    await pass(0);
    await transport.call('test', {});
    calls.length = 0;
    await pass(1000);
    expect(calls).toContain('test_result');
  });

  test('close ends everything', async () => {
    const { transport, opened, listeners, calls, snapshots } = start();
    await pass(0);
    transport.close();
    const before = [calls.length, snapshots.length];
    opened[0]?.accept();
    await pass(60_000);
    expect([calls.length, snapshots.length]).toEqual(before);
    expect(opened[0]?.shut).toBe(true);
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
