/**
 * `npm run bench`: one TCP flow over each scenario's lines, down and up, with pings beside it, in the
 * lab's virtual time; then what the daemon costs. `--json`: one JSON object per line on stdout.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { BondFlow, BondRates } from '../../guest/rates.ts';
import { formatLines, type Line, parseLines } from '../../lines.ts';
import { boot } from '../machine.ts';
import { ROOT } from '../paths.ts';

interface Scenario {
  name: string;
  lines: Line[];
}

const SCENARIOS: readonly (readonly [string, string])[] = [
  ['two equal', '12/12/20,12/12/20'],
  ['two DSL', '7.2/0.9/50,7/0.83/25'],
  ['fast and slow', '20/5/20,5/1/20'],
  ['four equal', '6/6/15,6/6/25,6/6/35,6/6/45'],
];

/**
 * The most that one TCP flow can carry of a line's rate with MTU 1426 on tap: 1374 bytes of payload
 * (1426 less IP and TCP with timestamps, 52) in a frame of 1506 (1426 + 66 for Ethernet, IP, UDP and
 * OpenVPN's AES-GCM + 14 for the line's own Ethernet).
 */
const MOST_OF_LINE = 1374 / 1506;

interface Measured {
  name: string;
  lines: string;
  direction: 'down' | 'up';
  /** bit/s */
  goodput: number;
  percent_of_sum: number;
  percent_of_max: number;
  /** ms */
  ping_p50: number | null;
  ping_p95: number | null;
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, lines: { type: 'string' }, device: { type: 'string' } },
  });
  const scenarios =
    values.lines === undefined
      ? SCENARIOS.map(([name, lines]) => ({ name, lines: parseLines(lines) }))
      : [{ name: 'given', lines: parseLines(values.lines) }];
  let last: BondRates | null = null;
  for (const scenario of scenarios) {
    last = await measure(scenario, values.device ?? 'tap');
    for (const direction of ['down', 'up'] as const)
      print(describeFlow(scenario, direction, last[direction]), values.json === true);
  }
  if (last !== null) print({ name: 'budgets', ...budgets(last) }, values.json === true);
}

async function measure(scenario: Scenario, device: string): Promise<BondRates> {
  process.stderr.write(`bench: ${scenario.name} (${formatLines(scenario.lines)}) …\n`);
  const machine = await boot();
  try {
    const args = [formatLines(scenario.lines), device, '0', '7'];
    const onLine = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
    return (await machine.result('bond-rates', args, { onLine, seconds: 3_600 })) as BondRates;
  } finally {
    await machine.close();
  }
}

function describeFlow(scenario: Scenario, direction: 'down' | 'up', flow: BondFlow): Measured {
  const sum = scenario.lines.reduce((total, line) => total + line[direction], 0) * 1e6;
  const percent = (part: number): number => Math.round((flow.bitsPerSecond / part) * 1000) / 10;
  return {
    name: scenario.name,
    lines: formatLines(scenario.lines),
    direction,
    goodput: flow.bitsPerSecond,
    percent_of_sum: percent(sum),
    percent_of_max: percent(sum * MOST_OF_LINE),
    ping_p50: flow.ping.p50,
    ping_p95: flow.ping.p95,
  };
}

/** Sizes in bytes, times in ms (guest), commands in programs run. */
function budgets(rates: BondRates): Record<string, number> {
  const bundle = readFileSync(join(ROOT, 'dist/bonding.cjs'));
  const page = readFileSync(join(ROOT, 'dist/luci/status.js'));
  const { rss, bareRss, startToReply, commands } = rates.budgets;
  return {
    bundle_bytes: bundle.length,
    page_gzip_bytes: gzipSync(page).length,
    rss_bytes: rss,
    own_memory_bytes: rss - bareRss,
    start_to_first_reply_ms: Math.round(startToReply),
    commands_per_start: commands,
  };
}

function print(object: object, json: boolean): void {
  const text = json
    ? JSON.stringify(object)
    : Object.entries(object)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ');
  process.stdout.write(`${text}\n`);
}

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
