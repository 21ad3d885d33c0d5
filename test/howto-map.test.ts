import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** docs/howto-map.md: each mechanism of the OpenWrt HOWTO is in it, and what it points at is there. */
const root = resolve(import.meta.dirname, '..');

/** The numbers of the HOWTO's mechanisms; the gaps belong to other HOWTOs. */
const ROWS = [
  ...[1, 2, 4, 5, 6, 7, 14, 19, 20, 24, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41],
  ...[42, 43, 44, 45, 46, 47, 48, 50, 51, 53, 54, 55, 56, 57, 58, 59, 61, 63, 64, 65, 66, 67, 68],
  ...[69, 70, 72, 73, 74, 75, 76, 77, 78, 82, 83, 85, 90, 91, 92, 94, 110, 111, 112, 113, 123, 124],
  ...[125, 127, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147],
  154,
];

interface Row {
  number: number;
  mechanism: string;
  here: string;
  shown: string;
}

const map = readFileSync(join(root, 'docs/howto-map.md'), 'utf8');
const rows: Row[] = [...map.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \| (.*?) ?\|$/gm)].map(
  ([, number, mechanism = '', here = '', shown = '']) => {
    return { number: Number(number), mechanism, here, shown };
  },
);

it('the map has each mechanism of the HOWTO once, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(ROWS);
});

describe.each(rows)('row $number, $mechanism', ({ here, shown }) => {
  it('says where it is now, or why it went', () => {
    expect(here.length).toBeGreaterThanOrEqual(8);
    const gone = /^(gone|later)\b/.test(here);
    expect(gone || shown !== '', 'names a test, or begins with "gone" or "later"').toBe(true);
  });

  it('points at a test that is there', () => {
    if (shown === '') return;
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(shown) ?? [];
    expect(existsSync(join(root, file)), `${file} is there`).toBe(true);
    const tests = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
    expect(tests).toContain(title);
  });
});
