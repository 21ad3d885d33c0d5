import { timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wallSeconds } from '../effects/clock.ts';
import { ensureIdentity } from '../effects/identity.ts';
import { type JoinServer, listenForRouters } from '../effects/join-server.ts';
import { readText } from '../effects/text-file.ts';
import { reason } from '../errors.ts';
import { EXPIRED_FOR, type Outstanding, readOutstanding, refusalFor } from '../join/decide.ts';
import {
  CONNECTION_LIMIT,
  formatReply,
  REQUEST_LIMIT,
  type Reply,
  type Request,
  readRequest,
  TIME_LIMIT,
} from '../join/messages.ts';
import { admitRouter, digestOf, JOIN_FILE, writeOutstanding } from './code.ts';
import { readServerConfig, settingsOf } from './server-settings.ts';

/** What the door of a server needs. */
export interface DoorOptions {
  /** The server's name for its router. */
  name: string;
  configPath: string;
  keyFolder: string;
  /** A folder before the paths that the configuration names. */
  root?: string;
  /** TCP. */
  port: number;
  /** Address to listen on; all where there is none. */
  host?: string;
  /** A router was taken in: the configuration has its fingerprint. */
  joined: (router: string) => void;
  /** Somebody was turned away: a router (`address` null), or who is none of ours. */
  refused: (address: string | null, why: string) => void;
  /** Unix seconds. */
  now?: () => number;
  /** For a connection, ms. */
  timeLimit?: number;
}

/** A server's door. */
export interface Door extends JoinServer {
  /** False when our identity is another now: a code made since names that one. */
  isCurrent(): boolean;
}

/**
 * Listens for the router that has our join code. Reads everything anew for each request, so that a
 * code made meanwhile counts at once. Rejects when the port cannot be had.
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { certificate, key, fingerprint } = ensureIdentity(options.keyFolder);
  const server = await listenForRouters({
    host: options.host ?? '0.0.0.0',
    port: options.port,
    certificate: readFileSync(certificate, 'utf8'),
    key: readFileSync(key, 'utf8'),
    answer: (line, router) => answer(options, line, router),
    limits: {
      bytes: REQUEST_LIMIT,
      time: options.timeLimit ?? TIME_LIMIT,
      connections: CONNECTION_LIMIT,
    },
    stranger: options.refused,
  });
  const isCurrent = () => ensureIdentity(options.keyFolder).fingerprint === fingerprint;
  return { ...server, isCurrent };
}

/**
 * Whether nobody can join any more: no code is there, or it has been too old for an hour, and then it
 * is taken away. Throws Error for a file that cannot be understood.
 */
export function isDoorNeedless(keyFolder: string, now = wallSeconds()): boolean {
  const path = join(keyFolder, JOIN_FILE);
  const text = readText(path);
  if (text === null) return true;
  const code = readOutstanding(text);
  if (code === null) throw new Error(`${path} is damaged; make a new code: bonding server code`);
  if (now <= code.expires + EXPIRED_FOR) return false;
  rmSync(path, { force: true });
  return true;
}

/** The outstanding code of a key folder, or null. */
export function outstandingIn(keyFolder: string): Outstanding | null {
  const text = readText(join(keyFolder, JOIN_FILE));
  return text === null ? null : readOutstanding(text);
}

function answer(options: DoorOptions, line: string, router: string): string | null {
  const request = readRequest(line);
  if (request === null) return null;
  return formatReply(
    typeof request === 'string' ? { error: request } : reply(options, request, router),
  );
}

function reply(options: DoorOptions, request: Request, router: string): Reply {
  const { keyFolder, now = wallSeconds } = options;
  const code = outstandingIn(keyFolder);
  const matches = code !== null && isSecret(request.secret, code);
  const refusal = refusalFor(code, { router, matches, now: now() });
  if (refusal !== null || code === null) {
    options.refused(null, `${refusal ?? 'closed'} (its fingerprint is ${router})`);
    return { error: refusal ?? 'closed' };
  }
  try {
    return accept(options, request, router, code);
  } catch (error) {
    options.refused(null, reason(error));
    return { error: 'failed' };
  }
}

/** The configuration first: a code that is marked as used must have led to something. */
function accept(options: DoorOptions, request: Request, router: string, code: Outstanding): Reply {
  const { configPath, keyFolder, name, root, now = wallSeconds } = options;
  const { fingerprint } = ensureIdentity(keyFolder);
  const settings = settingsOf(readServerConfig(configPath), { name, fingerprint, root });
  if (request.confirm) {
    const changed = admitRouter(configPath, router);
    // From now on only this router may ask again, and the door is shut in an hour.
    const expires = Math.min(code.expires, now());
    if (code.router !== router) writeOutstanding(keyFolder, { ...code, router, expires });
    if (changed || code.router !== router) options.joined(router);
  }
  return { settings };
}

/** Both are digests, so that the time says nothing of how much was right. */
function isSecret(secret: string, code: Outstanding): boolean {
  const digest = Buffer.from(digestOf(Buffer.from(secret, 'hex')), 'hex');
  return timingSafeEqual(digest, Buffer.from(code.secret, 'hex'));
}
