import { describe, expect, it } from 'vitest';
import { NO_TEST, type TestResult, withSum } from '../../../backend/src/status/test-result.ts';

const link = (
  name: string,
  down: number | null,
  up: number | null,
  skipped: string | null = null,
) => {
  return { name, down, up, skipped };
};
const result = (changes: Partial<TestResult>): TestResult => ({ ...NO_TEST, ...changes });

describe('the sum of a test', () => {
  it('is that of the lines that were measured', () => {
    const links = [link('a', 10e6, 2e6), link('b', 5e6, 1e6), link('c', null, null, 'it is down')];
    expect(withSum(result({ links }))).toMatchObject({
      sum: { down: 15e6, up: 3e6 },
      percent: null,
    });
  });

  it('gives the bond in whole percent of it', () => {
    const links = [link('a', 10e6, 2e6), link('b', 5e6, 1e6)];
    const bond = { down: 13.67e6, up: 2.99e6 };
    expect(withSum(result({ links, bond })).percent).toEqual({ down: 91, up: 100 });
  });

  it('counts a line that was given up after one direction as nothing', () => {
    const links = [link('a', 10e6, 2e6), link('b', 5e6, null, 'nothing came through')];
    expect(withSum(result({ links })).sum).toEqual({ down: 10e6, up: 2e6 });
  });

  it('of nothing is nothing, not endless', () => {
    const bond = { down: 1e6, up: 1e6 };
    expect(withSum(result({ bond }))).toMatchObject({
      sum: { down: 0, up: 0 },
      percent: { down: 0, up: 0 },
    });
  });
});
