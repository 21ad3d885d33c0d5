/** What the bench makes of a command line, and of what was measured. */
import { describe, expect, test } from 'vitest';
import type { BenchFlow, FailoverRun } from '../../lab/guest/bench-order.ts';
import { costRow, type FailoverRow, failoverRow } from '../../lab/host/bench/more-rows.ts';
import { parseOptions } from '../../lab/host/bench/options.ts';
import { allOf } from '../../lab/host/bench/pool.ts';
import { mostOf, OVERHEAD, percent, rateRow } from '../../lab/host/bench/rows.ts';
import { COLUMNS, type Column, SCENARIOS, type Scenario } from '../../lab/host/bench/scenarios.ts';
import {
  costTable,
  factLine,
  failedList,
  failoverTable,
  rateTables,
  sortDeaths,
} from '../../lab/host/bench/table.ts';
import { parseLines } from '../../lab/lines.ts';

const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

describe('the command line', () => {
  test('nothing said: all parts, all columns, all but the heavy scenarios', () => {
    const options = parseOptions([], 2);
    expect(options.parts).toEqual(['rates', 'failover', 'costs']);
    expect(options.columns).toEqual(COLUMNS);
    expect(names(options.scenarios)).not.toContain('fast lines');
    expect(options).toMatchObject({ json: false, quick: false, machines: 2 });
    expect(names(parseOptions(['--all'], 2).scenarios)).toEqual(names(SCENARIOS));
  });

  test('scenarios and columns by name, lines that are given', () => {
    const options = parseOptions(
      ['--scenario', 'fast lines', '--driver', 'seed', '--driver', 'spread', '--json', '--quick'],
      1,
    );
    expect(names(options.scenarios)).toEqual(['fast lines']);
    expect(names(options.columns)).toEqual(['seed', 'spread']);
    expect(options).toMatchObject({ json: true, quick: true, parts: ['rates'] });
    const [given] = parseOptions(['--lines', '8/2/20'], 1).scenarios;
    expect(given).toMatchObject({ name: 'given', lines: '8/2/20' });
    expect(names(parseOptions(['--device', 'tun'], 1).columns)).toEqual([
      'bond-tun',
      'spread',
      'auto',
    ]);
  });

  test('one part, or several', () => {
    expect(parseOptions(['--failover'], 1).parts).toEqual(['failover']);
    expect(parseOptions(['--costs', '--rates', '--driver', 'seed'], 1).parts).toEqual([
      'rates',
      'costs',
    ]);
  });

  test('says what there is when it does not know a name', () => {
    expect(() => parseOptions(['--scenario', 'five'], 1)).toThrow(
      "there is 'two equal', 'two DSL'",
    );
    expect(() => parseOptions(['--driver', 'x'], 1)).toThrow("--driver 'x': there is 'best line'");
    expect(() => parseOptions(['--device', 'wg'], 1)).toThrow('neither tap nor tun');
    expect(() => parseOptions(['--driver', 'seed', '--device', 'tun'], 1)).toThrow('none of these');
    expect(() => parseOptions(['--lines', '8'], 1)).toThrow('write DOWN/UP/RTT');
    expect(() => parseOptions(['--machines', '0'], 1)).toThrow('not a number from 1 to 16');
  });

  test('the scenarios are lines that the lab can build', () => {
    for (const { lines } of SCENARIOS) expect(parseLines(lines).length).toBeGreaterThan(1);
  });
});

const column = (name: string): Column => {
  const found = COLUMNS.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
};

const SLOW: Scenario = {
  ...{ name: 'fast and slow', lines: '20/5/20,5/1/20', congestions: ['cubic'] },
  ...{ heavy: false, learn: 0 },
};

const flow = (change: Partial<BenchFlow> = {}): BenchFlow => ({
  ...{ column: 'spread', congestion: 'cubic', direction: 'down', bitsPerSecond: 23_050_000 },
  ...{ retransmits: 3, bond: { driver: 'spread', mtu: 1448, problems: [] } },
  ping: { sent: 25, lost: 0, p50: 52.4, p95: 86, lostNumbers: [] },
  ...change,
});

test('what is ours has traffic before it is measured where a line may be parked, the seed never', () => {
  const learn = (name: string, seconds: number): number | null => {
    const job = column(name).job({ ...SLOW, learn: seconds });
    return job.way === 'bond' ? job.learn : null;
  };
  expect([learn('spread', 0), learn('spread', 15), learn('auto', 15)]).toEqual([0, 15, 15]);
  expect(learn('auto', 0)).toBeGreaterThan(0);
  expect([learn('seed', 15), learn('MPTCP', 15)]).toEqual([0, null]);
});

describe('percentages', () => {
  test('what encapsulation leaves is 91.3 % with tap, 92.2 % with tun', () => {
    expect(percent(mostOf(1434, OVERHEAD.tap), 1)).toBe(91.3);
    expect(percent(mostOf(1448, OVERHEAD.tun), 1)).toBe(92.2);
    expect(percent(1, 0)).toBe(0);
  });

  test('of the sum, and of what the tunnels in use leave of it', () => {
    const row = rateRow(SLOW, column('spread'), flow());
    expect(row).toMatchObject({ percent_of_sum: 92.2, percent_of_max: 100, ping_p95: 86 });
    const up = flow({ direction: 'up', bitsPerSecond: 3_000_000 });
    expect(rateRow(SLOW, column('spread'), up)).toMatchObject({ percent_of_sum: 50 });
  });

  test('without a bond what tap leaves is the measure', () => {
    const bond = { driver: 'bond-tap', mtu: 1434, problems: [] };
    const tap = rateRow(SLOW, column('seed'), flow({ bond, bitsPerSecond: 22_820_000 }));
    expect(tap.percent_of_max).toBe(100);
    const plain = rateRow(SLOW, column('MPTCP'), flow({ bond: null, bitsPerSecond: 22_820_000 }));
    expect(plain).toMatchObject({ driver: null, percent_of_max: 100 });
  });
});

describe('tables', () => {
  test('a row per lines and direction, a column per way that was measured', () => {
    const bond = { driver: 'bond-tap', mtu: 1434, problems: [] };
    const seed = flow({ column: 'seed', bond, bitsPerSecond: 7_660_000, retransmits: 1237 });
    const rows = [
      rateRow(SLOW, column('spread'), flow()),
      rateRow(SLOW, column('seed'), seed),
      rateRow(SLOW, column('spread'), flow({ direction: 'up', bitsPerSecond: 5_540_000 })),
    ];
    const text = rateTables(rows, COLUMNS);
    expect(text).toContain('| lines |  | sum | seed | spread |');
    expect(text).toContain(
      '| fast and slow | down | 25.0 | 7.66 (31 / 33.6 %) | 23.05 (92 / 100 %) |',
    );
    expect(text).toContain('| fast and slow | up | 6.0 |  | 5.54 (92 / 100.1 %) |');
    expect(text).toContain('| fast and slow | down | 25.0 | 52 / 86, 1237 | 52 / 86, 3 |');
    expect(text).toContain('- seed: the HOWTO');
    expect(text).not.toContain('MPTCP');
  });

  test('bbr is a row of its own', () => {
    const row = rateRow(SLOW, column('spread'), flow({ congestion: 'bbr' }));
    expect(rateTables([row], COLUMNS)).toContain('| fast and slow | down, bbr | 25.0 |');
  });

  test('deaths of a line', () => {
    const run: FailoverRun = {
      ...{ kind: 'line silent', direction: 'down', rate: 22e6, remaining: 11e6 },
      ...{ dead: { recovered: 320.4, silence: 280, rate: 10.56e6 }, again: null },
      ...{ retransmits: 100, alive: true },
    };
    const row = failoverRow('default', run);
    expect(row).toMatchObject({ percent_while_dead: 96, bytes_lost: 138_200, recovered: 320 });
    expect(failoverTable([row])).toContain(
      '| line silent | default | down | 320 ms | 280 ms | 138200 bytes | alive | not |',
    );
  });

  test('deaths stand in their own order, whichever machine ended first', () => {
    const row = (setting: string, kind: string, direction: 'down' | 'up'): FailoverRow => ({
      ...{ name: 'failover', setting, kind, direction, recovered: 0, silence: 0 },
      ...{ percent_while_dead: 100, bytes_lost: 0, alive: true, again: 0 },
    });
    const rows = [
      row('fast', 'line silent', 'down'),
      row('default', 'tunnel killed', 'up'),
      row('default', 'tunnel killed', 'down'),
      row('default', 'line silent', 'up'),
    ];
    const order = sortDeaths(rows).map(({ setting, kind, direction }) =>
      [setting, kind, direction].join(' '),
    );
    expect(order).toEqual([
      'default line silent up',
      'default tunnel killed down',
      'default tunnel killed up',
      'fast line silent down',
    ]);
  });

  test('what it costs, per second and per day', () => {
    const line = (packets: number) => ({ packets, bytes: packets * 100 });
    const lines = [0, 1].map(() => ({ up: line(200), down: line(100) }));
    const row = costRow('default', { seconds: 20, cpu: { router: 30, server: 20 }, lines });
    expect(row).toMatchObject({ cpu_router: 1.5, cpu_server: 1, packets_per_second: 15 });
    expect([row.bytes_per_day_up, row.bytes_per_day_down]).toEqual([86_400_000, 43_200_000]);
    expect(costTable([row])).toContain('| default | 1.5 | 1.0 | 15.0 | 86.4 | 43.2 |');
  });

  test('facts are a line each', () => {
    expect(factLine({ name: 'packet', frame_bytes: 1506 })).toBe('name packet, frame_bytes 1506\n');
  });

  test('what failed is named with the first line of why', () => {
    const rows = [{ name: 'two equal', column: 'spread', error: 'no spread here\n  at x' }];
    expect(failedList(rows)).toBe('not measured: two equal, spread: no spread here\n');
  });
});

describe('machines at the same time', () => {
  test('never more than wanted, and all of the work', async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    const work = Array.from({ length: 5 }, () => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      done++;
    });
    await allOf(work, 2);
    expect([most, done]).toEqual([2, 5]);
  });

  test('a failure is thrown, and nothing more begins', async () => {
    const begun: number[] = [];
    const work = [0, 1, 2].map((index) => async () => {
      begun.push(index);
      if (index === 1) throw new Error('no kernel');
    });
    await expect(allOf(work, 1)).rejects.toThrow('no kernel');
    expect(begun).toEqual([0, 1]);
  });
});
