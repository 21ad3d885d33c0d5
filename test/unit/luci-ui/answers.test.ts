import { describe, expect, test } from 'vitest';
import { isOk, refusalOf, textOf } from '../../../luci-ui/src/actions/answers.ts';
import { wordsOf } from '../../../luci-ui/src/actions/use-action.ts';
import { troubleWords } from '../../../luci-ui/src/components/trouble.ts';
import { CallError, type Trouble } from '../../../luci-ui/src/transport.ts';
import { SAMPLE_PROBLEM } from './sample.ts';

const NO_ANSWERS = [
  null,
  undefined,
  7,
  'text',
  [],
  {},
  { text: 1 },
  { ok: 'true' },
  { problem: 1 },
];

describe('answers', () => {
  test.each(NO_ANSWERS)('%j is none', (answer) => {
    expect(textOf(answer)).toBeNull();
    expect(isOk(answer)).toBe(false);
    expect(refusalOf(answer)).toBeNull();
  });

  test('what they say', () => {
    expect(textOf({ text: '' })).toBe('');
    expect(isOk({ ok: true, text: '' })).toBe(true);
    expect(refusalOf({ id: 1, problem: SAMPLE_PROBLEM })).toEqual(SAMPLE_PROBLEM);
    expect(refusalOf({ id: 1, problem: null })).toBeNull();
  });

  test('a failure has words, whatever was thrown', () => {
    expect(wordsOf(new CallError(6, 'permission denied'))).toBe('permission denied');
    expect(wordsOf('gone')).toBe('gone');
    expect(wordsOf(new Error(''))).toBe('it failed without saying why');
  });
});

describe('troubles', () => {
  // A record, so that a new trouble does not compile before it is here.
  const all: Record<Trouble, true> = {
    silent: true,
    absent: true,
    unconfigured: true,
    forbidden: true,
    expired: true,
    version: true,
    full: true,
  };
  const troubles = Object.keys(all) as Trouble[];

  test.each([true, false])(
    'each has a title of its own and says what to do; in LuCI: %s',
    (luci) => {
      const words = troubles.map((trouble) => troubleWords(trouble, luci));
      expect(new Set(words.map(({ title }) => title)).size).toBe(troubles.length);
      for (const { text } of words) expect(text).toMatch(/^[A-Z].*[.a-z]$/);
    },
  );

  test('outside of LuCI nothing sends the reader to LuCI', () => {
    for (const trouble of troubles) {
      expect(troubleWords(trouble, false).text).not.toMatch(/log in|System, Startup|luci/i);
    }
  });

  test('one that this page does not know is shown as silence', () => {
    expect(troubleWords('dreaming' as never, true)).toEqual(troubleWords('silent', true));
  });
});
