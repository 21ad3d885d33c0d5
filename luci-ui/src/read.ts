import type { ToPage } from '../../backend/src/status/messages.ts';
import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import { isEvents, isSnapshot, isTestResult } from './check.ts';
import { merge } from './merge.ts';

/** A message with a delta already applied. `other`: of a kind that this page does not know. */
export type FromDaemon = Exclude<ToPage, { type: 'delta' }> | { type: 'other' } | { type: 'unfit' };

const UNFIT: FromDaemon = { type: 'unfit' };

type Fields = Record<string, unknown>;

/**
 * What a message of the socket says; `before` is the snapshot that a delta applies to. `unfit`: not
 * a message, one of the wrong shape, or a delta to something that this page does not have.
 */
export function readMessage(data: unknown, before: Snapshot | null): FromDaemon {
  const message = parse(data);
  switch (message?.type) {
    case 'snapshot':
      return asSnapshot(message.snapshot);
    case 'delta':
      return asSnapshot(before && merge(before, message.delta));
    case 'event':
      return isEvents([message.event]) ? (message as FromDaemon) : UNFIT;
    case 'test':
      return isTestResult(message.test) ? (message as FromDaemon) : UNFIT;
    case 'reply':
      return typeof message.id === 'number' ? (message as FromDaemon) : UNFIT;
    case 'error':
      return isError(message) ? (message as FromDaemon) : UNFIT;
    default:
      return typeof message?.type === 'string' ? { type: 'other' } : UNFIT;
  }
}

function asSnapshot(snapshot: unknown): FromDaemon {
  return isSnapshot(snapshot) ? { type: 'snapshot', snapshot } : UNFIT;
}

function isError({ id, code, text }: Fields): boolean {
  return typeof id === 'number' && typeof code === 'number' && typeof text === 'string';
}

function parse(data: unknown): Fields | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' ? (value as Fields | null) : null;
  } catch {
    return null;
  }
}
