import { beforeEach, describe, expect, it } from 'vitest';
import type { LinkHistory } from '../../../backend/src/status/history.ts';
import { createHistory, type HistoryStore } from '../../../backend/src/status/history-store.ts';

const DAY = 86_400;
/** Unix seconds when the monotonic clock was 0. */
const BOOT = 1_700_000_000;

let history: HistoryStore;
let now: number;

beforeEach(() => {
  history = createHistory();
  now = 1_000_000;
});

const figures = (name: string, rx_rate: number, latency: number | null = null) => ({
  name,
  rx_rate,
  tx_rate: rx_rate / 2,
  latency,
  packetloss: latency === null ? null : 0,
});
/** One figure a second, `first`, `first + 1`… */
function pass(seconds: number, first: number, name = 'link0'): void {
  for (let i = 0; i < seconds; i += 1) {
    now += 1_000;
    history.add(now, [figures(name, first + i, 20.26)]);
  }
}
const read = (span: number) => history.read(span, now, BOOT + now / 1_000);
const only = (links: readonly LinkHistory[]): LinkHistory => {
  expect(links).toHaveLength(1);
  return links[0] as LinkHistory;
};

describe('three minutes by the second', () => {
  it('are empty at first', () => {
    expect(read(180)).toMatchObject({ span: 180, step: 1, links: [] });
  });

  it('grow to 180 entries, the last one that of `time`', () => {
    pass(10, 0);
    expect(only(read(180).links).rx).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(only(read(180).links).tx).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    expect(only(read(180).links).latency).toEqual(Array(10).fill(20.3));
    pass(1_000, 0);
    const { rx } = only(read(180).links);
    expect(rx).toHaveLength(180);
    expect([rx[0], rx.at(-1)]).toEqual([820, 999]);
    expect(read(180).time).toBe(BOOT + now / 1_000);
    now += 7_000;
    expect(read(180).time).toBe(BOOT + now / 1_000 - 7);
  });

  it('have a gap where nobody came, and none where a timer was a little late', () => {
    pass(3, 0);
    now += 1_000;
    pass(1, 10);
    expect(only(read(180).links).rx).toEqual([0, 1, 2, 10, 10]);
    now += 4_000;
    pass(1, 20);
    expect(only(read(180).links).rx).toEqual([0, 1, 2, 10, 10, null, null, null, null, 20]);
    now += 3_600_000;
    pass(1, 30);
    expect(only(read(180).links).rx).toEqual([...Array(179).fill(null), 30]);
  });

  it('take the last of several figures of one second', () => {
    history.add(now, [figures('link0', 1, 10)]);
    history.add(now + 400, [figures('link0', 2)]);
    expect(only(read(180).links)).toMatchObject({ rx: [2], tx: [1], latency: [null] });
  });

  it('hold what was not measured apart from 0', () => {
    history.add(now, [figures('link0', 0, null)]);
    history.add(now + 1_000, [figures('link0', 0, 0)]);
    expect(only(read(180).links)).toMatchObject({ rx: [0, 0], latency: [null, 0] });
  });
});

describe('a day by five minutes', () => {
  it('is of means', () => {
    now = 1_199_000;
    pass(900, 0);
    const { span, step, links } = read(DAY);
    expect({ span, step }).toEqual({ span: DAY, step: 300 });
    expect(only(links).rx).toEqual([150, 450, 750]);
    expect(only(links).latency).toEqual([20.3, 20.3, 20.3]);
  });

  it('has 288 entries, and gaps for the hours nobody was there', () => {
    now = 299_999_000;
    pass(600, 7);
    now += 2 * DAY * 1_000;
    pass(300, 7);
    const { rx } = only(read(DAY).links);
    expect(rx).toHaveLength(288);
    expect(rx.filter((value) => value !== null)).toHaveLength(1);
  });
});

describe('a span', () => {
  it.each([
    [0, 180],
    [180, 180],
    [181, DAY],
    [DAY, DAY],
    [10 * DAY, DAY],
    [-5, 180],
  ])('of %i s is answered with %i s', (asked, span) => {
    pass(1, 0);
    expect(read(asked).span).toBe(span);
  });
});

describe('links', () => {
  it('keep their series by name, in whatever order they come; one that is gone is forgotten', () => {
    history.add(now, [figures('a', 1), figures('b', 2)]);
    history.add(now + 1_000, [figures('b', 3), figures('c', 4), figures('a', 5)]);
    expect(read(180).links.map(({ name, rx }) => [name, rx])).toEqual([
      ['a', [1, 5]],
      ['b', [2, 3]],
      ['c', [null, 4]],
    ]);
    history.add(now + 2_000, [figures('b', 6)]);
    history.add(now + 3_000, [figures('a', 7), figures('b', 8)]);
    expect(Object.fromEntries(read(180).links.map(({ name, rx }) => [name, rx]))).toEqual({
      b: [2, 3, 6, 8],
      a: [null, null, null, 7],
    });
  });

  it('take 60 kB when they are eight, however long they run', () => {
    const eight = Array.from({ length: 8 }, (_, index) => figures(`link${index}`, 1e8, 20));
    for (let second = 0; second < 2_000; second += 1) history.add(second * 1_000, eight);
    expect(history.size()).toBe(59_904);
    expect(JSON.stringify(history.read(180, 2_000_000, BOOT)).length).toBeLessThan(60_000);
  });
});
