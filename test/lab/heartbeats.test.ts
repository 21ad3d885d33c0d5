import { beforeAll, describe, expect, it } from 'vitest';
import type { Death, Died, HeartbeatsRun } from './guest/programs/heartbeats.ts';
import { middle } from './host/middle.ts';
import { play } from './host/play.ts';

const LINES = '6/6/20,6/6/20';

/**
 * Until a flow has 80 % of what remains, ms: seen 0 to 646 at 100 ms where nothing says that the line
 * is dead, and 371 or less where the end that sees it says so by the other line.
 */
const PROMISED = { 100: 500, 50: 250 };
/** Both daemons, OpenVPN and the flow share one emulated processor: with 50 ms 0 to 280 have been seen. */
const ROOM = { 100: 1.4, 50: 2 };

/**
 * Until both ends send nothing more into the tunnel of a line that is silent, ms: two heartbeats, or three where
 * one was lost before, 80 ms of queue, the way, and what `nft` takes here. Seen: 216 to 351, and 128 to 231.
 */
const OUT = { 100: 450, 50: 300 };
/** The same where it is told. */
const TOLD_OUT = 400;

async function run(...args: string[]): Promise<HeartbeatsRun> {
  return (await play('heartbeats', [LINES, ...args])) as HeartbeatsRun;
}

function of({ died }: HeartbeatsRun, death: Death): Died {
  const found = died.find((one) => one.death === death);
  if (found === undefined) throw new Error(`there was no ${death}`);
  return found;
}

const LINE_DEATHS = ['both', 'down', 'up', 'wan', 'tunnel', 'server-tunnel'] as const;

/** Those that one of the ends sees by itself. */
const TOLD: readonly Death[] = ['wan', 'tunnel', 'server-tunnel'];

describe('a download over tun, heartbeats ten times a second', () => {
  let seen: HeartbeatsRun;

  beforeAll(async () => {
    seen = await run('tun', '100');
  });

  it.each(LINE_DEATHS)('goes on at once when a line dies: %s', (death) => {
    const { flow, out, others } = of(seen, death);
    expect(flow.recovered).toBeLessThan(
      TOLD.includes(death) ? PROMISED[100] : ROOM[100] * PROMISED[100],
    );
    const limit = TOLD.includes(death) ? TOLD_OUT : OUT[100];
    expect(out.router).toBeLessThan(limit);
    expect(out.server).toBeLessThan(limit);
    expect(others).toEqual([]);
  });

  it('goes on as soon as is promised', () => {
    const all = LINE_DEATHS.map((death) => of(seen, death).flow.recovered ?? Number.NaN);
    expect(middle(all)).toBeLessThan(PROMISED[100]);
  });

  it('does not notice when the daemon of the server is killed: nothing is taken out', () => {
    const { flow, out, others } = of(seen, 'daemon');
    expect(flow).toMatchObject({ recovered: 0 });
    expect(out).toEqual({ router: null, server: null });
    expect(others).toEqual([]);
  });

  it.each(LINE_DEATHS)('takes the line back without a dip: %s', (death) => {
    expect(of(seen, death).dip.recovered).toBe(0);
  });

  it('says what happened', () => {
    expect(seen.driver).toBe('spread');
    expect(seen.problems).toEqual([]);
    const all = seen.events.router.join('\n');
    expect(all).toMatch(/link 'link1': down: no heartbeats, taken out/);
    expect(all).toMatch(/link 'link1': up: heartbeats are back after \d/);
  });
});

it('an upload over tun goes on when only the way up dies', async () => {
  const seen = await run('tun', '100', 'up', 'up');
  expect(of(seen, 'up').flow.recovered).toBeLessThan(ROOM[100] * PROMISED[100]);
});

it('over tap, heartbeats twenty times a second find a dead line in half the time', async () => {
  const seen = await run('tap', '50', 'both,up');
  expect(seen.driver).toBe('bond-tap');
  const recovered = seen.died.map(({ flow }) => flow.recovered ?? Number.NaN);
  expect(Math.min(...recovered)).toBeLessThan(PROMISED[50]);
  for (const { flow, out } of seen.died) {
    expect(flow.recovered).toBeLessThan(ROOM[50] * PROMISED[50]);
    expect(out.router).toBeLessThan(OUT[50]);
    expect(out.server).toBeLessThan(OUT[50]);
  }
});
