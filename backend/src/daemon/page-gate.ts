import { askSession, listSessions } from '../effects/sessions.ts';
import type { Session } from '../facts/sessions.ts';
import type { Gate, Look, Verdict } from '../status/page-gate.ts';
import type { Client } from '../ubus/index.ts';
import type { PageToken } from './page-token.ts';

/** What a page asks by itself while nobody touches it: that must not keep a session alive. */
const QUIET = new Set(['status', 'events', 'history', 'test_result']);

/** The token may do everything; a session what rpcd says. `client` may be away. */
export function openGate(token: PageToken, client: Client): Gate {
  let listing: ReturnType<typeof listSessions> | null = null;
  /** One list for all who ask at the same time: with many sessions it is long. */
  const list = (): ReturnType<typeof listSessions> => {
    listing ??= listSessions(client).finally(() => {
      listing = null;
    });
    return listing;
  };
  const may: Gate['may'] = async (visitor, method) => {
    if (visitor.by === 'token') return token.matches(visitor.token) ? 'yes' : 'no';
    const { session } = visitor;
    if (!QUIET.has(method)) return await askSession(client, session, method);
    const all = await list();
    return verdictOn(all?.get(session), all !== null, method);
  };
  return {
    may,
    async admits(visitor) {
      if (visitor.by === 'token') return await may(visitor, 'status');
      return await askSession(client, visitor.session, 'status');
    },
    look: async (sessions) => judge(sessions, await list()),
  };
}

/** `asked`: somebody could be asked. */
function verdictOn(found: Session | undefined, asked: boolean, method: string): Verdict {
  if (!asked) return 'unsure';
  if (found === undefined) return 'gone';
  return found.may('bonding', method) ? 'yes' : 'no';
}

/** `all`: the sessions that there are; null: nobody could be asked. */
function judge(asked: readonly string[], all: ReadonlyMap<string, Session> | null): Look {
  const verdict = (id: string): Verdict => verdictOn(all?.get(id), all !== null, 'status');
  const ends = asked
    .map((id) => all?.get(id)?.expires ?? null)
    .filter((seconds) => seconds !== null)
    .map((seconds) => seconds * 1_000);
  return {
    verdicts: new Map(asked.map((id) => [id, verdict(id)])),
    ends: ends.length === 0 ? null : Math.min(...ends),
  };
}
