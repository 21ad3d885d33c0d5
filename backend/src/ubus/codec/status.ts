/** The status codes of ubusmsg.h with the words the `ubus` CLI prints for them. */
const table = [
  ['OK', 'success'],
  ['INVALID_COMMAND', 'invalid command'],
  ['INVALID_ARGUMENT', 'invalid argument'],
  ['METHOD_NOT_FOUND', 'method not found'],
  ['NOT_FOUND', 'not found'],
  ['NO_DATA', 'no response'],
  ['PERMISSION_DENIED', 'permission denied'],
  ['TIMEOUT', 'request timed out'],
  ['NOT_SUPPORTED', 'operation not supported'],
  ['UNKNOWN_ERROR', 'unknown error'],
  ['CONNECTION_FAILED', 'connection failed'],
  ['NO_MEMORY', 'out of memory'],
  ['PARSE_ERROR', 'parsing message data failed'],
  ['SYSTEM_ERROR', 'system error'],
] as const;

export const STATUS = {
  OK: 0,
  INVALID_COMMAND: 1,
  INVALID_ARGUMENT: 2,
  METHOD_NOT_FOUND: 3,
  NOT_FOUND: 4,
  NO_DATA: 5,
  PERMISSION_DENIED: 6,
  TIMEOUT: 7,
  NOT_SUPPORTED: 8,
  UNKNOWN_ERROR: 9,
  CONNECTION_FAILED: 10,
  NO_MEMORY: 11,
  PARSE_ERROR: 12,
  SYSTEM_ERROR: 13,
} as const;

/** `NOT_FOUND` for 4; `STATUS_200` for a code of a handler's own. */
export function statusName(code: number): string {
  return table[code]?.[0] ?? `STATUS_${code}`;
}

/** The words for a code: `not found`. */
export function statusText(code: number): string {
  return table[code]?.[1] ?? `status ${code}`;
}

/** What a failed call was about, as far as it is known. */
export interface Subject {
  object?: string;
  method?: string;
}

/**
 * A request that ended with a status other than 0. Thrown by a method's handler it becomes the
 * caller's status; `detail` stays on this side, ubus carries the number only.
 */
export class UbusError extends Error {
  override readonly name = 'UbusError';
  readonly status: number;
  /** `NOT_FOUND` for 4. */
  readonly code: string;
  readonly object: string | undefined;
  readonly method: string | undefined;

  constructor(status: number, subject: Subject = {}, detail?: string) {
    const what = [subject.object, subject.method].filter((part) => part !== undefined).join(' ');
    const text = `${statusText(status)} (${statusName(status)}, ${status})`;
    super(`ubus${what ? ` ${what}` : ''}: ${text}${detail ? `: ${detail}` : ''}`);
    this.status = status;
    this.code = statusName(status);
    this.object = subject.object;
    this.method = subject.method;
  }
}
