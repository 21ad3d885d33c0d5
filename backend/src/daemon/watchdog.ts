import { isOwnRestart } from '../config/command-line.ts';
import type { Config, WatchdogConfig } from '../config/types.ts';
import type { Answer } from '../effects/probe.ts';
import { type Problem, problem } from '../errors.ts';
import { asRecord } from '../facts/json.ts';
import type { LinkState } from '../monitor/links.ts';
import {
  newWatchdog,
  patience,
  type WatchdogMemory,
  type WatchdogState,
  type WatchdogStep,
  type WatchdogTodo,
  watch,
} from '../monitor/watchdog.ts';
import type { DaemonState } from './state.ts';

/** How the watchdog asks, acts and remembers. */
export interface WatchdogRim {
  ask(targets: readonly string[], device: string, seconds: number): Promise<Answer>;
  /** Runs the user's command; null when it went well, else why not. Does not reject. */
  act(argv: readonly string[]): Promise<string | null>;
  /** What the last daemon wrote down; null takes it away. */
  recall(): unknown;
  remember(memory: WatchdogMemory | null): void;
}

/** What the watchdog needs of the loop it lives in. */
export interface WatchdogDeps extends WatchdogRim {
  now(): number;
  state(): Readonly<DaemonState>;
  /** Connects these links anew. */
  reconnect(links: readonly string[]): void;
  /** Stops and starts all there is; the daemon stays. */
  restartAll(): Promise<void>;
  tell(source: string, found: Problem | null): void;
  /** Writes an event down. */
  note(text: string): void;
}

/** The watchdog at work. */
export interface Watchdog {
  /** To be called about once a second. */
  tick(): void;
  /** The user has started anew: what was counted is forgotten. */
  reset(): void;
  /** For the snapshot. */
  seen(): Pick<WatchdogState, 'lastReply' | 'fired'>;
}

/** Runs the pure machine of monitor/watchdog.ts: carries out what it says, tells it what came of it. */
export function createWatchdog(deps: WatchdogDeps): Watchdog {
  let state = newWatchdog(deps.now(), readMemory(deps.recall(), deps.now()));
  let options = '';

  const forget = (): void => {
    const { fired, asking, acting } = state;
    state = { ...newWatchdog(deps.now()), fired, asking, acting };
    deps.remember(null);
    for (const source of ['watchdog', 'watchdog-blind', 'watchdog-action']) deps.tell(source, null);
  };

  const feed = (event: Parameters<typeof watch>[1], config: Config): void => {
    const result = watch(state, event, config.bond.watchdog, deps.now());
    state = result.state;
    for (const todo of result.todo) carryOut(todo, config);
  };

  const carryOut = (todo: WatchdogTodo, config: Config): void => {
    if (todo.do === 'probe') {
      void ask(config);
      return;
    }
    if (todo.do === 'recovered') {
      deps.remember(null);
      for (const source of ['watchdog', 'watchdog-action']) deps.tell(source, null);
      deps.note(`${config.bond.watchdog.targets.join(' or ')} answers again`);
      return;
    }
    const { rung, pause, due } = state;
    deps.remember({ rung, pause, due });
    deps.tell('watchdog', firedProblem(todo, config));
    take(todo.step, config);
  };

  const take = (step: WatchdogStep, config: Config): void => {
    const links = usableLinks(deps.state());
    const chosen = step === 'reconnect' ? links.filter(({ phase }) => phase !== 'up') : links;
    if (step === 'action') void act(config);
    else deps.reconnect(chosen.map(({ name }) => name));
  };

  const act = async (config: Config): Promise<void> => {
    const command = config.bond.watchdog.action ?? [];
    if (isOwnRestart(command)) await deps.restartAll();
    else {
      const why = await deps.act(command);
      const failed = why === null ? null : problem('watchdog-action', 'watchdog', { reason: why });
      deps.tell('watchdog-action', failed);
    }
    feed({ type: 'acted' }, config);
  };

  const ask = async (config: Config): Promise<void> => {
    const began = deps.now();
    const { ifname, watchdog } = config.bond;
    const answer = await deps.ask(watchdog.targets, ifname, patience(watchdog));
    const reason = answer.ok === null ? answer.reason : null;
    const blind = reason === null ? null : problem('watchdog-blind', 'watchdog', { reason });
    deps.tell('watchdog-blind', blind);
    feed({ type: 'answer', began, ok: answer.ok }, config);
  };

  return {
    tick() {
      const { config } = deps.state();
      if (config === null) return;
      const given = JSON.stringify(config.bond.watchdog);
      if (options !== '' && options !== given) forget();
      options = given;
      if (!config.bond.watchdog.enabled) return;
      const links = usableLinks(deps.state());
      const down = links.filter(({ phase }) => phase !== 'up').map(({ name }) => name);
      feed({ type: 'time', ready: links.length > 0, down }, config);
    },
    reset: forget,
    seen: () => state,
  };
}

/** Links whose WAN can be used and that the user has not taken out; none while there is no bond. */
function usableLinks({ config, actual, links, running }: Readonly<DaemonState>): LinkState[] {
  const bond = config !== null && actual?.devices.has(config.bond.ifname);
  if (!running || !bond) return [];
  return [...links.values()].filter(({ phase }) => ['connecting', 'up', 'down'].includes(phase));
}

/** The user's command line is left out: whoever may read the status need not see it. */
function firedProblem(todo: Extract<WatchdogTodo, { do: 'fire' }>, { bond }: Config): Problem {
  const { targets, action }: WatchdogConfig = bond.watchdog;
  const all = action !== null && isOwnRestart(action);
  const done = {
    reconnect: 'the links that were down are connected anew',
    restart: 'all tunnels are restarted',
    action: all ? 'everything is stopped and started, by the daemon itself' : 'the action is run',
  };
  return problem('watchdog-fired', 'watchdog', {
    targets: targets.join(' or '),
    seconds: Math.round(todo.silent / 1_000),
    done: done[todo.step],
    next: todo.next === todo.step ? 'again' : `next: ${done[todo.next]}`,
    pause: Math.round(todo.pause / 1_000),
    device: bond.ifname,
    target: targets[0] ?? bond.peer,
  });
}

/** What an earlier daemon wrote down, if it can be true: the clock goes on while the machine is on. */
function readMemory(value: unknown, now: number): WatchdogMemory | null {
  const { rung, pause, due } = asRecord(value) ?? {};
  if (typeof rung !== 'number' || typeof pause !== 'number' || typeof due !== 'number') return null;
  const sound = rung > 0 && pause >= 0 && due - now <= pause;
  return sound ? { rung, pause, due } : null;
}
