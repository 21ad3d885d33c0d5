import type { ToDaemon } from './messages.ts';
import type { Visitor } from './page-gate.ts';

/** What a page may send, read; `unfit`: no JSON, or of no type that there is. */
export type PageInput =
  | { type: 'login'; visitor: Visitor }
  | Extract<ToDaemon, { type: 'call' }>
  | { type: 'unfit' };

const UNFIT = { type: 'unfit' } as const;

/** Reads one text from a page. */
export function readInput(text: string): PageInput {
  const message = parse(text);
  if (typeof message !== 'object' || message === null) return UNFIT;
  const fields = message as Record<string, unknown>;
  if (fields.type === 'login') return readLogin(fields);
  return fields.type === 'call' ? readCall(fields) : UNFIT;
}

/** A session's id is 32 hex digits (rpcd session.c, rpc_random); our token is, too. */
function readLogin({ session, token }: Record<string, unknown>): PageInput {
  const isId = (value: unknown): value is string =>
    typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
  if (isId(session) && token === undefined)
    return { type: 'login', visitor: { by: 'session', session } };
  if (isId(token) && session === undefined)
    return { type: 'login', visitor: { by: 'token', token } };
  return UNFIT;
}

function readCall({ id, method, args = {} }: Record<string, unknown>): PageInput {
  if (!Number.isSafeInteger(id) || typeof method !== 'string') return UNFIT;
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return UNFIT;
  return { type: 'call', id: id as number, method, args: args as Record<string, unknown> };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
