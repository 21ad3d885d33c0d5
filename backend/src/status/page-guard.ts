/**
 * Who may talk to the page's server. It listens on loopback only, so what is left to keep out is
 * another web site in the user's own browser.
 */

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a request's Host header names this machine by a loopback name, with any port (an SSH
 * tunnel may end on another one). A site that points its own name at 127.0.0.1 (DNS rebinding)
 * is told apart from us only by this header.
 */
export function hostAllowed(host: string | undefined): boolean {
  const match = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(host ?? '');
  return match?.[1] !== undefined && LOOPBACK_NAMES.has(match[1].toLowerCase());
}

/**
 * Whether a WebSocket may be opened: the Origin is the very host that was asked. CORS does not
 * hold for WebSockets, so any site could otherwise read the status. A request without an Origin is
 * allowed: browsers always send one with a WebSocket (RFC 6455 §4.1), so it comes from a program
 * on this machine, which can read the same over HTTP. `null` (a file, a sandboxed frame) is not.
 */
export function originAllowed(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined) return false;
  const from = origin.toLowerCase();
  const here = host.toLowerCase();
  return from === `http://${here}` || from === `https://${here}`;
}
