import type { WatchdogConfig } from '../config/types.ts';

/**
 * The watchdog: an address behind the bond must answer. When none has for `timeout`, it climbs a
 * ladder: reconnect the links that are not up, restart all tunnels, run the user's action; each step
 * has `timeout` to work before the next. The last step is repeated, each time after twice the wait.
 * Silence is only counted while there is something to hear: a WAN that is up, and we awake.
 */
export interface WatchdogState {
  /** Since when silence counts, ms: the last reply, or when counting began anew; null: held. */
  since: number | null;
  lastReply: number | null;
  /** A probe that began after `fresh` got no answer: time alone is no reason to do anything. */
  missed: boolean;
  /** Probes that began before this prove nothing any more, ms. */
  fresh: number;
  /** Steps of the ladder that are behind us since the last reply. */
  rung: number;
  /** How long the last step is waited for, ms; doubles. */
  pause: number;
  /** No step before this, ms. */
  due: number;
  /** Nor before this, ms, whatever was heard meanwhile: a start, or the return of a WAN. */
  grace: number;
  /** No probe before this, ms. */
  probeAt: number;
  /** A round of questions, or the user's action, is under way. */
  asking: boolean;
  acting: boolean;
  /** When this machine was last called, ms. */
  seen: number;
  /** Steps taken since the daemon started. */
  fired: number;
}

/** What happened. */
export type WatchdogEvent =
  /** At least once a second. `ready`: some WAN is usable; `down`: links that are not up though theirs is. */
  | { type: 'time'; ready: boolean; down: readonly string[] }
  /** A round of questions ended; null: nobody could be asked. */
  | { type: 'answer'; began: number; ok: boolean | null }
  /** The user's action has ended. */
  | { type: 'acted' };

/** A step of the ladder. */
export type WatchdogStep = 'reconnect' | 'restart' | 'action';

/** What to do now. */
export type WatchdogTodo =
  | { do: 'probe' }
  /** `silent`: ms without a reply; then, after `pause` ms, comes `next`. */
  | { do: 'fire'; step: WatchdogStep; silent: number; next: WatchdogStep; pause: number }
  /** The first reply after steps were taken. */
  | { do: 'recovered' };

/** What a daemon leaves for the next one: an action that restarts bonding must not restart the count. */
export type WatchdogMemory = Pick<WatchdogState, 'rung' | 'pause' | 'due'>;

/** Time that tunnels get to connect before silence counts, ms (the HOWTO's 10 s). */
export const GRACE = 10_000;

/** Longest wait between two steps, ms, unless `watchdog_timeout` is longer. */
export const LONGEST_PAUSE = 3_600_000;

/** A call that comes later than this after the last one, ms, finds a daemon that was asleep. */
export const ASLEEP = 5_000;

/** Seconds one address has to answer: half a period, so that two fit, but no longer than 5. */
export function patience({ period }: WatchdogConfig): number {
  return Math.min(5, Math.max(1, Math.floor(period / 2)));
}

/** A watchdog that has seen nothing yet; `memory` is what the last daemon wrote down. */
export function newWatchdog(now: number, memory: WatchdogMemory | null = null): WatchdogState {
  return {
    since: null,
    lastReply: null,
    missed: false,
    fresh: now,
    rung: 0,
    pause: 0,
    due: 0,
    grace: 0,
    probeAt: now,
    asking: false,
    acting: false,
    seen: now,
    fired: 0,
    ...memory,
  };
}

/** The watchdog after `event` at time `now` (ms), and what is to be done. Pure. */
export function watch(
  before: WatchdogState,
  event: WatchdogEvent,
  options: WatchdogConfig,
  now: number,
): { state: WatchdogState; todo: WatchdogTodo[] } {
  const state = { ...awake(before, now), seen: now };
  switch (event.type) {
    case 'time':
      return onTime(hold(state, event.ready, options, now), event.down, options, now);
    case 'answer':
      return onAnswer(state, event, options, now);
    case 'acted': {
      const due = Math.max(state.due, now + options.timeout * 1_000);
      return { state: { ...state, acting: false, due }, todo: [] };
    }
  }
}

/** Time we slept through is not counted, and what was asked before it proves nothing. */
function awake(state: WatchdogState, now: number): WatchdogState {
  const gap = now - state.seen;
  if (gap <= ASLEEP) return state;
  return {
    ...state,
    since: state.since === null ? null : state.since + gap,
    due: Math.max(state.due + gap, now + GRACE),
    grace: state.grace + gap,
    missed: false,
    fresh: now,
  };
}

/** Without a usable WAN nothing is counted; when one is back, counting begins anew, after a grace. */
function hold(
  state: WatchdogState,
  ready: boolean,
  { timeout }: WatchdogConfig,
  now: number,
): WatchdogState {
  if (!ready) return { ...state, since: null, missed: false };
  if (state.since !== null) return state;
  const grace = now + GRACE + timeout * 1_000;
  return { ...state, since: now, missed: false, fresh: now, grace };
}

function onTime(
  state: WatchdogState,
  down: readonly string[],
  options: WatchdogConfig,
  now: number,
): { state: WatchdogState; todo: WatchdogTodo[] } {
  if (state.since === null) return { state, todo: [] };
  if (state.missed && !state.acting && now >= Math.max(state.due, state.grace))
    return fire(state, state.since, down, options, now);
  if (state.asking || now < state.probeAt) return { state, todo: [] };
  const probeAt = now + options.period * 1_000;
  return { state: { ...state, asking: true, probeAt }, todo: [{ do: 'probe' }] };
}

function fire(
  state: WatchdogState,
  since: number,
  down: readonly string[],
  { action, timeout }: WatchdogConfig,
  now: number,
): { state: WatchdogState; todo: WatchdogTodo[] } {
  const ladder: WatchdogStep[] = ['reconnect', 'restart'];
  if (action !== null) ladder.push('action');
  const last = ladder.length - 1;
  const skip = state.rung === 0 && down.length === 0 ? 1 : 0;
  const rung = Math.min(state.rung + skip, last);
  const step = ladder[rung] ?? 'restart';
  const wait = timeout * 1_000;
  const doubled = Math.min(2 * Math.max(state.pause, wait), Math.max(LONGEST_PAUSE, wait));
  const pause = rung < last ? wait : doubled;
  const next = ladder[Math.min(rung + 1, last)] ?? step;
  return {
    state: {
      ...state,
      missed: false,
      fresh: now,
      rung: rung + 1,
      pause,
      due: now + pause,
      acting: step === 'action',
      fired: state.fired + 1,
    },
    todo: [{ do: 'fire', step, silent: now - since, next, pause }],
  };
}

function onAnswer(
  state: WatchdogState,
  { began, ok }: { began: number; ok: boolean | null },
  { timeout }: WatchdogConfig,
  now: number,
): { state: WatchdogState; todo: WatchdogTodo[] } {
  const heard = { ...state, asking: false };
  if (ok === null) return { state: heard, todo: [] };
  if (!ok) {
    const missed = state.missed || (state.since !== null && began >= state.fresh);
    return { state: { ...heard, missed }, todo: [] };
  }
  return {
    state: {
      ...heard,
      since: state.since === null ? null : now,
      lastReply: now,
      missed: false,
      fresh: now,
      rung: 0,
      pause: 0,
      due: now + timeout * 1_000,
    },
    todo: state.rung > 0 ? [{ do: 'recovered' }] : [],
  };
}
