import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { openPage, type Page, type PageOptions } from '../../../backend/src/daemon/page.ts';
import { readAddress } from '../../../backend/src/daemon/page-token.ts';
import type { Problem } from '../../../backend/src/errors.ts';
import { callMethods } from '../../../backend/src/status/call-method.ts';
import type { ToPage } from '../../../backend/src/status/messages.ts';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { bondingMethods, type ObjectHandlers } from '../../../backend/src/status/ubus-object.ts';
import { startBroker } from '../../../backend/src/ubus/broker.ts';
import { type Client, connect } from '../../../backend/src/ubus/index.ts';
import { type RpcdSessions, startRpcdSessions } from '../../fakes/rpcd-sessions.ts';
import { sampleSnapshot } from '../../unit/luci-ui/sample.ts';

/** The pages of a daemon without the rest of it: a bus, rpcd's sessions, and handlers that say little. */
export interface OpenedPage {
  readonly folder: string;
  readonly page: Page;
  readonly client: Client;
  readonly sessions: RpcdSessions;
  /** Of the page on loopback. */
  readonly port: number;
  readonly token: string;
  readonly lines: string[];
  /** By source. */
  readonly problems: Map<string, Problem>;
  /** Null: there is none. */
  snapshot: Snapshot | null;
  at(...parts: string[]): string;
  /** Ends the page and opens it anew with other options. */
  reopen(changes?: Partial<PageOptions>): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens it, with `ubus call bonding` beside. */
export async function startPage(handlers: Partial<ObjectHandlers> = {}): Promise<OpenedPage> {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-page-'));
  const at = (...parts: string[]): string => join(folder, ...parts);
  for (const name of ['page', 'run']) mkdirSync(at(name));
  writeFileSync(at('page', 'index.html'), '<!doctype html><p>page');
  const broker = await startBroker({ path: at('ubus.sock') });
  const sessions = await startRpcdSessions(broker.path);
  const client = connect({ path: broker.path, retry: 50 });
  const methods = bondingMethods({ ...HANDLERS, snapshot: () => opened.snapshot, ...handlers });
  await client.addObject('bonding', methods);
  const lines: string[] = [];
  const problems = new Map<string, Problem>();

  const open = async (changes: Partial<PageOptions> = {}): Promise<void> => {
    const page = await openPage({
      local: { listen: { port: 0 }, folder: at('page') },
      runFolder: at('run'),
      uhttpdPath: at('uhttpd'),
      client,
      snapshot: () => opened.snapshot,
      call: callMethods('bonding', methods),
      tell: (source, found) =>
        void (found === null ? problems.delete(source) : problems.set(source, found)),
      log: (line) => void lines.push(line),
      ...changes,
    });
    const [address = '', token = ''] = (readAddress(at('run')) ?? '').split('#token=');
    const port = address.startsWith('http') ? Number(new URL(address).port) : 0;
    Object.assign(opened, { page, token, port });
  };
  const opened = {
    ...{ folder, at, client, sessions, lines, problems },
    snapshot: sampleSnapshot(),
    async reopen(changes) {
      await opened.page.close();
      await open(changes);
    },
    async dispose() {
      await opened.page.close();
      client.close();
      sessions.stop();
      await broker.close();
      rmSync(folder, { recursive: true });
    },
  } as { -readonly [K in keyof OpenedPage]: OpenedPage[K] };
  await open();
  return opened;
}

const HANDLERS: ObjectHandlers = {
  snapshot: () => sampleSnapshot(),
  events: (since) =>
    [1, 2, 3]
      .filter((id) => id > since)
      .map((id) => ({ id, time: 1_700_000_000 + id, subject: 'bond', text: `happening ${id}` })),
  history: (span) => ({ span, step: 1, time: 1_700_000_000, links: [] }),
  diagnostics: async () => 'x',
  plan: async (action) => `# ${action}\n`,
  start: async () => {},
  stop: async () => {},
  reload: async () => {},
  link: async (name) => name === 'dsl',
  check: async () => ({ ok: true, text: 'good\n' }),
  test: () => ({ id: 1, problem: null }),
  testResult: () => ({
    ...{ id: 1, state: 'done', seconds: 5, sum: { down: 5e9, up: 1 }, bond: null, percent: null },
    links: [{ name: 'dsl', down: 5e9, up: 0.5, skipped: null }],
    ...{ progress: null, verdict: null, problem: null },
  }),
  join: async () => ({ ok: true, name: 'home', diff: '', notes: [], applied: false }),
  testStop: () => {},
};

/** A page's end of a WebSocket, which keeps what it gets. */
export interface Visit {
  socket: WebSocket;
  messages: ToPage[];
  /** The close code. */
  closed: Promise<number>;
  /** The error that the opening ended with. */
  refused: Promise<string>;
  says(message: object): void;
  /** Waits for a message of this type that has not been waited for; what it has. */
  next<T extends ToPage['type']>(type: T): Promise<Extract<ToPage, { type: T }>>;
}

/** Opens a WebSocket and sends `login`, if there is one, as soon as it is open. */
export function visit(
  url: string,
  options: ClientOptions = {},
  login: object | null = null,
): Visit {
  const socket = new WebSocket(url, options);
  const messages: ToPage[] = [];
  const seen = new Set<ToPage>();
  socket.on('message', (data) => void messages.push(JSON.parse(String(data)) as ToPage));
  if (login !== null)
    socket.on('open', () => socket.send(JSON.stringify({ type: 'login', ...login })));
  return {
    socket,
    messages,
    closed: new Promise((resolve) => socket.on('close', resolve)),
    refused: new Promise((resolve) => socket.on('error', (error) => resolve(error.message))),
    says: (message) => socket.send(JSON.stringify(message)),
    async next(type) {
      const find = () => messages.find((one) => one.type === type && !seen.has(one));
      await until(() => find() !== undefined);
      const found = find() as Extract<ToPage, { type: typeof type }>;
      seen.add(found);
      return found;
    },
  };
}

/** An answer over HTTP. */
export interface HttpReply {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** One HTTP request with the path exactly as given. */
export function ask(
  where: { host: string; port: number } | { socketPath: string },
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    request({ ...where, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** Waits, 10 s at most, until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(condition()).toBe(true);
}

/** A TCP port that is free on an address, for a moment at least. */
export async function freePortOn(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The TCP socket below a `ws` client, to send what `ws` itself would not. */
export function rawOf(socket: WebSocket): Socket {
  return (socket as unknown as { _socket: Socket })._socket;
}
