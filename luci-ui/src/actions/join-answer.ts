import type { JoinAnswer, JoinError } from '../../../backend/src/status/join-answer.ts';

/** What the daemon's method `join` has said, after a look at it. */
export interface JoinReply extends Pick<JoinAnswer, 'name' | 'diff' | 'notes' | 'applied'> {
  /** Why it does not join, in its words; null: nothing is in the way. */
  refusal: JoinError | null;
}

/** Letters that a join code may have: the socket takes messages of 4 KiB. The longest has about 3500. */
export const MAX_CODE = 3_900;

const MAX_NOTES = 64;
const MAX_DIFF = 200_000;

type Fields = Record<string, unknown>;

/** The code without the blanks and line ends that mails and terminals put into it. */
export function bareCode(text: string): string {
  return text.replace(/\s+/g, '');
}

/** The answer of `join`; null where it is none that this page understands. */
export function joinReply(answer: unknown): JoinReply | null {
  if (!isFields(answer) || typeof answer.ok !== 'boolean') return null;
  const { name = '', diff = '', notes = [], applied = false } = answer;
  const refusal = refusalOf(answer);
  // "No" without a reason, or a reason that is none, cannot be drawn.
  if ((refusal === null) !== answer.ok) return null;
  const fits =
    typeof name === 'string' &&
    typeof diff === 'string' &&
    diff.length <= MAX_DIFF &&
    typeof applied === 'boolean' &&
    isTexts(notes);
  return fits ? { name, diff, notes, applied, refusal } : null;
}

function refusalOf({ error }: Fields): JoinError | null {
  if (!isFields(error) || typeof error.text !== 'string') return null;
  const { code, text, fix } = error;
  const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { code: asText(code), text, fix: asText(fix) };
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_NOTES &&
    value.every((one) => typeof one === 'string')
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
