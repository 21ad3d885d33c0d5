/** Lines of unchanged text shown before and after a change, as `diff -u` does. */
const CONTEXT = 3;

/** Above this many pairs of lines to compare, the middle is shown as taken out and put in. */
const PAIR_LIMIT = 4_000_000;

type Edit = { kind: ' ' | '-' | '+'; line: string };

/**
 * What leads from one text to the other, as `diff -u` prints it, under two names; empty when they are
 * the same. Texts end in a line feed or are empty; one that does not is shown as if it did.
 */
export function unifiedDiff(before: string, after: string, names: [string, string]): string {
  const edits = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(edits);
  if (hunks.length === 0) return '';
  return `--- ${names[0]}\n+++ ${names[1]}\n${hunks.join('')}`;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Every line of both texts, once: kept, taken out or put in. */
function compare(before: string[], after: string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start])
    start += 1;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const kept = (line: string): Edit => ({ kind: ' ', line });
  return [
    ...before.slice(0, start).map(kept),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(kept),
  ];
}

/** By the longest common subsequence: `lengths[i][j]` is that of the rests from i and j. */
function middle(before: string[], after: string[]): Edit[] {
  const width = after.length + 1;
  const whole = before.length * after.length > PAIR_LIMIT;
  const lengths = new Uint32Array(whole ? 0 : (before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  if (!whole) {
    for (let i = before.length - 1; i >= 0; i -= 1) {
      for (let j = after.length - 1; j >= 0; j -= 1) {
        const same = before[i] === after[j];
        lengths[i * width + j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  return walk(before, after, at);
}

function walk(before: string[], after: string[], at: (i: number, j: number) => number): Edit[] {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, made] = [before[i], after[j]];
    if (old !== undefined && old === made && at(i, j) > 0) {
      edits.push({ kind: ' ', line: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (made === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ kind: '-', line: old });
      i += 1;
    } else {
      edits.push({ kind: '+', line: made ?? '' });
      j += 1;
    }
  }
  return edits;
}

/** The changes with their surroundings; two that lie near each other share one. */
function hunksOf(edits: readonly Edit[]): string[] {
  const hunks: string[] = [];
  const changed = edits.flatMap(({ kind }, index) => (kind === ' ' ? [] : [index]));
  for (let first = 0; first < changed.length; ) {
    let last = first;
    while (
      (changed[last + 1] ?? Number.POSITIVE_INFINITY) - (changed[last] ?? 0) <=
      2 * CONTEXT + 1
    )
      last += 1;
    const from = Math.max(0, (changed[first] ?? 0) - CONTEXT);
    hunks.push(hunk(edits, from, (changed[last] ?? 0) + CONTEXT + 1));
    first = last + 1;
  }
  return hunks;
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const count = (part: readonly Edit[], not: '-' | '+'): number =>
    part.filter(({ kind }) => kind !== not).length;
  const before = edits.slice(0, from);
  const part = edits.slice(from, to);
  const range = (not: '-' | '+'): string => {
    const length = count(part, not);
    // An empty side is named by the line before it.
    return `${count(before, not) + (length === 0 ? 0 : 1)},${length}`;
  };
  const lines = part.map(({ kind, line }) => `${kind}${line}\n`).join('');
  return `@@ -${range('+')} +${range('-')} @@\n${lines}`;
}
