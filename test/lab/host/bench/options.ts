import { parseArgs } from 'node:util';
import { parseLines } from '../../lines.ts';
import { COLUMNS, type Column, SCENARIOS, type Scenario } from './scenarios.ts';

/** The parts of the bench. */
export type Part = 'rates' | 'failover' | 'costs';

/** What a command line asks for. */
export interface BenchOptions {
  parts: readonly Part[];
  scenarios: readonly Scenario[];
  columns: readonly Column[];
  json: boolean;
  quick: boolean;
  /** Machines at the same time. */
  machines: number;
}

const PARTS: readonly Part[] = ['rates', 'failover', 'costs'];

/** For `--help`. */
export const USAGE = `npm run bench -- [options]
  --scenario NAME   only this one (repeat for more): ${SCENARIOS.map(({ name }) => name).join(', ')}
  --lines LINES     other lines: DOWN/UP/RTT[/JITTER[/LOSS]] each, as in 20/5/20,5/1/20
  --driver NAME     only this column (repeat for more): ${COLUMNS.map(({ name }) => name).join(', ')}
  --device tap|tun  only columns with such tunnels
  --rates --failover --costs   only these parts; all three without them
  --all             with the scenarios that take long
  --quick           shorter flows: figures within some percent
  --machines N      virtual machines at the same time
  --json            one JSON object per row instead of tables
`;

/**
 * Reads the command line. `cores`: of this machine; a machine of the lab keeps one busy. Throws an
 * Error naming what is wrong and what there is.
 */
export function parseOptions(argv: readonly string[], cores: number): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rates: { type: 'boolean', default: false },
      failover: { type: 'boolean', default: false },
      costs: { type: 'boolean', default: false },
      lines: { type: 'string' },
      device: { type: 'string' },
      scenario: { type: 'string', multiple: true, default: [] },
      driver: { type: 'string', multiple: true, default: [] },
      machines: { type: 'string' },
    },
  });
  const asked = PARTS.filter((part) => values[part]);
  // Whoever names lines or columns wants to see them, and nothing else.
  const narrowed = [values.lines, values.device, ...values.scenario, ...values.driver];
  const rest: readonly Part[] = narrowed.some((value) => value !== undefined) ? ['rates'] : PARTS;
  return {
    parts: asked.length > 0 ? asked : rest,
    scenarios: chooseScenarios(values.scenario, values.lines, values.all),
    columns: chooseColumns(values.driver, values.device),
    json: values.json,
    quick: values.quick,
    machines: chooseMachines(values.machines, cores),
  };
}

function chooseScenarios(
  names: readonly string[],
  lines: string | undefined,
  all: boolean,
): Scenario[] {
  if (lines !== undefined) {
    parseLines(lines);
    return [{ name: 'given', lines, congestions: ['cubic'], heavy: false, learn: 0 }];
  }
  if (names.length === 0) return SCENARIOS.filter(({ heavy }) => all || !heavy);
  return names.map((name) => named('scenario', name, SCENARIOS));
}

function chooseColumns(names: readonly string[], device: string | undefined): Column[] {
  if (device !== undefined && device !== 'tap' && device !== 'tun')
    throw new Error(`--device ${device} is neither tap nor tun`);
  const wanted = names.length === 0 ? COLUMNS : names.map((name) => named('driver', name, COLUMNS));
  const columns = wanted.filter((column) => device === undefined || column.device === device);
  if (columns.length === 0) throw new Error(`none of these columns has ${device} tunnels`);
  return columns;
}

function named<T extends { name: string }>(option: string, name: string, known: readonly T[]): T {
  const found = known.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = known.map((entry) => `'${entry.name}'`).join(', ');
  throw new Error(`--${option} '${name}': there is ${names}`);
}

/** As many as a lab of two lines leaves memory for, and no more than there are cores. */
function chooseMachines(text: string | undefined, cores: number): number {
  const MOST = 4;
  if (text === undefined) return Math.max(1, Math.min(MOST, cores));
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 16)
    throw new Error(`--machines ${text} is not a number from 1 to 16`);
  return count;
}
