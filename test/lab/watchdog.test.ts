import { beforeAll, describe, expect, it } from 'vitest';
import type { WatchdogRun } from './guest/programs/watchdog.ts';
import { play } from './host/play.ts';

/** Seconds of option watchdog_timeout in the program. */
const TIMEOUT = 10;

let seen: WatchdogRun;

beforeAll(async () => {
  seen = (await play('watchdog', ['4/4/20,4/4/20'])) as WatchdogRun;
});

describe('the watchdog', () => {
  it('climbs its ladder when an address falls silent although the WANs are up', () => {
    expect(seen.fired.map(({ text }) => /s: ([^;]+);/.exec(text)?.[1])).toEqual([
      'the links that were down are connected anew',
      'all tunnels are restarted',
      'the action is run',
      'the action is run',
    ]);
    expect(seen.fired.map(({ restarted }) => restarted)).toEqual([
      ['link1'],
      ['link0', 'link1'],
      [],
      [],
    ]);
    expect(seen.sameBond).toBe(true);
  });

  it('gives each step its time, and backs off', () => {
    const at = seen.fired.map(({ after }) => after / 1_000);
    const gaps = at.map((time, i) => time - (at[i - 1] ?? 0));
    for (const [index, expected] of [1, 1, 1, 2].entries()) {
      const gap = gaps[index] ?? 0;
      // The silence begins up to a period before it is made, and is found up to two after its end.
      expect(gap).toBeGreaterThan(expected * TIMEOUT - 3);
      expect(gap).toBeLessThan(expected * TIMEOUT + 6);
    }
  });

  it('runs the action with its words and its environment', () => {
    expect(seen.action).toEqual(Array(2).fill('1 two words watchdog bond0'));
    expect(seen.log).toMatch(/^watchdog_action: done$/m);
    expect(seen.log).toMatch(/^error: watchdog: no reply from /m);
  });

  it('is content with the first reply, and takes its problem back', () => {
    expect(seen.recovered).toEqual({ problem: true, event: true });
  });

  it('does nothing when the WANs are down', () => {
    expect(seen.firedInOutage).toBe(0);
  });
});

describe('the user’s scripts', () => {
  it('run in their order with what they need to know', () => {
    const ends = 'bond0 10.0.0.2 10.0.0.1 router';
    expect(seen.hooks).toEqual([
      `preup start ${ends} starting [link0 link1] []`,
      expect.stringMatching(/^up start bond0 \S+ \S+ router (up|degraded) \[link0 link1\] \[link/),
      expect.stringMatching(/^predown user bond0 \S+ \S+ router \w+ \[link0 link1\] \[\]$/),
      `down user ${ends} stopped [link0 link1] []`,
    ]);
  });

  it('one that hangs holds nothing up, is killed with what it started, and is a problem', () => {
    expect(seen.hanging.parkedAfter).toBeLessThan(5_000);
    expect(seen.hanging.killedAfter).toBeGreaterThan(25_000);
    expect(seen.hanging.killedAfter).toBeLessThan(35_000);
    expect(seen.hanging.problem).toContain('bonding-up.sh failed: it took longer than 30 s');
  });
});
