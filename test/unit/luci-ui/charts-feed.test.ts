import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { createFeed, type Feed } from '../../../luci-ui/src/charts/feed.ts';
import type { Store } from '../../../luci-ui/src/store.ts';
import type { Connection } from '../../../luci-ui/src/transport.ts';
import { sampleLink, sampleSnapshot } from './sample.ts';

/** The daemon's clock is this much ahead of the page's, seconds. */
const AHEAD = 5000;
const START = 1_800_000_000;

let snapshot = signal<Snapshot | null>(null);
let connection = signal<Connection>({ state: 'live', by: 'socket' });
let hidden = false;
let memory: ((span: number) => unknown) | null = null;
let calls: number[] = [];
let stop = (): void => {};

function follow(): Feed {
  const daemon = {
    mayWrite: false,
    call: async (_method: string, args?: Record<string, unknown>) => {
      const span = Number(args?.span);
      calls.push(span);
      if (!memory) throw new Error('no such method');
      return memory(span);
    },
  };
  // The feed uses these parts of the store and nothing else.
  const feed = createFeed({ snapshot, connection, daemon } as unknown as Store, {
    now: () => Date.now() / 1000,
    hidden: () => hidden,
  });
  stop = feed.start();
  return feed;
}

const daemonTime = (): number => Math.floor(Date.now() / 1000) + AHEAD;

const show = (rx_rate: number, time = daemonTime()): void => {
  snapshot.value = sampleSnapshot({ time, links: [sampleLink('wan', { rx_rate })] });
};

/** The connection is lost or found, with its snapshot. */
const lose = (): void => {
  connection.value = { state: 'lost', trouble: 'silent', reason: 'x', since: Date.now() };
};
const find = (): void => {
  connection.value = { state: 'live', by: 'socket' };
};

const seconds = async (count: number, rate: number | null): Promise<void> => {
  for (let passed = 0; passed < count; passed += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    if (rate !== null) show(rate);
  }
  await vi.advanceTimersByTimeAsync(0);
};

const full =
  (value: number, late = 0) =>
  (span: number) => {
    const step = span === 180 ? 1 : 300;
    const list = Array.from({ length: span / step }, () => value);
    const link = { name: 'wan', rx: list, tx: list, latency: list, packetloss: list };
    return { span, step, time: daemonTime() - late, links: [link] };
  };

const rx = (feed: Feed) => feed.frame.value.links[0]?.rx ?? [];

beforeEach(() => {
  vi.useFakeTimers({ now: START * 1000 });
  snapshot = signal<Snapshot | null>(null);
  connection = signal<Connection>({ state: 'live', by: 'socket' });
  hidden = false;
  memory = null;
  calls = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('three minutes', () => {
  test('begin with what the daemon remembers, in its time, and go on with snapshots', async () => {
    memory = full(7);
    const feed = follow();
    expect(calls).toEqual([]);
    show(8);
    await seconds(3, 9);
    expect(calls).toEqual([180]);
    expect(feed.settled.value).toBe(true);
    expect(feed.frame.value.time).toBe(START + 3 + AHEAD);
    expect(rx(feed)).toHaveLength(180);
    expect(rx(feed).slice(-5)).toEqual([7, 7, 9, 9, 9]);
  });

  test.each([
    ['no history', null],
    ['an unfit answer', () => ({ links: 1 })],
    ['an answer in other steps', full(7).bind(null, 86400)],
  ])('begin empty with a daemon that has %s', async (_what, answer) => {
    memory = answer;
    const feed = follow();
    show(8);
    await seconds(2, 8);
    expect(feed.settled.value).toBe(true);
    expect(rx(feed).filter((value) => value !== null)).toEqual([8, 8, 8]);
  });

  test.each([-1, 0, 1])(
    'have no hole when the memory ends %d s before the snapshot',
    async (late) => {
      memory = full(7, late);
      const feed = follow();
      show(8);
      await seconds(10, 9);
      expect(calls).toEqual([180]);
      expect(rx(feed)).not.toContain(null);
      expect(feed.frame.value.time).toBe(START + 10 + AHEAD);
    },
  );

  test('what is missed while the daemon is asked is asked for again', async () => {
    const late = full(7)(180);
    memory = () => new Promise((resolve) => setTimeout(() => resolve(late), 8000));
    const feed = follow();
    show(8);
    await seconds(6, null);
    memory = full(7);
    await seconds(4, 9);
    expect(calls).toEqual([180]);
    expect(rx(feed)).toContain(null);
    await seconds(40, 9);
    expect(calls).toEqual([180, 180]);
    expect(rx(feed)).not.toContain(null);
  });

  test('are in the daemon’s seconds, also where those are slow: an emulated machine', async () => {
    const feed = follow();
    for (let second = 0; second < 60; second += 1) {
      show(second, START + second);
      await vi.advanceTimersByTimeAsync(3100);
    }
    expect(feed.frame.value.time).toBe(START + 59);
    expect(rx(feed).slice(-60)).toEqual(Array.from({ length: 60 }, (_, second) => second));
    expect(rx(feed).slice(0, -60)).not.toContain(0);
  });

  test('a clock that is set: the daemon is asked for all of it in the new time', async () => {
    memory = full(7);
    const feed = follow();
    show(8, 1000);
    await seconds(1, 9);
    expect(calls).toEqual([180]);
    await seconds(2, 9);
    expect(feed.frame.value.time).toBe(START + 3 + AHEAD);
    expect(rx(feed)).not.toContain(null);
  });

  test('a daemon that does not answer is asked again every half minute', async () => {
    follow();
    show(1);
    await seconds(65, 1);
    expect(calls).toEqual([180, 180, 180]);
  });

  test('silence shows as a gap while it lasts, and is filled from memory after it', async () => {
    memory = full(7);
    const feed = follow();
    show(8);
    await seconds(2, 8);
    lose();
    await seconds(10, null);
    expect(rx(feed).slice(-3)).toEqual([null, null, null]);
    const end = feed.frame.value.time;
    expect(end).toBeGreaterThanOrEqual(START + 11 + AHEAD);
    memory = null;
    find();
    await seconds(1, 9);
    expect(calls).toEqual([180, 180]);
    expect(rx(feed).slice(-3)).toEqual([null, null, 9]);
    memory = full(7);
    await seconds(31, 9);
    expect(rx(feed)).not.toContain(null);
  });

  test('nothing is done in the background; afterwards the daemon is asked', async () => {
    memory = full(7);
    const feed = follow();
    show(8);
    await seconds(1, 8);
    const before = feed.frame.value;
    hidden = true;
    await seconds(60, 9);
    expect(feed.frame.value).toBe(before);
    hidden = false;
    await seconds(1, 9);
    expect(calls).toEqual([180, 180]);
    expect(rx(feed)).not.toContain(null);
    expect(feed.frame.value.time).toBe(START + 62 + AHEAD);
  });
});

describe('24 hours', () => {
  test('are asked for at the switch and every five minutes', async () => {
    memory = full(7);
    const feed = follow();
    show(8);
    await seconds(1, 8);
    feed.choose(86400);
    expect(feed.settled.value).toBe(false);
    expect(rx(feed)).toHaveLength(288);
    await seconds(1, 8);
    expect(feed.settled.value).toBe(true);
    expect(feed.frame.value).toMatchObject({ step: 300, count: 288 });
    const before = feed.frame.value;
    await seconds(100, 8);
    expect(feed.frame.value).toBe(before);
    expect(calls).toEqual([180, 86400]);
    await seconds(250, 8);
    expect(calls).toEqual([180, 86400, 86400]);
    feed.choose(180);
    expect(rx(feed)).toHaveLength(180);
    await seconds(400, 8);
    expect(calls).toEqual([180, 86400, 86400]);
  });
});

test('nothing is asked after the end', async () => {
  const feed = follow();
  show(1);
  await seconds(1, 1);
  stop();
  const before = feed.frame.value;
  await seconds(100, 2);
  expect(calls).toEqual([180]);
  expect(feed.frame.value).toBe(before);
});
