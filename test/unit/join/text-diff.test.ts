import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../backend/src/join/text-diff.ts';

const NAMES: [string, string] = ['a', 'b'];

/** Carries a diff out on a text, trusting its line numbers; throws where they do not fit. */
function patch(text: string, diff: string): string {
  const source = text.split('\n').slice(0, -1);
  const result: string[] = [];
  let at = 0;
  const begin = ([, from, count, to, length]: RegExpExecArray): void => {
    const start = Number(from) - (count === '0' ? 0 : 1);
    result.push(...source.slice(at, start));
    at = start;
    const begun = result.length + (length === '0' ? 0 : 1);
    if (begun !== Number(to)) throw new Error(`the piece for line ${to} begins at ${begun}`);
  };
  const take = (kind: string, line: string): void => {
    if (kind !== '+' && source[at] !== line) throw new Error(`line ${at + 1} is not '${line}'`);
    if (kind !== '+') at += 1;
    if (kind !== '-') result.push(line);
  };
  for (const line of diff.split('\n').slice(2, -1)) {
    const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (head !== null) begin(head);
    else take(line.charAt(0), line.slice(1));
  }
  return [...result, ...source.slice(at)].map((line) => `${line}\n`).join('');
}

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '', '+', '-x', '@@'), { maxLength: 40 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff('a\nb\n', 'a\nb\n', NAMES)).toBe('');
  });

  it('leads from one text to the other', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff(before, after, NAMES);
        expect(diff === '').toBe(before === after);
        expect(patch(before, diff)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  it('has the look of diff -u: three lines around, what is near is one piece', () => {
    const before = 'abcdefghijklmnopqrst'.split('').map((line) => `${line}\n`);
    const after = before.map((line) => (/[cjs]/.test(line) ? line.toUpperCase() : line));
    expect(unifiedDiff(before.join(''), after.join(''), ['old', 'new'])).toBe(
      [
        ...['--- old', '+++ new', '@@ -1,13 +1,13 @@', ' a', ' b', '-c', '+C', ' d', ' e', ' f'],
        ...[' g', ' h', ' i', '-j', '+J', ' k', ' l', ' m', '@@ -16,5 +16,5 @@'],
        ...[' p', ' q', ' r', '-s', '+S', ' t', ''],
      ].join('\n'),
    );
  });

  it('names an empty side as diff -u does', () => {
    expect(unifiedDiff('', 'a\nb\n', NAMES)).toBe('--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(unifiedDiff('a\n', '', NAMES)).toBe('--- a\n+++ b\n@@ -1,1 +0,0 @@\n-a\n');
  });

  it('takes the shortest way', () => {
    const diff = unifiedDiff('a\nb\nc\nd\n', 'x\na\nc\nd\ny\n', NAMES);
    expect(diff.split('\n').filter((line) => /^[+-][^+-]/.test(line))).toEqual(['+x', '-b', '+y']);
  });

  it('ends with huge texts too', () => {
    const lines = (word: string) =>
      Array.from({ length: 5000 }, (_, n) => `${word}${n}\n`).join('');
    const diff = unifiedDiff(lines('a'), lines('b'), NAMES);
    expect(patch(lines('a'), diff)).toBe(lines('b'));
  });
});
