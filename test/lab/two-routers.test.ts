import { beforeAll, describe, expect, it } from 'vitest';
import type { TwoRouters } from './guest/programs/two-routers.ts';
import { play } from './host/play.ts';

describe('a server with two routers', () => {
  let seen: TwoRouters;

  beforeAll(async () => {
    seen = (await play('two-routers', ['4/4/20,4/4/20'])) as TwoRouters;
  });

  it('runs an instance for each, with a page of its own', () => {
    expect(seen.unnamed).toContain(
      'there are 2 routers here: home, office; say which: --name home',
    );
    expect(seen.pages).toEqual(['http://127.0.0.1:8470/', 'http://127.0.0.1:8471/']);
  });

  it('carries traffic of both at the same time', () => {
    expect(seen.lost).toEqual({ home: 0, office: 0, internet: 0 });
    // Two lines of 4 Mbit/s, and one.
    expect(seen.rates.home).toBeGreaterThan(5.5e6);
    expect(seen.rates.office).toBeGreaterThan(2.8e6);
  });

  it('tests the lines of both at the same time', () => {
    expect(seen.testRules).toEqual([20_010, 20_011, 20_018, 20_019]);
    expect(seen.tests.map(({ state, problem }) => ({ state, problem }))).toEqual([
      { state: 'done', problem: null },
      { state: 'done', problem: null },
    ]);
    for (const { links } of seen.tests)
      for (const { down, up } of links) expect(Math.min(down ?? 0, up ?? 0)).toBeGreaterThan(1e6);
  });

  it('keeps the first untouched while the second stops', () => {
    expect(seen.during).toEqual({ sent: 60, lost: 0 });
    expect(seen.tunnels.after).toEqual(seen.tunnels.before);
    expect(seen.tunnels.before).toHaveLength(2);
    expect(seen.afterSecond).toEqual([]);
  });

  it('is as found when both are gone', () => {
    expect(seen.afterBoth).toEqual([]);
    expect(seen.exitCodes).toEqual([0, 0, 0, 0]);
  });
});
