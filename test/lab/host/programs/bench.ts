/**
 * `npm run bench`: what one TCP flow brings over the lines of each scenario, for each way to use them;
 * what the deaths of a line do to it; what the bond costs while nothing goes on. In the lab's virtual
 * time. Tables in Markdown on stdout, or with `--json` one JSON object per row; `--help` has the rest.
 */
import { availableParallelism } from 'node:os';
import { type BenchOptions, parseOptions, USAGE } from '../bench/options.ts';
import { allOf } from '../bench/pool.ts';
import {
  costTable,
  factLine,
  failedList,
  failoverTable,
  rateTables,
  sortDeaths,
} from '../bench/table.ts';
import { type Found, type Show, WORK } from '../bench/work.ts';

async function bench(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return;
  }
  const options = parseOptions(argv, availableParallelism());
  const found: Found = { rates: [], failed: [], failover: [], costs: [], facts: [] };
  const show: Show = (row) => {
    if (options.json) process.stdout.write(`${JSON.stringify(row)}\n`);
  };
  const work = options.parts.flatMap((part) => WORK[part](options, found, show));
  await allOf(work, options.machines);
  if (!options.json) process.stdout.write(tables(options, found));
  process.stderr.write(failedList(found.failed));
  if (found.failed.length > 0) process.exitCode = 1;
}

function tables({ columns, scenarios }: BenchOptions, found: Found): string {
  const order = (name: string): number => scenarios.findIndex((entry) => entry.name === name);
  const rates = [...found.rates].sort((a, b) => order(a.name) - order(b.name));
  const parts = [
    ...(rates.length > 0 ? [rateTables(rates, columns), ''] : []),
    ...(found.failover.length > 0 ? [failoverTable(sortDeaths(found.failover))] : []),
    ...(found.costs.length > 0 ? [costTable(found.costs)] : []),
    ...found.facts.map(factLine),
  ];
  return parts.join('\n');
}

bench(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
