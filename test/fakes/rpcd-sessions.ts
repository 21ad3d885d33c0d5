import { randomBytes } from 'node:crypto';
import { type Message, readRoot, TYPE } from '../../backend/src/ubus/codec/message.ts';
import { decodeTable, encodeTable } from '../../backend/src/ubus/codec/values.ts';
import { type Input, STATUS, type Table } from '../../backend/src/ubus/index.ts';
import { Raw } from '../integration/ubus/raw.ts';

/** What a session may call: object → methods; a name may end in `*`. */
export type Rights = Record<string, string[]>;

/**
 * rpcd's object `session` on a bus of ours, as far as the daemon uses it, behaving as session.c does:
 * `access`, and `list` with an id, begin the session's time anew; `list` without one gives each session
 * in a message of its own and touches none; an id that is not there is NOT_FOUND.
 */
export interface RpcdSessions {
  /** Makes a session that lives so many seconds after each use (0: for ever); its id. */
  create(seconds: number, rights: Rights): string;
  /** Gives a session other rights. */
  grant(id: string, rights: Rights): void;
  destroy(id: string): void;
  /** Seconds that it would live on unused; null: it is not there. */
  left(id: string): number | null;
  /** Every call that came: method, and the id it was about. */
  readonly calls: readonly string[];
  /** Takes the object off the bus; the sessions are gone with it. */
  stop(): void;
}

interface Session {
  timeout: number;
  rights: Rights;
  /** Of Date.now(). */
  ends: number;
}

/** Puts the object on the bus at `path`. */
export async function startRpcdSessions(path: string): Promise<RpcdSessions> {
  const raw = await Raw.connect(path);
  await raw.addObject('session');
  const sessions = new Map<string, Session>();
  const calls: string[] = [];

  const alive = (id: string): Session | undefined => {
    const found = sessions.get(id);
    if (found === undefined || found.ends > Date.now()) return found;
    sessions.delete(id);
    return undefined;
  };
  const touch = (session: Session): void => {
    session.ends = session.timeout > 0 ? Date.now() + session.timeout * 1_000 : Infinity;
  };
  const dump = (id: string, { timeout, rights, ends }: Session): Buffer =>
    encodeTable({
      ubus_rpc_session: id,
      timeout,
      expires: timeout > 0 ? Math.floor((ends - Date.now()) / 1_000) : 0,
      acls: { 'access-group': { unauthenticated: ['read'] }, ubus: rights },
      data: { username: 'root' },
    });

  const dumpAll = (): Buffer[] =>
    [...sessions.keys()].flatMap((id) => {
      const session = alive(id);
      return session ? [dump(id, session)] : [];
    });
  /** The messages of an answer, or a status. */
  const respond = (method: string, id: string | null, args: Table): Buffer[] | number => {
    if (id === null) return method === 'list' ? dumpAll() : STATUS.INVALID_ARGUMENT;
    const session = alive(id);
    if (session === undefined) return STATUS.NOT_FOUND;
    touch(session);
    if (method === 'list') return [dump(id, session)];
    return method === 'access' ? [encodeTable(access(session, args))] : STATUS.METHOD_NOT_FOUND;
  };
  const answer = (call: Message): void => {
    const { method = '', data } = readRoot(call.root);
    const args = decodeTable(data);
    const id = typeof args.ubus_rpc_session === 'string' ? args.ubus_rpc_session : null;
    calls.push(id === null ? method : `${method} ${id}`);
    const found = respond(method, id, args);
    if (typeof found === 'number') raw.answer(call, [], found);
    else raw.answer(call, found, STATUS.OK);
  };
  const serve = async (): Promise<void> => {
    for (let next = 0; !raw.closed; ) {
      await raw.until(() => raw.messages.length > next);
      for (; next < raw.messages.length; next += 1) {
        const message = raw.messages[next];
        if (message?.type === TYPE.INVOKE) answer(message);
      }
    }
  };
  void serve();

  return {
    create(timeout, rights) {
      const id = randomBytes(16).toString('hex');
      const session = { timeout, rights, ends: 0 };
      touch(session);
      sessions.set(id, session);
      return id;
    },
    grant(id, rights) {
      const session = sessions.get(id);
      if (session) session.rights = rights;
    },
    destroy: (id) => void sessions.delete(id),
    left(id) {
      const session = alive(id);
      return session ? (session.ends - Date.now()) / 1_000 : null;
    },
    calls,
    stop: () => raw.socket.destroy(),
  };
}

function access({ rights }: Session, args: Table): Record<string, Input> {
  const { scope = 'ubus', object, function: name } = args;
  if (typeof object !== 'string' || typeof name !== 'string') return { ubus: rights };
  const fits = (pattern: string, text: string): boolean =>
    pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
  const allowed = Object.entries(rights).some(
    ([pattern, names]) => fits(pattern, object) && names.some((entry) => fits(entry, name)),
  );
  return { access: scope === 'ubus' && allowed };
}
