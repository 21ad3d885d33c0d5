import { asRecord } from '../facts/json.ts';
import { readSettings, type Settings } from './settings.ts';

/** What goes over TLS between a router that joins and its server: one line of JSON each way. */

/** Most bytes of a router's line. */
export const REQUEST_LIMIT = 4096;

/** Most bytes of a server's line. */
export const REPLY_LIMIT = 16 * 1024;

/** How long a connection may take, ms. */
export const TIME_LIMIT = 10_000;

/** Connections at once; more are closed unheard. */
export const CONNECTION_LIMIT = 4;

/** What a router asks. `confirm`: it takes the settings, the server may write it down. */
export interface Request {
  /** Hex digits. */
  secret: string;
  confirm: boolean;
}

/** Why a server refuses. */
export const REFUSALS = ['wrong-secret', 'used', 'expired', 'closed', 'failed', 'version'] as const;
export type RefusalCode = (typeof REFUSALS)[number];

/** A server's answer. */
export type Reply = { settings: Settings } | { error: RefusalCode };

/** Of this form of the exchange. */
const PROTOCOL = 1;

/** The line of a request, with its end. */
export function formatRequest({ secret, confirm }: Request): string {
  return `${JSON.stringify({ bonding: PROTOCOL, secret, confirm })}\n`;
}

/** A router's line: a request, or with which word to refuse it; null: it is none of ours. */
export function readRequest(line: string): Request | RefusalCode | null {
  const { bonding, secret, confirm } = asRecord(parse(line)) ?? {};
  if (typeof bonding !== 'number') return null;
  if (bonding !== PROTOCOL) return 'version';
  if (typeof secret !== 'string' || !/^[0-9a-f]{2,128}$/.test(secret)) return null;
  return typeof confirm === 'boolean' ? { secret, confirm } : null;
}

/** The line of a reply, with its end. */
export function formatReply(reply: Reply): string {
  return `${JSON.stringify(reply)}\n`;
}

/** A server's line; null when it makes no sense. An unknown refusal is one all the same: `failed`. */
export function readReply(line: string): Reply | null {
  const reply = asRecord(parse(line));
  if (typeof reply?.error === 'string') {
    return { error: REFUSALS.find((code) => code === reply.error) ?? 'failed' };
  }
  const settings = readSettings(reply?.settings);
  return settings === null ? null : { settings };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
