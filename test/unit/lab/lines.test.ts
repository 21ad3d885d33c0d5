import { describe, expect, test } from 'vitest';
import { formatLines, parseLines } from '../../lab/lines.ts';

describe('parseLines', () => {
  test('reads rates, round trip, and the optional jitter and loss', () => {
    expect(parseLines('20/5/20, 16/2/30/10/0.5')).toEqual([
      { down: 20, up: 5, rtt: 20, jitter: 0, loss: 0 },
      { down: 16, up: 2, rtt: 30, jitter: 10, loss: 0.5 },
    ]);
  });

  test('takes one to eight lines', () => {
    expect(parseLines(Array(8).fill('3/3/20').join(','))).toHaveLength(8);
    expect(() => parseLines(Array(9).fill('3/3/20').join(','))).toThrow('9 lines given');
    expect(() => parseLines('')).toThrow('line 1 ("")');
  });

  test.each([
    ['20/5/20,5/1', 'line 2 ("5/1"): write DOWN/UP/RTT'],
    ['20/5/20,,5/1/20', 'line 2 ("")'],
    ['20/5/20/1/2/3', 'line 1 ("20/5/20/1/2/3"): write DOWN/UP/RTT'],
    ['20/5/x', 'line 1 ("20/5/x"): rtt "x" is not a number from 0 to 2000 ms'],
    ['0/5/20', 'down "0" is not a number from 0.1 to 1000 Mbit/s'],
    ['20/-5/20', 'up "-5"'],
    ['20/5/', 'rtt ""'],
    ['1e2/5/20', 'down "1e2"'],
    ['20/5/20/0/101', 'loss "101" is not a number from 0 to 100 %'],
    ['20/5/20/30', 'jitter 30 ms is more than the round trip'],
  ])('refuses %s', (text, message) => {
    expect(() => parseLines(text)).toThrow(message);
  });

  test('formatLines writes what parseLines reads', () => {
    const text = '20/5/20,16/2/30/10/0.5,5/1/30/4,7/1/20/0/1';
    expect(formatLines(parseLines(text))).toBe(text);
  });
});
