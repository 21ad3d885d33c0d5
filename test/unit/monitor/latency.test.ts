import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  figuresOf,
  LATE,
  newWindow,
  type PingWindow,
  parseReply,
  WINDOW,
  withReply,
} from '../../../backend/src/monitor/latency.ts';

const recorded = (name: string): string[] =>
  readFileSync(join(import.meta.dirname, 'ping', `${name}.txt`), 'utf8').split('\n');

const PERIOD = 2_000;

/** Numbers of probes sent from `first` on, PERIOD ms apart from 0 on; null: lost. Each its round trip. */
function played(roundTrips: readonly (number | null)[], first = 0): PingWindow {
  let window = newWindow(PERIOD, 0);
  roundTrips.forEach((rtt, index) => {
    const seq = (first + index) % 0x10000;
    if (rtt !== null) window = withReply(window, { seq, rtt }, index * PERIOD + rtt);
  });
  return window;
}

/** Just after the reply of the last one of so many probes could have come. */
const answeredBy = (count: number): number => (count - 1) * PERIOD + 1_000;

describe('a line of ping', () => {
  it.each([
    ['iputils', 17, { seq: 1, rtt: 0.018 }],
    ['busybox', 18, { seq: 0, rtt: 0.265 }],
    ['iputils-unreachable', 0, undefined],
  ])('%s: replies, and nothing else', (name, count, first) => {
    const replies = recorded(name).flatMap((line) => parseReply(line) ?? []);
    expect(replies).toHaveLength(count);
    expect(replies[0]).toEqual(first);
  });

  it.each([
    ['24 bytes from 198.51.100.1: seq=7 ttl=64 time=20.123 ms (DUP!)', { seq: 7, rtt: 20.123 }],
    ['24 bytes from vps (198.51.100.1): icmp_seq=7 ttl=64 time=1234 ms', { seq: 7, rtt: 1234 }],
    ['24 bytes from 198.51.100.1: icmp_seq=70000 ttl=64 time=1 ms', null],
    ['24 bytes from 198.51.100.1: seq=7 ttl=64 time=99999999 ms', null],
    ['8 bytes from 198.51.100.1: seq=7 ttl=64', null],
    ['From 198.51.100.1 icmp_seq=7 Time to live exceeded', null],
  ])('%s', (line, expected) => {
    expect(parseReply(line)).toEqual(expected);
  });

  it('may be anything', () => {
    fc.assert(fc.property(fc.string(), (line) => parseReply(line) === null));
  });
});

describe('the figures', () => {
  it.each([
    ['iputils', 21, 19],
    ['busybox', 21, 14.3],
  ])('of %s as recorded: of %i probes as many are lost as it says itself', (name, count, loss) => {
    let window = newWindow(1_000, 0);
    for (const line of recorded(name)) {
      const reply = parseReply(line);
      const sent = reply === null ? 0 : (reply.seq - (name === 'iputils' ? 1 : 0)) * 1_000;
      if (reply !== null) window = withReply(window, reply, sent + reply.rtt);
    }
    const now = (count - 1) * 1_000 + LATE;
    // Five more have been sent by then, and may yet be answered.
    expect(figuresOf(window, now, true).packetloss).toBe(loss);
  });

  it('are nothing before there is a reply', () => {
    const window = newWindow(PERIOD, 0);
    const nothing = { latency: null, jitter: null, packetloss: null };
    expect(figuresOf(window, 0, false)).toEqual(nothing);
    expect(figuresOf(window, 100_000, false)).toEqual(nothing);
    expect(figuresOf(window, 4_000, true)).toEqual(nothing);
  });

  it('are a loss of 100 % where the server answers on other lines', () => {
    const window = newWindow(PERIOD, 0);
    expect(figuresOf(window, 20_000, true)).toMatchObject({ latency: null, packetloss: 100 });
  });

  it('are the median of the last five, and the mean step from one to the next', () => {
    const window = played([10, 10, 90, 20, 22, 21, 400, 20]);
    expect(figuresOf(window, answeredBy(8), true)).toEqual({
      latency: 21,
      jitter: Math.round((10 * (0 + 80 + 70 + 2 + 1 + 379 + 380)) / 7) / 10,
      packetloss: 0,
    });
  });

  it('count the share of the last 30 probes that got no answer', () => {
    const lossy = Array.from({ length: 90 }, (_, index) => (index % 3 === 0 ? null : 20));
    expect(figuresOf(played(lossy), answeredBy(90) + LATE, true).packetloss).toBeCloseTo(33.3, 0);
    const healed = [...lossy, ...Array<number>(WINDOW + 3).fill(20)];
    expect(figuresOf(played(healed), answeredBy(healed.length), true).packetloss).toBe(0);
  });

  it('do not take for lost what is only late', () => {
    const window = played([20, 20, 20, null, null]);
    const sent = 3 * PERIOD;
    expect(figuresOf(window, sent + LATE - 1, true).packetloss).toBe(0);
    expect(figuresOf(window, sent + LATE, true).packetloss).toBe(25);
    const came = withReply(window, { seq: 3, rtt: LATE + 500 }, sent + LATE + 500);
    expect(figuresOf(came, sent + LATE + 500, true).packetloss).toBe(0);
  });

  it('of a line that died: the latency goes within five probes, the loss grows to 100 %', () => {
    const window = played(Array<number>(30).fill(20));
    const end = 29 * PERIOD;
    expect(figuresOf(window, end + 4 * PERIOD + 100, true).latency).toBe(20);
    expect(figuresOf(window, end + 5 * PERIOD + 100, true).latency).toBeNull();
    const at = (seconds: number) => figuresOf(window, end + seconds * 1_000, true).packetloss ?? -1;
    expect(at(10)).toBeGreaterThan(5);
    expect(at(30)).toBeGreaterThan(at(10));
    expect(at(66)).toBe(100);
    expect(at(86_400)).toBe(100);
  });

  it('go on where the numbers begin anew after 65535', () => {
    const trips = Array.from({ length: 20 }, (_, index) => (index === 12 ? null : 20));
    const window = played(trips, 65_530);
    expect(figuresOf(window, answeredBy(20), true)).toEqual({
      latency: 20,
      jitter: 0,
      packetloss: 5,
    });
  });

  it('count the first probes too where they were lost, by the clock', () => {
    // iputils begins with 1
    for (const first of [0, 1]) {
      const window = played([null, null, 20, 20, 20], first);
      expect(figuresOf(window, answeredBy(5) + LATE, true).packetloss).toBe(40);
    }
  });

  it('are not moved by a reply that comes twice', () => {
    const window = played([20, 20, 20]);
    expect(withReply(window, { seq: 1, rtt: 900 }, 9_000)).toBe(window);
  });

  it('stay within their bounds, and the window within its size, whatever comes', () => {
    const reply = fc.record({
      seq: fc.integer({ min: 0, max: 0xffff }),
      rtt: fc.double({ min: 0, max: 59_999, noNaN: true }),
      wait: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 100 }), (replies) => {
        let now = 0;
        let window = newWindow(PERIOD, now);
        for (const { seq, rtt, wait } of replies) {
          now += wait;
          window = withReply(window, { seq, rtt }, now);
          expect(window.replies.size).toBeLessThanOrEqual(WINDOW + 1);
          const { latency, jitter, packetloss } = figuresOf(window, now, true);
          for (const value of [latency, jitter]) expect(value ?? 0).toBeGreaterThanOrEqual(0);
          expect(packetloss ?? 0).toBeGreaterThanOrEqual(0);
          expect(packetloss ?? 0).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
