import type { Problem } from '../../../backend/src/errors.ts';

/**
 * The answers of the daemon's methods, looked at before they are drawn: page and daemon may differ in
 * version, and a wrong answer shall give a message and not a blank page.
 */

type Fields = Record<string, unknown>;

/** The text of an answer `{text}`; null when it is none. */
export function textOf(answer: unknown): string | null {
  return isFields(answer) && typeof answer.text === 'string' ? answer.text : null;
}

/** Whether what `check` looked at is in order; false when it does not say. */
export function isOk(answer: unknown): boolean {
  return isFields(answer) && answer.ok === true;
}

/** Why `test` did not begin; null when it did. */
export function refusalOf(answer: unknown): Problem | null {
  return isFields(answer) && isProblem(answer.problem) ? answer.problem : null;
}

function isProblem(value: unknown): value is Problem {
  return isFields(value) && typeof value.text === 'string' && typeof value.subject === 'string';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
