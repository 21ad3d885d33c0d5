import { asNumber, asRecord, asText, asTexts } from './json.ts';

/** A session of rpcd, as far as it matters here. */
export interface Session {
  /** Seconds until it ends unless somebody uses it; null: it never ends. */
  expires: number | null;
  /** Whether it may call this method of this ubus object. */
  may(object: string, method: string): boolean;
}

/**
 * Reads the answer of `ubus call session list`, one message for each session, by their ids (rpcd
 * session.c, rpc_session_to_blob).
 */
export function readSessions(parts: readonly unknown[]): ReadonlyMap<string, Session> {
  const sessions = new Map<string, Session>();
  for (const part of parts) {
    const entry = asRecord(part);
    const id = asText(entry?.ubus_rpc_session);
    if (entry === null || id === null) continue;
    // A timeout of 0 is none, whatever `expires` says then.
    const endless = (asNumber(entry.timeout) ?? 0) <= 0;
    const rights = asRecord(asRecord(entry.acls)?.ubus) ?? {};
    sessions.set(id, {
      expires: endless ? null : (asNumber(entry.expires) ?? 0),
      may: (object, method) => isAllowed(rights, object, method),
    });
  }
  return sessions;
}

/** As rpcd's rpc_session_acl_allowed: names of objects and of functions are shell patterns. */
function isAllowed(rights: Record<string, unknown>, object: string, method: string): boolean {
  return Object.entries(rights).some(
    ([pattern, functions]) =>
      matches(pattern, object) && asTexts(functions).some((name) => matches(name, method)),
  );
}

/** Longest pattern that is looked at: patterns are short, and a long one could take long. */
const PATTERN_LIMIT = 64;

/** fnmatch(3) with FNM_NOESCAPE: `*`, `?` and sets like `[a-z]` or `[!x]`. */
function matches(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === text) return true;
  if (pattern.length > PATTERN_LIMIT) return false;
  const source = pattern.replace(
    /\[([!^]?)(\]?[^\]]*)\]|\*+|[^\w]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      if (part.startsWith('*')) return '[^]*';
      return part === '?' ? '[^]' : `\\${part}`;
    },
  );
  try {
    return new RegExp(`^${source}$`).test(text);
  } catch {
    return false; // a set such as [z-a]
  }
}
