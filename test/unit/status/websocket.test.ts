import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHub, type HubSocket } from '../../../backend/src/status/websocket.ts';
import { sampleSnapshot } from '../luci-ui/sample.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A socket that remembers what is done to it. */
class FakeSocket extends EventEmitter implements HubSocket {
  bufferedAmount = 0;
  sent: { type: string }[] = [];
  pings = 0;
  closed: [number, string] | null = null;
  terminated = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  ping(): void {
    this.pings += 1;
  }
  close(code: number, reason: string): void {
    this.closed ??= [code, reason];
  }
  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
}

function start() {
  const lines: string[] = [];
  const counts: number[] = [];
  const hub = createHub({
    snapshot: () => sampleSnapshot(),
    log: (line) => void lines.push(line),
    watched: (count) => void counts.push(count),
  });
  const join = (): FakeSocket => {
    const socket = new FakeSocket();
    hub.add(socket);
    return socket;
  };
  return { hub, join, lines, counts };
}

describe('hub', () => {
  test('the whole first, then what changed, as an empty delta also nothing', () => {
    const { hub, join } = start();
    const socket = join();
    hub.broadcast(sampleSnapshot({ since: 61 }));
    hub.broadcast(sampleSnapshot({ since: 61 }));
    expect(socket.sent).toEqual([
      { type: 'snapshot', snapshot: sampleSnapshot() },
      { type: 'delta', delta: [[[], { since: 61 }]] },
      { type: 'delta', delta: [] },
    ]);
  });

  test('a snapshot with other fields than before is sent whole', () => {
    const { hub, join } = start();
    const socket = join();
    const more = { ...sampleSnapshot(), more: 1 };
    hub.broadcast(more);
    expect(socket.sent[1]).toEqual({ type: 'snapshot', snapshot: more });
  });

  test('no timer without clients, and the daemon is told who looks', () => {
    const { join, counts } = start();
    expect(vi.getTimerCount()).toBe(0);
    const one = join();
    const two = join();
    expect(vi.getTimerCount()).toBe(1);
    one.emit('close');
    two.emit('close');
    expect(vi.getTimerCount()).toBe(0);
    expect(counts).toEqual([1, 2, 1, 0]);
  });

  test('the ninth is told why; a place that becomes free can be had', () => {
    const { hub, join } = start();
    const first = join();
    for (let i = 0; i < 7; i += 1) join();
    const ninth = join();
    expect(ninth.closed).toEqual([1013, '8 pages are open already']);
    expect(ninth.sent).toEqual([]);
    expect(hub.clients()).toBe(8);
    vi.advanceTimersByTime(2000);
    expect(ninth.terminated).toBe(true);
    first.emit('close');
    expect(join().sent).toHaveLength(1);
  });

  test('a client that does not answer a ping is dropped, one that does stays', () => {
    const { hub, join, lines } = start();
    const dead = join();
    const alive = join();
    vi.advanceTimersByTime(15_000);
    alive.emit('pong');
    vi.advanceTimersByTime(15_000);
    expect([dead.terminated, alive.terminated]).toEqual([true, false]);
    expect(alive.pings).toBe(2);
    expect(hub.clients()).toBe(1);
    expect(lines).toEqual(['page: a client is dropped: it does not answer']);
  });

  test('a slow client skips, gets the difference to what it has, and is dropped in the end', () => {
    const { hub, join } = start();
    const slow = join();
    const quick = join();
    slow.bufferedAmount = 256 * 1024 + 1;
    hub.broadcast(sampleSnapshot({ since: 61 }));
    hub.broadcast(sampleSnapshot({ since: 62, state: 'down' }));
    expect(slow.sent).toHaveLength(1);
    slow.bufferedAmount = 0;
    hub.broadcast(sampleSnapshot({ since: 63, state: 'down' }));
    expect(slow.sent[1]).toEqual({ type: 'delta', delta: [[[], { state: 'down', since: 63 }]] });
    expect(quick.sent[3]).toEqual({ type: 'delta', delta: [[[], { since: 63 }]] });
    slow.bufferedAmount = 1e9;
    for (let i = 0; i < 15; i += 1) hub.broadcast(sampleSnapshot());
    expect(slow.terminated).toBe(false);
    hub.broadcast(sampleSnapshot());
    expect(slow.terminated).toBe(true);
    expect(quick.terminated).toBe(false);
  });

  test.each([
    [true, 1003],
    [false, 1008],
  ])('a message (binary: %s) closes that client alone with %d', (isBinary, code) => {
    const { hub, join } = start();
    const bad = join();
    const good = join();
    bad.emit('message', Buffer.from('hello'), isBinary);
    expect(bad.closed?.[0]).toBe(code);
    hub.broadcast(sampleSnapshot({ since: 61 }));
    expect([bad.sent.length, good.sent.length]).toEqual([1, 2]);
    vi.advanceTimersByTime(2000);
    expect([bad.terminated, good.terminated]).toEqual([true, false]);
  });

  test('an error on a socket, also on one that is refused, ends only that one', () => {
    const { hub, join } = start();
    const bad = join();
    bad.emit('error', new Error('bad frame'));
    expect(hub.clients()).toBe(0);
    for (let i = 0; i < 8; i += 1) join();
    expect(() => join().emit('error', new Error('reset'))).not.toThrow();
    expect(hub.clients()).toBe(8);
  });

  test('no snapshot to send: closed with 1011, logged, not counted', () => {
    const lines: string[] = [];
    const snapshot = () => {
      throw new Error('not yet');
    };
    const hub = createHub({ snapshot, log: (line) => void lines.push(line) });
    const socket = new FakeSocket();
    hub.add(socket);
    expect(socket.closed?.[0]).toBe(1011);
    expect(hub.clients()).toBe(0);
    expect(lines[0]).toContain('not yet');
  });

  test('close says goodbye and leaves no timer behind', () => {
    const { hub, join } = start();
    const one = join();
    const two = join();
    hub.close();
    expect(one.closed).toEqual([1001, 'the daemon stops']);
    one.emit('close');
    vi.advanceTimersByTime(2000);
    expect(two.terminated).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
