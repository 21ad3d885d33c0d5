import { problem } from '../errors.ts';
import type { JoinAnswer } from '../status/join-answer.ts';

/** What joining needs of the daemon of a router. */
export interface JoinHere {
  configPath: string;
  keyFolder: string;
  ubusPath: string;
  /** Of the configuration in use; null: there is none. */
  role: () => 'router' | 'server' | null;
  /** The configuration was replaced. */
  reload: () => void;
}

/** For one connection to the server, ms: LuCI waits 20 s for both and what lies between. */
const TIME_LIMIT = 7_000;

/** `join` of the ubus object; one after the other. Never rejects. */
export function joinHere(options: JoinHere) {
  let last: Promise<unknown> = Promise.resolve();
  return (code: string, apply: boolean, wans: readonly string[]): Promise<JoinAnswer> => {
    const next = last.then(() => joinOnce(options, code, apply, wans));
    last = next.catch(() => undefined);
    return next;
  };
}

async function joinOnce(
  options: JoinHere,
  code: string,
  apply: boolean,
  wans: readonly string[],
): Promise<JoinAnswer> {
  if (options.role() === 'server') return notAServer();
  const { joinAnswer, findWans } = await import('../setup/setup.ts');
  const { configPath, keyFolder, ubusPath, reload } = options;
  const answer = await joinAnswer(code, apply, {
    ...{ configPath, keyFolder, wans },
    findWans: () => findWans(ubusPath),
    timeLimit: TIME_LIMIT,
  });
  // A start of all tunnels takes longer than the answer may.
  if (answer.applied) reload();
  return answer;
}

function notAServer(): JoinAnswer {
  const { code, text, fix } = problem('join-refused', 'join', {
    reason: 'this end is a server, which routers join',
    instead: "to make a router of it, set option role 'router' of section 'bond' first",
  });
  const error = { code, text, fix };
  return { ok: false, name: '', diff: '', notes: [], applied: false, error };
}
