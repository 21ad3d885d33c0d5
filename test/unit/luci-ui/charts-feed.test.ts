import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { createFeed, type Feed } from '../../../luci-ui/src/charts/feed.ts';
import type { Store } from '../../../luci-ui/src/store.ts';
import { sampleLink, sampleSnapshot } from './sample.ts';

/** The daemon's clock is this much ahead of the page's, seconds. */
const AHEAD = 5000;
const START = 1_800_000_000;

let snapshot = signal<Snapshot | null>(null);
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
  // The feed uses these two parts of the store and nothing else.
  const feed = createFeed({ snapshot, daemon } as unknown as Store, {
    now: () => Date.now() / 1000,
    hidden: () => hidden,
  });
  stop = feed.start();
  return feed;
}

const show = (rx_rate: number): void => {
  snapshot.value = sampleSnapshot({ links: [sampleLink('wan', { rx_rate })] });
};

const seconds = async (count: number, rate: number | null): Promise<void> => {
  for (let passed = 0; passed < count; passed += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    if (rate !== null) show(rate);
  }
  await vi.advanceTimersByTimeAsync(0);
};

const full =
  (value: number, ahead = AHEAD) =>
  (span: number) => {
    const step = span === 180 ? 1 : 300;
    const list = Array.from({ length: span / step }, () => value);
    const link = { name: 'wan', rx: list, tx: list, latency: list, packetloss: list };
    return { span, step, time: Math.round(Date.now() / 1000) + ahead, links: [link] };
  };

const rx = (feed: Feed) => feed.frame.value.links[0]?.rx ?? [];

beforeEach(() => {
  vi.useFakeTimers({ now: START * 1000 });
  snapshot = signal<Snapshot | null>(null);
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

  test.each([-3, -2, -1, 0, 1, 2, 3])('have no hole with clocks %d s apart', async (apart) => {
    memory = full(7, apart);
    const feed = follow();
    show(8);
    await seconds(10, 9);
    expect(calls).toEqual([180]);
    expect(rx(feed)).not.toContain(null);
    expect(Math.abs(feed.frame.value.time - (START + 10 + apart))).toBeLessThanOrEqual(1);
  });

  test('have no hole where a second of the page ends half a second after one of the daemon', async () => {
    // Opened at .45, with a first snapshot that the daemon had kept at .40 of the second before.
    vi.setSystemTime(START * 1000 + 450);
    memory = full(7, -1);
    const feed = follow();
    show(8);
    await seconds(5, 9);
    expect(rx(feed)).not.toContain(null);
    expect(rx(feed).slice(-7)).toEqual([7, 8, 9, 9, 9, 9, 9]);
  });

  test('silence while the daemon is asked is filled by the next answer', async () => {
    const late = full(7, 0)(180);
    memory = () => new Promise((resolve) => setTimeout(() => resolve(late), 8000));
    const feed = follow();
    show(8);
    await seconds(6, null);
    memory = full(7, 0);
    await seconds(4, 9);
    expect(calls).toEqual([180]);
    expect(rx(feed)).toContain(null);
    await seconds(40, 9);
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
    await seconds(10, null);
    expect(rx(feed).slice(-3)).toEqual([null, null, null]);
    const end = feed.frame.value.time;
    expect(end).toBeGreaterThanOrEqual(START + 11 + AHEAD);
    memory = null;
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
