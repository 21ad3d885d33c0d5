import { DEATHS } from '../../guest/bench-order.ts';
import type { CostRow, FailoverRow } from './more-rows.ts';
import { type FailedRow, type RateRow, sumOf } from './rows.ts';
import { type Column, FAILOVER_SETTINGS } from './scenarios.ts';

type Cells = readonly string[];

/** A Markdown table; cells hold no `|`. */
export function markdown(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** bit/s as Mbit/s with two digits behind the point. */
function mbit(rate: number): string {
  return (rate / 1e6).toFixed(2);
}

function ms(time: number | null): string {
  return time === null ? 'none' : String(Math.round(time));
}

interface Group {
  name: string;
  lines: string;
  direction: RateRow['direction'];
  congestion: string;
}

const keyOf = ({ name, lines, direction, congestion }: Group): string =>
  [name, lines, direction, congestion].join('\n');

/**
 * Two tables of the rates, a row per scenario, direction and congestion control, a column per way to
 * use the lines, in the order in which they come: goodput, then round trips and what was sent again.
 * `columns`: those that get a column where they were measured, and the legend.
 */
export function rateTables(rows: readonly RateRow[], columns: readonly Column[]): string {
  const groups = new Map(rows.map((row) => [keyOf(row), row] as const));
  const shown = columns.filter(({ name }) => rows.some(({ column }) => column === name));
  const present = shown.map(({ name }) => name);
  const table = (cell: (row: RateRow) => string): string =>
    markdown(
      ['lines', '', 'sum', ...present],
      [...groups.values()].map((group) => [
        group.name,
        group.congestion === 'cubic' ? group.direction : `${group.direction}, ${group.congestion}`,
        (sumOf(group.lines, group.direction) / 1e6).toFixed(1),
        ...present.map((name) => {
          const found = rows.find((row) => row.column === name && keyOf(row) === keyOf(group));
          return found === undefined ? '' : cell(found);
        }),
      ]),
    );
  const goodput = table(
    (row) => `${mbit(row.goodput)} (${Math.round(row.percent_of_sum)} / ${row.percent_of_max} %)`,
  );
  const rest = table((row) => `${ms(row.ping_p50)} / ${ms(row.ping_p95)}, ${row.retransmits}`);
  return [
    'One TCP flow, Mbit/s (% of the sum of the lines / of what the tunnels leave of it):',
    '',
    goodput,
    'Round trip beside it, ms (half of them / 95 %), and segments sent again:',
    '',
    rest,
    ...shown.map(({ name, text }) => `- ${name}: ${text}`),
  ].join('\n');
}

/** The table of the failover part. */
export function failoverTable(rows: readonly FailoverRow[]): string {
  const head = [
    ...['what happens', 'setting', 'flow', '80 % of the rest after', 'longest silence'],
    ...['sent again', 'session', 'all lines again after'],
  ];
  const time = (value: number | null): string => (value === null ? 'not' : `${ms(value)} ms`);
  const cells = rows.map((row) => [
    ...[row.kind, row.setting, row.direction, time(row.recovered), `${ms(row.silence)} ms`],
    ...[`${row.bytes_lost} bytes`, row.alive ? 'alive' : 'dead', time(row.again)],
  ]);
  return markdown(head, cells);
}

/** By setting, then by what happens, then by direction: machines end in any order. */
export function sortDeaths(rows: readonly FailoverRow[]): FailoverRow[] {
  const settings = FAILOVER_SETTINGS.map(({ name }) => name);
  const deaths: readonly string[] = DEATHS;
  const rank = ({ setting, kind }: FailoverRow): number =>
    settings.indexOf(setting) * deaths.length + deaths.indexOf(kind);
  return [...rows].sort((a, b) => rank(a) - rank(b) || a.direction.localeCompare(b.direction));
}

/** A row without a table of its own, in one line. */
export function factLine(fact: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(fact).map(([key, value]) => `${key} ${value}`);
  return `${words.join(', ')}\n`;
}

/** The table of what the bond costs while nothing goes on. */
export function costTable(rows: readonly CostRow[]): string {
  const head = [
    ...['setting', 'CPU of the daemon at the router, ms/s', 'at the server', 'packets/s per line'],
    ...['MB per day and line, up', 'down'],
  ];
  const cells = rows.map((row) => [
    ...[row.setting, row.cpu_router.toFixed(1), row.cpu_server.toFixed(1)],
    row.packets_per_second.toFixed(1),
    ...[row.bytes_per_day_up, row.bytes_per_day_down].map((bytes) => (bytes / 1e6).toFixed(1)),
  ]);
  return markdown(head, cells);
}

/** What could not be measured, a line each; empty when all could. */
export function failedList(rows: readonly FailedRow[]): string {
  const lines = rows.map(({ name, column, error }) => {
    return `not measured: ${name}, ${column}: ${error.split('\n')[0]}\n`;
  });
  return lines.join('');
}
