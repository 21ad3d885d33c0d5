import type { DemoResult } from '../demo-protocol.ts';
import type { Line } from '../lines.ts';

/** What the demo found, as a table: each line alone, the bond, and the bond as part of the sum. */
export function resultTable(lines: readonly Line[], result: DemoResult): string {
  const rows: string[][] = [['', 'line rate', 'alone down', 'alone up', 'slave of the bond']];
  lines.forEach((line, index) => {
    const alone = result.alone[index];
    const link = result.router.links[index];
    rows.push([
      `line ${index}`,
      `${line.down}/${line.up} Mbit/s`,
      mbit(alone?.down ?? 0),
      mbit(alone?.up ?? 0),
      link?.slave ? `yes (${link.tunnel})` : `no (${link?.state ?? 'unknown'})`,
    ]);
  });
  const sum = { down: total(lines, 'down') * 1e6, up: total(lines, 'up') * 1e6 };
  rows.push(['bond', 'one flow', mbit(result.down), mbit(result.up), '']);
  rows.push([
    'bond, part of the sum',
    `${sum.down / 1e6}/${sum.up / 1e6} Mbit/s`,
    percent(result.down, sum.down),
    percent(result.up, sum.up),
    '',
  ]);
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const text = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  return text.map((line) => line.trimEnd()).join('\n');
}

/** Whether the bond's download was faster than the best line alone. */
export function beatsBestLine(result: DemoResult): boolean {
  return result.down > Math.max(...result.alone.map((line) => line.down));
}

function total(lines: readonly Line[], way: 'down' | 'up'): number {
  return lines.reduce((sum, line) => sum + line[way], 0);
}

function mbit(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s`;
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
}
