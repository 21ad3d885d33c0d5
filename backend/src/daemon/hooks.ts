import type { HookEvent } from '../effects/hooks.ts';
import type { Problem } from '../errors.ts';
import { type Desired, isNothing } from '../plan/desired.ts';

/** How the scripts are run. */
export interface HooksRim {
  /** Whether there is a script for this event that can be run. */
  ready(event: HookEvent): boolean;
  /** Runs it; null: nothing is wrong. Does not reject. */
  run(event: HookEvent): Promise<Problem | null>;
  tell(source: string, found: Problem | null): void;
}

/** When the scripts are run. */
export interface Hooks {
  /**
   * Called by a round that has commands to carry out; `clear`: nothing of ours is on the machine.
   * Waits for preup and predown. True: a script ran, so the machine may be another now.
   */
  before(desired: Desired, clear: boolean): Promise<boolean>;
  /** Called after every round; up and down run beside the rounds, since those must not wait. */
  after(carrying: boolean, settled: boolean): void;
  /** Resolves when no script runs any more. */
  idle(): Promise<void>;
}

/** `none`: nothing is up, nothing was tried; `begun`: preup ran; `ending`: predown ran. */
type Stage = 'none' | 'begun' | 'up' | 'ending';

/** One script at a time, in the order of events. */
export function createHooks(rim: HooksRim): Hooks {
  // Null until the first command: what an earlier daemon has left up is adopted, not started.
  let stage: Stage | null = null;
  let last: Promise<void> = Promise.resolve();

  const run = (event: HookEvent): Promise<void> => {
    last = last.then(async () => rim.tell(`hook-${event}`, await rim.run(event)));
    return last;
  };
  const gate = async (event: HookEvent): Promise<boolean> => {
    const ready = rim.ready(event);
    await run(event);
    return ready;
  };

  return {
    async before(desired, clear) {
      const now: Stage = stage ?? (clear ? 'none' : 'up');
      stage = now;
      if (isNothing(desired)) {
        if (now === 'none' || now === 'ending') return false;
        stage = 'ending';
        return await gate('predown');
      }
      if (now === 'begun' || now === 'up') return false;
      stage = 'begun';
      return await gate('preup');
    },
    after(carrying, settled) {
      if (stage === 'begun' && carrying) {
        stage = 'up';
        void run('up');
      } else if (stage === 'ending' && settled) {
        stage = 'none';
        void run('down');
      }
    },
    idle: () => last,
  };
}
