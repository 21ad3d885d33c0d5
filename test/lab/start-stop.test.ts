import { expect, it } from 'vitest';
import type { StartStop } from './guest/programs/start-stop.ts';
import { play } from './host/play.ts';

it('20 starts and stops leave rules, routes, links and nft as they were', async () => {
  const seen = (await play('start-stop', ['6/6/20,6/6/20', '20'])) as StartStop;
  expect(seen.rounds).toEqual(Array.from({ length: 20 }, () => []));
  expect(seen.afterExit).toEqual([]);
  expect(seen.exitCodes).toEqual([0, 0]);
  expect(seen.problems).toEqual([]);
});
