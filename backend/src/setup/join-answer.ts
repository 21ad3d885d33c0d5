import type { Problem } from '../errors.ts';
import type { JoinAnswer } from '../status/join-answer.ts';
import { prepareJoin } from './join.ts';
import type { JoinOptions } from './join-found.ts';

/** Joins in one go, or (`apply` false) says what would change. Never rejects. */
export async function joinAnswer(
  code: string,
  apply: boolean,
  options: JoinOptions,
): Promise<JoinAnswer> {
  const prepared = await prepareJoin(code, options);
  if (!prepared.ok) return refusal(prepared.error);
  const { name, diff, notes, commit } = prepared.plan;
  const error = apply ? await commit() : null;
  if (error !== null) return refusal(error, name);
  return { ok: true, name, diff, notes, applied: apply };
}

/** The answer that something cannot be. */
export function refusal(found: Problem, name = ''): JoinAnswer {
  const error = { code: found.code, text: textOf(found), fix: found.fix };
  return { ok: false, name, diff: '', notes: [], applied: false, error };
}

/** What is wrong, and with what where that is not joining itself: a line number needs its file. */
export function textOf({ subject, text }: Problem): string {
  return subject === 'join' ? text : `${subject}: ${text}`;
}
