import type { TestLink, TestRates, TestResult } from '../status/test-result.ts';
import { rate } from './table.ts';

/** One line that says what is being measured, for a terminal. */
export function progressLine({ progress, seconds }: TestResult): string {
  if (progress === null) return 'asking the other end …';
  const { step, steps, link, direction, rate: now } = progress;
  const what = link ?? 'bond';
  return `${step} of ${steps}, ${seconds} s each: ${what} ${direction}, ${rate(now)}`;
}

/** The result as a table: each line, the sum, the bond, its percent of the sum. */
export function testTable(result: TestResult, colour: boolean): string {
  const { sum, bond, percent, links } = result;
  const rows: string[][] = [['', 'down', 'up'], ...links.map(linkRow)];
  if (links.some(({ down }) => down !== null)) rows.push(['sum', ...cells(sum)]);
  if (bond !== null) rows.push(['bond', ...cells(bond)]);
  if (percent !== null) rows.push(['percent of the sum', `${percent.down} %`, `${percent.up} %`]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row.length > 2 ? (row[column]?.length ?? 0) : 0))),
  );
  const lines = rows.map(([name = '', down = '', up]) => {
    const start = name.padEnd(widths[0] ?? 0);
    if (up === undefined) return `${start}  ${down}`;
    return `${start}  ${down.padStart(widths[1] ?? 0)}  ${up.padStart(widths[2] ?? 0)}`;
  });
  lines.push(...verdictLines(result));
  if (result.problem !== null) {
    const { severity, text, fix } = result.problem;
    lines.push(`${colour ? `\x1b[31m${severity}\x1b[0m` : severity}: ${text}`, `  fix: ${fix}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What kept each direction from being faster, and what to do; what is the same for both is said once. */
function verdictLines({ verdict }: TestResult): string[] {
  const { down = null, up = null } = verdict ?? {};
  const texts = [
    ...(down === null ? [] : [`down: ${down.text}`]),
    ...(up === null ? [] : [`up:   ${up.text}`]),
  ];
  const fixes = new Set([down, up].flatMap((found) => found?.fix ?? []));
  return [...texts, ...[...fixes].map((fix) => `  fix: ${fix}`)];
}

function linkRow({ name, down, up, skipped }: TestLink): string[] {
  if (skipped !== null) return [name, `left out: ${skipped}`];
  if (down === null || up === null) return [name, 'not measured'];
  return [name, ...cells({ down, up })];
}

function cells({ down, up }: TestRates): string[] {
  return [rate(down), rate(up)];
}
