import type { Gate, Look } from './page-gate.ts';

/** Milliseconds. The first look tells when a session may end. */
const FIRST = 1_000;
const EVERY = 30_000;
const LEAST = 1_000;
/** Nobody could be asked: soon again … */
const AGAIN = 5_000;
/** … until that has been so for this long; whether a session lives is not known then. */
const UNSURE_LIMIT = 120_000;

/** Looks again and again whether the sessions of open pages are still good. */
export interface Recheck {
  /** To be called whenever a page has come or gone; runs no timer while there is no session. */
  changed(): void;
}

/**
 * `sessions` are those of the pages that are open now; `lost` is told which of them is no good any
 * more, and whether it has ended or only may not read the status.
 */
export function createRecheck(
  gate: Gate,
  sessions: () => string[],
  lost: (session: string, why: 'gone' | 'no') => void,
): Recheck {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking = false;
  /** How long nobody could be asked, ms. */
  let unsure = 0;

  const plan = (ms: number): void => {
    timer ??= setTimeout(look, ms).unref();
  };
  /** Tells the pages of sessions that are no good; false when nobody could be asked. */
  const judge = (asked: string[], { verdicts }: Look): boolean => {
    const known = asked.some((session) => (verdicts.get(session) ?? 'unsure') !== 'unsure');
    unsure = known ? 0 : unsure + AGAIN;
    for (const session of asked) {
      const verdict = verdicts.get(session) ?? 'unsure';
      if (verdict === 'gone' || verdict === 'no') lost(session, verdict);
      else if (unsure >= UNSURE_LIMIT) lost(session, 'gone');
    }
    return known;
  };
  const look = async (): Promise<void> => {
    timer = undefined;
    const asked = sessions();
    if (asked.length === 0) return;
    looking = true;
    const found = await gate.look(asked).catch((): Look => ({ verdicts: new Map(), ends: null }));
    looking = false;
    const known = judge(asked, found);
    // A second late rather than just before its end, when it is still there.
    const soon = Math.max(LEAST, (found.ends ?? EVERY) + 1_000);
    if (sessions().length > 0) plan(known ? Math.min(EVERY, soon) : AGAIN);
  };

  return {
    changed() {
      if (looking) return;
      if (sessions().length > 0) {
        plan(FIRST);
      } else {
        clearTimeout(timer);
        timer = undefined;
        unsure = 0;
      }
    },
  };
}
