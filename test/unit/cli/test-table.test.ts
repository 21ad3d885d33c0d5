import { describe, expect, it } from 'vitest';
import { progressLine, testTable } from '../../../backend/src/cli/test-table.ts';
import { problem } from '../../../backend/src/errors.ts';
import { NO_TEST, type TestResult, withSum } from '../../../backend/src/status/test-result.ts';

const DONE: TestResult = withSum({
  ...NO_TEST,
  id: 1,
  state: 'done',
  seconds: 5,
  links: [
    { name: 'dsl', down: 10.9e6, up: 1_820_000, skipped: null },
    { name: 'cable', down: 96_400_000, up: 900_000, skipped: null },
    { name: 'lte', down: null, up: null, skipped: 'it is down' },
  ],
  bond: { down: 98e6, up: 2_500_000 },
});

describe('the table of a test', () => {
  it('has each line, the sum, the bond and its percent', () => {
    expect(testTable(DONE, false)).toBe(
      [
        '                            down            up',
        'dsl                  10.9 Mbit/s    1.8 Mbit/s',
        'cable                96.4 Mbit/s  900.0 kbit/s',
        'lte                 left out: it is down',
        'sum                 107.3 Mbit/s    2.7 Mbit/s',
        'bond                 98.0 Mbit/s    2.5 Mbit/s',
        'percent of the sum          91 %          92 %',
        '',
      ].join('\n'),
    );
  });

  it('says what kept each direction from being faster, and once what to do', () => {
    const cpu = { limit: 'cpu', text: "limit: this router's CPU", fix: 'a faster router' } as const;
    const verdict = { down: cpu, up: { ...cpu, text: 'the same' } };
    expect(testTable({ ...DONE, verdict }, false)).toMatch(
      /\ndown: limit: this router's CPU\nup: {3}the same\n {2}fix: a faster router\n$/,
    );
    const lines = { limit: 'lines', text: 'limit: the lines', fix: null } as const;
    expect(testTable({ ...DONE, verdict: { down: null, up: lines } }, false)).toMatch(
      / 92 %\nup: {3}limit: the lines\n$/,
    );
  });

  it('shows what was measured before it failed, and what to do', () => {
    const found = problem('test-broken', 'bond', { reason: 'it was stopped' });
    const links = [{ name: 'dsl', down: null, up: null, skipped: null }];
    const text = testTable({ ...NO_TEST, state: 'failed', links, problem: found }, true);
    expect(text).toContain('dsl  not measured\n');
    expect(text).toContain(
      '\x1b[31merror\x1b[0m: the speed test ended early: it was stopped\n  fix:',
    );
    expect(text).not.toMatch(/^(sum|bond|percent)/m);
  });
});

it('one line says how far it is', () => {
  expect(progressLine(NO_TEST)).toBe('asking the other end …');
  const progress = { link: 'dsl', direction: 'up', rate: 1.5e6, step: 2, steps: 6 } as const;
  expect(progressLine({ ...DONE, progress })).toBe('2 of 6, 5 s each: dsl up, 1.5 Mbit/s');
  expect(progressLine({ ...DONE, progress: { ...progress, link: null } })).toContain(': bond up,');
});
