import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BenchOrder, FailoverRun, JobResult } from '../../guest/bench-order.ts';
import type { Costs } from '../../guest/programs/bench-costs.ts';
import type { Budgets } from '../../guest/rates.ts';
import { type BootOptions, boot } from '../machine.ts';
import { ROOT } from '../paths.ts';
import { type CostRow, costRow, type FailoverRow, failoverRow, packetRow } from './more-rows.ts';
import type { BenchOptions, Part } from './options.ts';
import { type FailedRow, mostOf, type RateRow, rateRow } from './rows.ts';
import {
  COST_SETTINGS,
  type Column,
  FAILOVER_LINES,
  FAILOVER_SETTINGS,
  type Scenario,
  TIMING,
} from './scenarios.ts';

/** Real seconds before one machine's work is given up. */
const LIMIT = 3_600;

/** Watched with nothing going on, guest s. */
const IDLE_SECONDS = 20;

/** What was measured so far. */
export interface Found {
  rates: RateRow[];
  failed: FailedRow[];
  failover: FailoverRow[];
  costs: CostRow[];
  /** What a packet costs and how large the program is. */
  facts: Record<string, unknown>[];
}

/** One machine's work. It never throws: what fails is a row, too. */
export type Work = () => Promise<void>;

/** Called with each row as it is measured. */
export type Show = (row: object) => void;

/** What there is to do for each part: each piece with a machine of its own. */
export const WORK: Record<Part, (options: BenchOptions, found: Found, show: Show) => Work[]> = {
  rates: ratesWork,
  failover: failoverWork,
  costs: costsWork,
};

/** A machine per scenario and bonding driver, one column after another in it. */
function ratesWork(options: BenchOptions, found: Found, show: Show): Work[] {
  const timing = TIMING[options.quick ? 'quick' : 'normal'];
  return options.scenarios.flatMap((scenario) =>
    (['stock', 'patched'] as const).flatMap((module) => {
      const columns = options.columns.filter((column) => column.module === module);
      if (columns.length === 0) return [];
      const names = columns.map(({ name }) => name).join(', ');
      return attempt(scenario.name, names, found, show, async () => {
        const jobs = columns.map((column) => column.job(scenario));
        const order: BenchOrder = { lines: scenario.lines, jobs, ...timing };
        const args = [JSON.stringify(order)];
        const results = await inMachine<JobResult[]>(scenario.name, module, 'bench-rates', args);
        for (const [index, column] of columns.entries())
          keep(scenario, column, results[index], found, show);
      });
    }),
  );
}

function keep(
  scenario: Scenario,
  column: Column,
  result: JobResult | undefined,
  found: Found,
  show: Show,
): void {
  for (const flow of result?.flows ?? []) {
    const row = rateRow(scenario, column, flow);
    found.rates.push(row);
    show(row);
  }
  const error = result === undefined ? 'the machine left no result' : result.error;
  if (error === null) return;
  const failed: FailedRow = { name: scenario.name, column: column.name, error };
  found.failed.push(failed);
  show(failed);
}

/** A machine per setting and kind of death. */
function failoverWork(options: BenchOptions, found: Found, show: Show): Work[] {
  const settings = options.quick ? FAILOVER_SETTINGS.slice(0, 1) : FAILOVER_SETTINGS;
  return settings.flatMap((setting) =>
    setting.deaths.map((kind) =>
      attempt(kind, setting.name, found, show, async () => {
        const args = [FAILOVER_LINES, JSON.stringify(setting.options), 'tun', kind];
        const name = `${kind}, ${setting.name}`;
        const runs = await inMachine<FailoverRun[]>(name, 'stock', 'bench-failover', args);
        for (const run of runs) {
          const row = failoverRow(setting.name, run);
          found.failover.push(row);
          show(row);
        }
      }),
    ),
  );
}

/** What a packet costs, what the daemon costs while nothing goes on, and how large it is. */
function costsWork(options: BenchOptions, found: Found, show: Show): Work[] {
  const seconds = options.quick ? IDLE_SECONDS / 2 : IDLE_SECONDS;
  return COST_SETTINGS.map(({ name, lines, device, options: bond }, index) =>
    attempt('costs', name, found, show, async () => {
      const more = index === 0 ? 'budgets' : '';
      const args = [lines, device, JSON.stringify(bond), String(seconds), more];
      const costs = await inMachine<Costs>(`costs, ${name}`, 'stock', 'bench-costs', args);
      const row = costRow(name, costs.idle);
      found.costs.push(row);
      show(row);
      const { packet, frame } = costs.packet;
      const facts: Record<string, unknown>[] = [packetRow(costs, mostOf(packet, frame - packet))];
      if (costs.budgets !== null) facts.push({ name: 'budgets', ...budgetsRow(costs.budgets) });
      found.facts.push(...facts);
      for (const fact of facts) show(fact);
    }),
  );
}

/** What fails is a row, too: the rest is measured all the same. */
function attempt(name: string, column: string, found: Found, show: Show, work: Work): Work {
  return () =>
    work().catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      const failed: FailedRow = { name, column, error: text };
      found.failed.push(failed);
      show(failed);
    });
}

/** Boots a machine for one guest program; the result is that of the program's file. */
async function inMachine<Result>(
  name: string,
  driver: NonNullable<BootOptions['driver']>,
  program: string,
  args: readonly string[],
): Promise<Result> {
  const say = (text: string): void => void process.stderr.write(`bench: ${name}: ${text}\n`);
  say(`on the ${driver} driver …`);
  const machine = await boot({ driver });
  try {
    return (await machine.result(program, args, { onLine: say, seconds: LIMIT })) as Result;
  } finally {
    await machine.close();
  }
}

/** Sizes in bytes, times in ms (guest), commands in programs run. */
function budgetsRow({ rss, bareRss, startToReply, commands }: Budgets): Record<string, number> {
  const bundle = readFileSync(join(ROOT, 'dist/bonding.cjs'));
  const page = readFileSync(join(ROOT, 'dist/luci/status.js'));
  return {
    bundle_bytes: bundle.length,
    page_gzip_bytes: gzipSync(page).length,
    rss_bytes: rss,
    own_memory_bytes: rss - bareRss,
    start_to_first_reply_ms: Math.round(startToReply),
    commands_per_start: commands,
  };
}
