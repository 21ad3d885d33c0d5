import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchdogConfig } from '../../../backend/src/config/types.ts';
import {
  ASLEEP,
  GRACE,
  LONGEST_PAUSE,
  newWatchdog,
  patience,
  type WatchdogEvent,
  type WatchdogMemory,
  type WatchdogState,
  type WatchdogTodo,
  watch,
} from '../../../backend/src/monitor/watchdog.ts';

const OPTIONS: WatchdogConfig = {
  enabled: true,
  targets: ['10.0.0.1'],
  period: 5,
  timeout: 30,
  action: ['/etc/bonding/last-resort.sh'],
};

/** What the world is like at a moment, s. */
interface World {
  answers(time: number): boolean;
  ready?(time: number): boolean;
  down?: readonly string[];
  /** The daemon does not run at this moment. */
  frozen?(time: number): boolean;
  /** How long a probe without an answer takes, s. */
  patience?: number;
}

interface Happening {
  /** s */
  at: number;
  what: string;
}

/** Plays so many seconds, a call each second; what was done, and when. */
function play(
  seconds: number,
  world: World,
  options = OPTIONS,
  memory: WatchdogMemory | null = null,
): { done: Happening[]; probes: Happening[]; state: WatchdogState } {
  let state = newWatchdog(0, memory);
  const [done, probes]: [Happening[], Happening[]] = [[], []];
  const later: { at: number; event: WatchdogEvent }[] = [];
  const feed = (event: WatchdogEvent, at: number): void => {
    const result = watch(state, event, options, at * 1_000);
    state = result.state;
    for (const todo of result.todo) note(todo, at);
  };
  const note = (todo: WatchdogTodo, at: number): void => {
    if (todo.do === 'recovered') done.push({ at, what: 'recovered' });
    if (todo.do === 'fire') {
      done.push({ at, what: todo.step });
      if (todo.step === 'action') later.push({ at: at + 1, event: { type: 'acted' } });
    }
    if (todo.do !== 'probe') return;
    const ok = world.answers(at);
    probes.push({ at, what: String(ok) });
    const end = ok ? at : at + (world.patience ?? 2);
    later.push({ at: end, event: { type: 'answer', began: at * 1_000, ok } });
  };
  for (let at = 0; at < seconds; at += 1) {
    if (world.frozen?.(at)) continue;
    const { ready = () => true, down = [] } = world;
    feed({ type: 'time', ready: ready(at), down }, at);
    for (const entry of later.filter((each) => each.at <= at)) {
      later.splice(later.indexOf(entry), 1);
      feed(entry.event, at);
    }
  }
  return { done, probes, state };
}

const until = (end: number) => (time: number) => time < end;
const SILENT = { answers: () => false };

describe('the ladder', () => {
  it('reconnects links that are down, restarts all, runs the action, and backs off to an hour', () => {
    const { done } = play(20_000, { ...SILENT, down: ['link1'] });
    expect(done.slice(0, 3).map(({ what }) => what)).toEqual(['reconnect', 'restart', 'action']);
    expect(done.slice(3).every(({ what }) => what === 'action')).toBe(true);
    const [first = 0, second = 0, third = 0] = done.map(({ at }) => at);
    expect(first).toBe(GRACE / 1_000 + 30);
    expect([second - first, third - second]).toEqual([30, 30]);
    const waits = done.slice(3).map(({ at }, i) => at - (done[i + 2]?.at ?? 0));
    expect(waits.slice(0, 8)).toEqual([60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
  });

  it('has no first step when every link is up, and no third without an action', () => {
    const { done } = play(400, SILENT, { ...OPTIONS, action: null });
    expect(done).toEqual([
      { at: 40, what: 'restart' },
      { at: 100, what: 'restart' },
      { at: 220, what: 'restart' },
    ]);
  });

  it('says how long it was silent, and what comes next', () => {
    const options = { ...OPTIONS, action: null };
    let state = newWatchdog(0);
    const time: WatchdogEvent = { type: 'time', ready: true, down: ['link0'] };
    state = watch(state, time, options, 0).state;
    state = watch(state, { type: 'answer', began: 0, ok: true }, options, 100).state;
    for (let now = 1_000; now <= 39_000; now += 1_000) {
      state = watch(state, time, options, now).state;
      state = watch(state, { type: 'answer', began: now, ok: false }, options, now).state;
    }
    const { todo } = watch(state, time, options, 40_100);
    expect(todo).toEqual([
      { do: 'fire', step: 'reconnect', silent: 40_000, next: 'restart', pause: 30_000 },
    ]);
  });

  it('begins at its foot again after a reply', () => {
    const { done, state } = play(400, { answers: (time) => time > 100 && time < 200 });
    expect(done.map(({ what }) => what)).toEqual([
      'restart',
      'action',
      'recovered',
      'restart',
      'action',
      'action',
    ]);
    expect(state.fired).toBe(5);
  });

  it('waits for a probe to fail when the period is longer than the timeout', () => {
    const options = { ...OPTIONS, period: 120, timeout: 10 };
    expect(play(119, SILENT, options).done).toEqual([{ at: 20, what: 'restart' }]);
    expect(play(1_000, { answers: until(1_000) }, options).done).toEqual([]);
  });

  it('does not go on while the action runs', () => {
    let state = newWatchdog(0, { rung: 2, pause: 2_000, due: 0 });
    const options = { ...OPTIONS, timeout: 2 };
    const fired: number[] = [];
    for (let now = 0; now < 120_000; now += 1_000) {
      const result = watch(state, { type: 'time', ready: true, down: [] }, options, now);
      const answer: WatchdogEvent = { type: 'answer', began: now, ok: false };
      state = watch(result.state, answer, options, now).state;
      if (result.todo.some((todo) => todo.do === 'fire')) fired.push(now / 1_000);
      if (now === 90_000) state = watch(state, { type: 'acted' }, options, now).state;
    }
    expect(fired).toEqual([12, 92]);
  });
});

describe('what is no outage', () => {
  it('a WAN that is down: the count is held, and begins anew after a grace', () => {
    const outage = { ...SILENT, ready: (time: number) => time >= 1_000 };
    expect(play(1_039, outage).done).toEqual([]);
    expect(play(1_045, outage).done).toEqual([{ at: 1_040, what: 'restart' }]);
  });

  it('a WAN that goes away just before the end of the timeout', () => {
    const ready = (time: number) => time < 35 || time >= 60;
    expect(play(200, { ...SILENT, ready }).done[0]).toEqual({ at: 100, what: 'restart' });
  });

  it('a daemon that was asleep', () => {
    const frozen = (time: number) => time >= 20 && time < 10_000;
    const answers = until(20);
    const { done } = play(10_020, { answers: (t) => answers(t) || t > 10_001, frozen });
    expect(done).toEqual([]);
  });

  it('time slept through does not count, the rest does', () => {
    const frozen = (time: number) => time >= 20 && time < 1_000;
    const { done } = play(1_100, { ...SILENT, frozen });
    expect(done[0]).toEqual({ at: 1_021, what: 'restart' });
  });

  it('a ping that cannot be run', () => {
    let state = newWatchdog(0);
    for (let now = 0; now < 500_000; now += 1_000) {
      const result = watch(state, { type: 'time', ready: true, down: [] }, OPTIONS, now);
      expect(result.todo.filter((todo) => todo.do !== 'probe')).toEqual([]);
      const none: WatchdogEvent = { type: 'answer', began: now, ok: null };
      state = watch(result.state, none, OPTIONS, now).state;
    }
  });
});

describe('probes', () => {
  it('come once a period, the time they take included', () => {
    const { probes } = play(31, { answers: () => true });
    expect(probes.map(({ at }) => at)).toEqual([0, 5, 10, 15, 20, 25, 30]);
    expect(play(31, SILENT).probes.map(({ at }) => at)).toEqual([0, 5, 10, 15, 20, 25, 30]);
  });

  it('never overlap: one that takes longer than the period holds up the next', () => {
    const { probes } = play(40, { ...SILENT, patience: 9 });
    const gaps = probes.slice(1).map(({ at }, i) => at - (probes[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(9);
  });

  it('are not sent while there is no WAN', () => {
    expect(play(100, { ...SILENT, ready: () => false }).probes).toEqual([]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [5, 2],
    [60, 5],
  ])('with a period of %i s have %i s for each address', (period, seconds) => {
    expect(patience({ ...OPTIONS, period })).toBe(seconds);
  });
});

describe('what an earlier daemon has left', () => {
  it('keeps the back-off: an action that restarts bonding does not restart the ladder', () => {
    const memory = { rung: 2, pause: 480_000, due: 400_000 };
    expect(play(500, SILENT, OPTIONS, memory).done).toEqual([{ at: 400, what: 'action' }]);
  });

  it('still gives the tunnels their grace', () => {
    const memory = { rung: 2, pause: 480_000, due: 1_000 };
    expect(play(60, SILENT, OPTIONS, memory).done).toEqual([{ at: 40, what: 'action' }]);
  });

  it('is over with the first reply', () => {
    const memory = { rung: 3, pause: 480_000, due: 1_000 };
    const { state } = play(60, { answers: () => true }, OPTIONS, memory);
    expect(state).toMatchObject({ rung: 0, pause: 0 });
  });
});

describe('whatever happens', () => {
  /** A stretch of time in which nothing changes. */
  const stretch = fc.record({
    seconds: fc.integer({ min: 1, max: 400 }),
    answers: fc.boolean(),
    ready: fc.boolean(),
    frozen: fc.boolean(),
  });
  const world = fc.array(stretch, { minLength: 1, maxLength: 12 });
  const options = fc.record({
    period: fc.integer({ min: 1, max: 90 }),
    timeout: fc.integer({ min: 2, max: 120 }),
    action: fc.constantFrom<(string[] | null)[]>(null, ['a']),
  });

  function run(
    stretches: { seconds: number; answers: boolean; ready: boolean; frozen: boolean }[],
  ) {
    const at = stretches.flatMap((part) => Array<typeof part>(part.seconds).fill(part));
    const told = (time: number) => at[time] ?? at[at.length - 1];
    return {
      seconds: at.length,
      answers: (time: number) => told(time)?.answers ?? false,
      ready: (time: number) => told(time)?.ready ?? false,
      frozen: (time: number) => told(time)?.frozen ?? false,
      patience: 1,
    };
  }

  it('a reply in the first second does not end the grace', () => {
    const early = { answers: (time: number) => time < 1 };
    const { done } = play(20, early, { ...OPTIONS, period: 1, timeout: 2 });
    expect(done[0]?.at).toBe(GRACE / 1_000 + 2);
  });

  it('it does nothing within the timeout of a reply, of a start, and of a WAN’s return', () => {
    fc.assert(
      fc.property(world, options, (stretches, given) => {
        const config = { ...OPTIONS, ...given };
        const { seconds, ...rest } = run(stretches);
        const { done, probes } = play(seconds, rest, config);
        const replies = probes.filter(({ what }) => what === 'true').map((each) => each.at);
        for (const { at } of done.filter(({ what }) => what !== 'recovered')) {
          expect(at).toBeGreaterThanOrEqual(GRACE / 1_000 + given.timeout);
          const last = Math.max(-1, ...replies.filter((time) => time <= at));
          if (last >= 0) expect(at - last).toBeGreaterThanOrEqual(given.timeout);
          const away = awakeTimes(rest, at).filter((time) => !rest.ready(time));
          expect(at - (away.at(-1) ?? -1)).toBeGreaterThanOrEqual(GRACE / 1_000 + given.timeout);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('it does nothing while no WAN is up or it is asleep', () => {
    fc.assert(
      fc.property(world, options, (stretches, given) => {
        const { seconds, ...rest } = run(stretches);
        const { done } = play(seconds, rest, { ...OPTIONS, ...given });
        for (const { at, what } of done) {
          if (what === 'recovered') continue;
          expect(rest.ready(at)).toBe(true);
          expect(rest.frozen(at)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('without a reply each step comes no sooner after the last than the back-off allows', () => {
    fc.assert(
      fc.property(world, options, (stretches, given) => {
        const { seconds, ...rest } = run(stretches.map((part) => ({ ...part, answers: false })));
        const { done } = play(seconds, rest, { ...OPTIONS, ...given });
        const ladder = given.action === null ? 1 : 2;
        let wait = given.timeout;
        done.forEach(({ at }, index) => {
          const before = done[index - 1];
          if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(wait);
          if (index + 1 >= ladder) wait = Math.min(2 * wait, LONGEST_PAUSE / 1_000);
        });
      }),
      { numRuns: 150 },
    );
  });

  /** The seconds up to `at` in which the daemon was awake. */
  function awakeTimes({ frozen }: { frozen: (time: number) => boolean }, at: number): number[] {
    return Array.from({ length: at + 1 }, (_, time) => time).filter((time) => !frozen(time));
  }

  it('sleep is told from a late timer', () => {
    expect(ASLEEP).toBeGreaterThan(2_000);
  });
});
