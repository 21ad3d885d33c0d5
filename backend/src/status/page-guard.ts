import { isIP } from 'node:net';

/**
 * Who may talk to the page's servers, by what a browser says of itself: what has to be kept out is
 * another web site in the user's own browser. CORS does not hold for WebSockets.
 */

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A Host header, or the host of an Origin: the name, an address in brackets if it has colons. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Whether a request's Host header names this machine by a loopback name, with any port (an SSH
 * tunnel may end on another one). A site that points its own name at 127.0.0.1 (DNS rebinding)
 * is told apart from us only by this header.
 */
export function hostAllowed(host: string | undefined): boolean {
  return LOOPBACK_NAMES.has(nameIn(host) ?? '');
}

/**
 * Whether a WebSocket on loopback may be opened: the Origin is the very host that was asked. A
 * request without an Origin is allowed: browsers always send one with a WebSocket (RFC 6455 §4.1),
 * so it comes from a program on this machine. `null` (a file, a sandboxed frame) is not.
 */
export function originAllowed(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined) return false;
  const from = origin.toLowerCase();
  const here = host.toLowerCase();
  return from === `http://${here}` || from === `https://${here}`;
}

/**
 * Whether a WebSocket on the LAN may be opened. LuCI's page comes from the same host by another
 * port, so the Origin has the Host's name; one is required. A Host that is an address must be one of
 * those we listen on; a name may be any that leads here, and then the session alone tells friends
 * from a site that has pointed its name at us.
 */
export function lanAllowed(
  origin: string | undefined,
  host: string | undefined,
  addresses: readonly string[],
): boolean {
  const here = nameIn(host);
  const from = /^https?:\/\/([^/]+)$/i.exec(origin ?? '')?.[1];
  if (here === null || nameIn(from) !== here) return false;
  const address = here.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 || addresses.includes(address);
}

function nameIn(host: string | undefined): string | null {
  return HOST.exec(host ?? '')?.[1]?.toLowerCase() ?? null;
}
