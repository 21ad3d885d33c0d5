import { readSessions, type Session } from '../facts/sessions.ts';
import { type Client, STATUS, UbusError } from '../ubus/index.ts';

/** rpcd's object, which keeps the sessions of LuCI. */
const OBJECT = 'session';

/** rpcd answers in a millisecond; a page waits for it (ms). */
const LIMIT = 3_000;

/**
 * Whether a session may call a method of the ubus object `bonding`. This lengthens the session's life
 * (rpcd session.c, rpc_session_get): it is for what a person does. `gone`: there is no such session;
 * `unsure`: nobody could be asked.
 */
export async function askSession(
  client: Client,
  session: string,
  method: string,
): Promise<'yes' | 'no' | 'gone' | 'unsure'> {
  const args = { ubus_rpc_session: session, scope: 'ubus', object: 'bonding', function: method };
  try {
    const { access } = await client.call(OBJECT, 'access', args, { timeout: LIMIT });
    return access === true ? 'yes' : 'no';
  } catch (thrown) {
    if (!isNotFound(thrown)) return 'unsure';
  }
  // The same status says that nobody is there to ask: rpcd is being restarted, or not installed.
  const found = await client.lookup(OBJECT, { timeout: LIMIT }).catch(() => []);
  return found.length > 0 ? 'gone' : 'unsure';
}

/**
 * All sessions by their ids; null when nobody could be asked. `list` without an id dumps them all,
 * each in a message of its own, and is the one method that lengthens no session's life (rpcd
 * session.c, rpc_handle_list): with an id it would, as would `access` and `get`.
 */
export async function listSessions(client: Client): Promise<ReadonlyMap<string, Session> | null> {
  try {
    return readSessions(await client.callParts(OBJECT, 'list', {}, { timeout: LIMIT }));
  } catch {
    return null;
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof UbusError && thrown.status === STATUS.NOT_FOUND;
}
