import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describe, type Problem, problem, reason } from '../errors.ts';
import { loadPage, type PageFile } from './page-files.ts';
import { hostAllowed, originAllowed } from './page-guard.ts';
import { addressOf, listen, nameOf, type PageListen } from './page-listen.ts';
import { createUpgrader, refuseUpgrade } from './page-upgrade.ts';
import type { Snapshot } from './snapshot.ts';
import type { Hub } from './websocket.ts';

export interface PageServerOptions {
  listen: PageListen;
  /** Where the built page is: index.html and what it loads. */
  folder: string;
  /** The state now; throws when there is none. */
  snapshot: () => Snapshot;
  /** Whether a text is the token. */
  isToken: (text: string) => boolean;
  /** Where the pages' sockets go. */
  hub: Pick<Hub, 'add'>;
  log: (line: string) => void;
}

export interface PageServer {
  /** `http://127.0.0.1:8470/` or `unix:/var/run/bonding/page.sock`, without the token. */
  address: string;
  /** Ends all connections but the pages' sockets; resolves when the port is free. */
  close(): Promise<void>;
}

/** What the page may load: itself and its socket. Its styles are in elements that its script makes. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // The files change with an upgrade and come from this machine: nothing is gained by a cache.
  'Cache-Control': 'no-store',
};
const MAX_CONNECTIONS = 32;

/**
 * Serves the status page to this machine: the files of one folder from memory, which hold nothing
 * that is secret; `/status.json` to whoever sends the token as `Authorization: Bearer`; and the
 * WebSocket `/socket` (messages.ts), where the page logs in with the token. Rejects with an error that has a `problem` (`page-files`,
 * `page-listen`) when it cannot start; the daemon goes on without the page then.
 */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const files = await loadPage(options.folder).catch((thrown: unknown) => {
    const args = { folder: options.folder, reason: reason(thrown) };
    throw failure(problem('page-files', 'the status page', args));
  });
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => answer(request, response, files, options));
  acceptSockets(server, options.hub);
  await listen(server, options.listen).catch((thrown: unknown) => {
    server.close();
    const args = { address: nameOf(options.listen), reason: reason(thrown) };
    throw failure(problem('page-listen', 'the status page', args));
  });
  server.on('error', (error) => options.log(`page: ${error.message}`));
  return {
    address: addressOf(server, options.listen),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function failure(found: Problem): Error & { problem: Problem } {
  return Object.assign(new Error(describe(found)), { problem: found });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, PageFile>,
  options: PageServerOptions,
): void {
  const send = (status: number, type: string, body: Buffer | string): void => {
    const headers = { ...SECURITY_HEADERS, 'Content-Type': type };
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const refuse = (status: number, text: string): void => send(status, 'text/plain', `${text}\n`);

  if (!hostAllowed(request.headers.host)) {
    refuse(403, 'ask for this page as http://127.0.0.1 or http://localhost');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(405, 'this page can only be read');
    return;
  }
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const file = files.get(path);
  if (file) {
    send(200, file.type, file.body);
  } else if (path === '/status.json') {
    if (bears(request, options.isToken)) sendStatus(options, send);
    else {
      response.setHeader('WWW-Authenticate', 'Bearer');
      refuse(401, 'the status needs the token: bonding page');
    }
  } else if (path === '/socket') {
    response.setHeader('Upgrade', 'websocket');
    refuse(426, 'this address takes a WebSocket');
  } else {
    refuse(404, 'there is no such page');
  }
}

/** Whether the request has the token (RFC 6750 §2.1). */
function bears({ headers }: IncomingMessage, isToken: (text: string) => boolean): boolean {
  return isToken(/^Bearer ([\w.~+/-]{1,128})$/i.exec(headers.authorization ?? '')?.[1] ?? '');
}

function sendStatus(
  options: PageServerOptions,
  send: (status: number, type: string, body: string) => void,
): void {
  let body: string;
  try {
    body = JSON.stringify(options.snapshot());
  } catch (thrown) {
    options.log(`page: no snapshot: ${reason(thrown)}`);
    send(503, 'text/plain', 'there is no status to send\n');
    return;
  }
  send(200, 'application/json', body);
}

function acceptSockets(server: Server, hub: Pick<Hub, 'add'>): void {
  const accept = createUpgrader(hub);
  server.on('upgrade', (request, stream, head) => {
    // Without a listener a reset during the handshake would end the daemon.
    stream.on('error', () => stream.destroy());
    const { host, origin } = request.headers;
    const upgrade = { request, stream, head };
    if (!hostAllowed(host)) refuseUpgrade(upgrade, '403 Forbidden');
    else if (request.url !== '/socket') refuseUpgrade(upgrade, '404 Not Found');
    else if (!originAllowed(origin, host)) refuseUpgrade(upgrade, '403 Forbidden');
    else accept(upgrade, ['token', 'session']);
  });
}
