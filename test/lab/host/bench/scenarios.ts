import {
  type BenchOrder,
  type BondJob,
  type Congestion,
  DEATHS,
  type Death,
  type Job,
} from '../../guest/bench-order.ts';
import type { BootOptions } from '../machine.ts';

/** Lines that people have, in the words of {@link parseLines}. */
export interface Scenario {
  name: string;
  lines: string;
  /** Congestion controls of the senders. */
  congestions: readonly Congestion[];
  /** Left out without `--all`: more than an emulated CPU carries. */
  heavy: boolean;
  /**
   * Traffic each way before a bond of ours is measured, s: where a line may be parked for what it does
   * to the others, which takes some seconds of traffic to see.
   */
  learn: number;
}

const scenario = (
  name: string,
  lines: string,
  rest: Partial<Pick<Scenario, 'congestions' | 'heavy' | 'learn'>> = {},
): Scenario => ({ name, lines, congestions: ['cubic'], heavy: false, learn: 0, ...rest });

const repeat = (line: string, count: number): string => Array(count).fill(line).join(',');

/** All scenarios. bbr is measured, too, where random loss slows cubic down. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('two equal', '12/12/20,12/12/20'),
  scenario('two DSL', '7.2/0.9/50,7/0.83/25'),
  scenario('fast and slow', '20/5/20,5/1/20'),
  scenario('DSL and LTE', '16/2/30,12/4/60/10'),
  scenario('DSL and LTE with loss', '16/2/30,12/4/60/10/0.5', {
    congestions: ['cubic', 'bbr'],
    learn: 15,
  }),
  scenario('four equal', '6/6/15,6/6/25,6/6/35,6/6/45'),
  scenario('eight equal', repeat('3/3/20', 8)),
  scenario('fast lines', '100/40/20,20/10/20', { heavy: true }),
];

/** One way to use the lines: a column of the table. */
export interface Column {
  name: string;
  /** What it is, for the table's legend. */
  text: string;
  /** The bonding driver of the machine. */
  module: NonNullable<BootOptions['driver']>;
  /** The kind of tunnel device, for `--device`; null without tunnels. */
  device: 'tap' | 'tun' | null;
  job: (scenario: Pick<Scenario, 'congestions' | 'learn'>) => Job;
}

/** Plain round robin, and nothing that learns. */
const SEED = { driver: 'bond-tap', shares: 'fixed', heartbeat_interval: '0' };

/** Of the column that learns: traffic each way before it is measured, s. */
const LEARN = 8;

function bond(
  name: string,
  text: string,
  job: Pick<BondJob, 'deviceType' | 'options'> & Partial<Pick<BondJob, 'rates' | 'learn'>>,
  module: Column['module'] = 'stock',
): Column {
  return {
    name,
    text,
    module,
    device: job.deviceType,
    job: ({ congestions, learn }) => ({
      ...{ way: 'bond', column: name, congestions, rates: false },
      ...job,
      learn: job.options === SEED ? 0 : Math.max(learn, job.learn ?? 0),
    }),
  };
}

/**
 * All columns, in the table's order. What shapes the lines (issue: latency under load) belongs here as
 * further columns of `bond`, with the options that switch it on.
 */
export const COLUMNS: readonly Column[] = [
  {
    name: 'best line',
    text: 'the best line by itself, without a tunnel',
    module: 'stock',
    device: null,
    job: ({ congestions }) => ({ way: 'line', column: 'best line', congestions }),
  },
  bond('seed', 'the HOWTO: tap, plain balance-rr, nothing else', {
    deviceType: 'tap',
    options: SEED,
  }),
  bond('bond-tap', 'tap on the stock bonding driver, with the rates of the lines', {
    deviceType: 'tap',
    options: { driver: 'bond-tap' },
    rates: true,
  }),
  bond(
    'bond-tun',
    'tun on the patched bonding driver, with the rates of the lines',
    { deviceType: 'tun', options: { driver: 'bond-tun' }, rates: true },
    'patched',
  ),
  bond('spread', 'tun, packets divided by nftables, with the rates of the lines', {
    deviceType: 'tun',
    options: { driver: 'spread' },
    rates: true,
  }),
  bond('auto', 'as a new installation is: tun, no other option, rates learned', {
    deviceType: 'tun',
    options: {},
    learn: LEARN,
  }),
  {
    name: 'MPTCP',
    text: 'one MPTCP connection over all lines, without tunnels',
    module: 'stock',
    device: null,
    job: ({ congestions }) => ({ way: 'mptcp', column: 'MPTCP', congestions }),
  },
];

/** How the bond is set up for the failover part. */
export interface FailoverSetting {
  name: string;
  options: Readonly<Record<string, string>>;
  deaths: readonly Death[];
}

/** Faster heartbeats change nothing about what is noticed by other means. */
const NOTICED_BY_HEARTBEATS = DEATHS.filter((death) => death.startsWith('line silent'));

export const FAILOVER_SETTINGS: readonly FailoverSetting[] = [
  { name: 'default', options: {}, deaths: DEATHS },
  { name: 'fast', options: { heartbeat_interval: '50' }, deaths: NOTICED_BY_HEARTBEATS },
];

/** Lines of the failover part. */
export const FAILOVER_LINES = '12/12/20,12/12/20';

/** How the bond is set up while nothing goes on. */
export interface CostSetting {
  name: string;
  options: Readonly<Record<string, string>>;
  lines: string;
  device: 'tap' | 'tun';
}

/** The first is the one whose budgets are measured, too. */
export const COST_SETTINGS: readonly CostSetting[] = [
  { name: 'default', lines: FAILOVER_LINES, device: 'tun', options: {} },
  { name: 'fast', lines: FAILOVER_LINES, device: 'tun', options: { heartbeat_interval: '50' } },
  { name: 'no heartbeats', lines: FAILOVER_LINES, device: 'tap', options: SEED },
];

/**
 * Guest seconds per flow: what is measured, and what is left out at its start. Over four lines cubic
 * left slow start early and was at 89 % of the most after 3 s, once; over lines with jitter the dip after
 * its first full queue made 90 % of 5 s and 99 % of 20 s.
 */
export type Timing = Pick<BenchOrder, 'seconds' | 'omit'>;

export const TIMING: Record<'normal' | 'quick', Timing> = {
  normal: { seconds: 10, omit: 4 },
  quick: { seconds: 3, omit: 2 },
};
