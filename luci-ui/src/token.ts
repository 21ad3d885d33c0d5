/**
 * The secret of the daemon's own page comes in the address, behind `#`, which no server and no log
 * sees. It is then kept for this tab only, and taken out of the address bar and the history.
 */

const KEY = 'bonding-token';

let inMemory: string | null = null;

/** Moves a token from the address to where it is kept; whether there was one. */
export function takeToken(): boolean {
  const token = /^#token=([0-9a-f]{32})$/.exec(location.hash)?.[1];
  if (!token) return false;
  inMemory = token;
  try {
    sessionStorage.setItem(KEY, token);
    history.replaceState(null, '', location.pathname + location.search);
  } catch {
    // The browser stores nothing: the address keeps it, or a reload would lose it.
  }
  return true;
}

/** The token of this tab; null when it never had one. */
export function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEY) ?? inMemory;
  } catch {
    return inMemory;
  }
}
