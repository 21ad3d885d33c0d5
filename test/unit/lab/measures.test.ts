/** What the guest's programs make of the output of iperf3, ping, ip and nft. */
import { describe, expect, test } from 'vitest';
import { parseIperf } from '../../lab/guest/iperf-json.ts';
import { parsePing, percentile } from '../../lab/guest/ping.ts';
import { directions, reshape, shape } from '../../lab/guest/shape.ts';
import { compareSnapshots, normalise } from '../../lab/guest/snapshot.ts';
import { lineCutter } from '../../lab/protocol.ts';

describe('parseIperf', () => {
  const interval = (bytes: number, omitted: boolean, retransmits?: number, seconds = 0.5) => ({
    sum: { seconds, bytes, omitted, ...(retransmits === undefined ? {} : { retransmits }) },
  });
  const text = JSON.stringify({
    intervals: [interval(9e9, true, 50), interval(90_000, false, 3), interval(90_000, false, 4)],
    server_output_json: {
      intervals: [
        interval(9e9, true),
        interval(50_000, false),
        interval(70_000, false),
        interval(9e9, false, 0, 0.001),
      ],
    },
  });

  test("counts the receiver's bytes and the sender's retransmits, after the omitted part", () => {
    expect(parseIperf(text, false)).toEqual({
      bitsPerSecond: 960_000,
      retransmits: 7,
      series: [
        { at: 0, bitsPerSecond: 800_000 },
        { at: 0.5, bitsPerSecond: 1_120_000 },
      ],
    });
    expect(parseIperf(text, true)).toMatchObject({ bitsPerSecond: 1_440_000, retransmits: 0 });
  });

  test("passes on iperf3's error, and says when there is nothing to read", () => {
    expect(() => parseIperf('{"error":"unable to connect"}', true)).toThrow('unable to connect');
    expect(() => parseIperf('', true)).toThrow('no JSON');
    expect(() => parseIperf('{"intervals":[]}', true)).toThrow('measured nothing');
  });
});

describe('parsePing', () => {
  const text = [
    '64 bytes from 198.51.100.1: icmp_seq=1 ttl=63 time=20.1 ms',
    '64 bytes from 198.51.100.1: icmp_seq=4 ttl=63 time=35 ms',
    '64 bytes from 198.51.100.1: icmp_seq=2 ttl=63 time=22.5 ms',
    '64 bytes from 198.51.100.1: icmp_seq=2 ttl=63 time=99 ms (DUP!)',
    '5 packets transmitted, 3 received, +1 duplicates, 40% packet loss, time 400ms',
  ].join('\n');

  test('finds percentiles and which were lost', () => {
    expect(parsePing(text, 5)).toEqual({
      sent: 5,
      lost: 2,
      p50: 22.5,
      p95: 35,
      lostNumbers: [3, 5],
    });
  });

  test('no answer at all has no round trip', () => {
    expect(parsePing('', 2)).toEqual({
      sent: 2,
      lost: 2,
      p50: null,
      p95: null,
      lostNumbers: [1, 2],
    });
    expect(percentile([], 0.5)).toBeNull();
  });
});

describe('shape', () => {
  test('half the round trip and jitter each way, 80 ms of queue but at least 9 kB', () => {
    const { down, up } = directions({ down: 20, up: 0.5, rtt: 30, jitter: 10, loss: 1 }, 'none');
    expect(shape('home', down)).toEqual([
      'qdisc replace dev home root handle 1: netem limit 20000 delay 15000us 5000us loss 1% rate 1gbit',
      'qdisc replace dev home parent 1:1 handle 2: tbf rate 20000kbit burst 1600 limit 200000',
    ]);
    expect(shape('net', up)[1]).toContain('rate 500kbit burst 1600 limit 9000');
  });

  test('a dead line loses everything, both ways or one', () => {
    const line = { down: 20, up: 5, rtt: 20, jitter: 0, loss: 0 };
    const { down, up } = directions(line, 'both');
    expect(reshape('home', down)).toContain('delay 10000us loss 100% rate 1gbit');
    expect(up.loss).toBe(100);
    expect(directions(line, 'up')).toMatchObject({ down: { loss: 0 }, up: { loss: 100 } });
  });
});

describe('snapshots', () => {
  test('order, handles and counters do not matter, rules do', () => {
    const rule = (handle: number, packets: number, verdict: string) => ({
      nftables: [
        { metainfo: { version: '1' } },
        { rule: { handle, expr: [{ counter: { packets, bytes: packets } }, { [verdict]: null }] } },
      ],
    });
    expect(normalise(rule(4, 10, 'accept'))).toBe(normalise(rule(9, 0, 'accept')));
    expect(normalise(rule(4, 10, 'accept'))).not.toBe(normalise(rule(4, 10, 'drop')));
    expect(normalise([{ dst: 'b' }, { dst: 'a' }])).toBe(normalise([{ dst: 'a' }, { dst: 'b' }]));
  });

  test('a difference names the question, and a line given twice is not the same as once', () => {
    expect(compareSnapshots({ 'ip rule': 'a\nb' }, { 'ip rule': 'a\nc' })).toEqual([
      'ip rule: - b',
      'ip rule: + c',
    ]);
    expect(compareSnapshots({ nft: 'a' }, { nft: 'a\na' })).toEqual(['nft: + a']);
  });
});

test('lineCutter joins what chunks tore apart', () => {
  const lines: string[] = [];
  const cutter = lineCutter((line) => lines.push(line));
  for (const chunk of ['on', 'e\ntwo\nth', 'ree']) cutter.push(chunk);
  cutter.end();
  expect(lines).toEqual(['one', 'two', 'three']);
});
