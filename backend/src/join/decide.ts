import { readValue } from '../config/value.ts';
import { asNumber, asRecord, asText } from '../facts/json.ts';
import type { RefusalCode } from './messages.ts';

/** A code that is outstanding: `join.json` in a server's key folder. */
export interface Outstanding {
  /** SHA-256 of the secret, hex. */
  secret: string;
  /** Unix seconds by the server's clock. */
  expires: number;
  /** Fingerprint of the router that has joined with it. */
  router: string | null;
}

/** How long after its end a code is still told to be too old, s; then the door is shut. */
export const EXPIRED_FOR = 3600;

/** The file's text; null when it is damaged. */
export function readOutstanding(text: string): Outstanding | null {
  let given: Record<string, unknown> | null;
  try {
    given = asRecord(JSON.parse(text));
  } catch {
    return null;
  }
  const secret = asText(given?.secret);
  const expires = asNumber(given?.expires);
  if (secret === null || !/^[0-9a-f]{64}$/.test(secret) || expires === null) return null;
  const print = asText(given?.router);
  const router = print === null ? null : readValue({ kind: 'fingerprint' }, print);
  if ((print === null) !== (router === null)) return null;
  return { secret, expires, router };
}

/** Who asks: its fingerprint, and whether its secret is the code's. */
export interface Asking {
  router: string;
  matches: boolean;
  /** Unix seconds. */
  now: number;
}

/**
 * What a router is answered: null means yes. The router that has joined may ask again, also later:
 * the answer to its confirmation may have been lost.
 */
export function refusalFor(code: Outstanding | null, asking: Asking): RefusalCode | null {
  if (code === null) return 'closed';
  if (!asking.matches) return 'wrong-secret';
  if (code.router === asking.router) return null;
  if (code.router !== null) return 'used';
  return asking.now > code.expires ? 'expired' : null;
}
