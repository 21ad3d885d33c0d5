import { describe, expect, test } from 'vitest';
import { problem } from '../../../backend/src/errors.ts';
import { refusal } from '../../../backend/src/setup/join-answer.ts';
import { callMethods } from '../../../backend/src/status/call-method.ts';
import { bondingMethods, type ObjectHandlers } from '../../../backend/src/status/ubus-object.ts';
import { diffLines } from '../../../luci-ui/src/actions/diff-lines.ts';
import { bareCode, joinReply } from '../../../luci-ui/src/actions/join-answer.ts';
import { type JoinScene, joinPlace } from '../../../luci-ui/src/components/join-place.ts';
import { forwardState } from '../../../luci-ui/src/words.ts';
import { sampleSnapshot } from './sample.ts';

describe('a join code', () => {
  test('loses what mails and terminals put into it', () => {
    expect(bareCode(' bonding1_ab\r\n  cd\tef  ')).toBe('bonding1_abcdef');
    expect(bareCode(' \n ')).toBe('');
  });
});

describe('the answer of join', () => {
  const GOOD = { ok: true, name: 'home', diff: '+a\n', notes: ['one'], applied: false };
  const ERROR = { code: 'join-used', text: 'used', fix: 'ask for another' };

  test('says what changes', () => {
    expect(joinReply(GOOD)).toEqual({
      name: 'home',
      diff: '+a\n',
      notes: ['one'],
      applied: false,
      refusal: null,
    });
    expect(joinReply({ ...GOOD, applied: true, error: null, more: 1 })?.applied).toBe(true);
  });

  test('says why not; what else it lacks does not matter then', () => {
    expect(joinReply({ ok: false, error: ERROR })?.refusal).toEqual(ERROR);
    expect(joinReply({ ok: false, error: { text: 'no' } })?.refusal).toEqual({
      code: '',
      text: 'no',
      fix: '',
    });
  });

  test('names the file that a line number belongs to, and not joining itself', () => {
    const line = { line: 2, column: 19, reason: 'EOF' };
    const found = problem('config-syntax', 'file /etc/config/bonding', line);
    expect(refusal(found).error?.text).toMatch(/^file \/etc\/config\/bonding: line 2, column 19: /);
    const slip = problem('join-code', 'join', { reason: 'it is empty' });
    expect(refusal(slip).error?.text).toMatch(/^the join code /);
  });

  test("is what the daemon's method gives, also after ubus", async () => {
    const asked: unknown[] = [];
    const join: ObjectHandlers['join'] = async (code, apply, wans) => {
      asked.push([code, apply, wans]);
      if (code !== '') return { ...GOOD, notes: [], applied: apply };
      return refusal(problem('join-code', 'join', { reason: 'it is empty' }));
    };
    const call = callMethods(
      'bonding',
      bondingMethods({ join } as Partial<ObjectHandlers> as ObjectHandlers),
    );
    const done = joinReply(await call('join', { code: 'bonding1_x', apply: true }));
    expect(done).toMatchObject({ name: 'home', notes: [], applied: true, refusal: null });
    const refused = joinReply(await call('join', { code: '', apply: false }));
    expect(refused?.refusal?.code).toBe('join-code');
    expect(refused?.refusal?.text).toContain('it is empty');
    expect(asked).toEqual([
      ['bonding1_x', true, []],
      ['', false, []],
    ]);
  });

  test.each([
    null,
    undefined,
    7,
    [],
    {},
    { ...GOOD, ok: 1 },
    { ...GOOD, ok: false },
    { ...GOOD, error: ERROR },
    { ok: false, error: 'no' },
    { ok: false, error: { code: 'x' } },
    { ...GOOD, name: 7 },
    { ...GOOD, diff: null },
    { ...GOOD, diff: 'x'.repeat(200_001) },
    { ...GOOD, notes: 'one' },
    { ...GOOD, notes: [1] },
    { ...GOOD, notes: Array.from({ length: 65 }, () => 'x') },
    { ...GOOD, applied: 'yes' },
  ])('is none that the page could draw (%#)', (answer) => {
    expect(joinReply(answer)).toBeNull();
  });
});

describe('the lines of a diff', () => {
  const kinds = (diff: string): string[] => diffLines(diff).map(({ kind }) => kind);

  test('each has its kind and keeps its mark', () => {
    const diff = '--- /a\n+++ /a\n@@ -1,2 +1,2 @@\n config\n-\told\n+\tnew\n';
    expect(kinds(diff)).toEqual(['file', 'file', 'place', 'same', 'removed', 'added']);
    expect(diffLines(diff).map(({ text }) => text)).toEqual(diff.split('\n').slice(0, -1));
  });

  test('dashes and pluses of a text are no name of a file', () => {
    expect(kinds('--- a list\n-- b\n+++ c\n')).toEqual(['removed', 'removed', 'added']);
  });

  test('nothing has none', () => {
    expect(diffLines('')).toEqual([]);
  });
});

describe('where joining is offered', () => {
  const LIVE = { state: 'live', by: 'socket' } as const;
  const lost = (trouble: 'unconfigured' | 'absent') =>
    ({ state: 'lost', trouble, reason: '', since: 1 }) as const;
  const router = sampleSnapshot();
  const empty = sampleSnapshot({ links: [] });
  const scene = (changes: Partial<JoinScene>): JoinScene => ({
    snapshot: router,
    connection: LIVE,
    mayWrite: true,
    inLuci: true,
    before: 'none',
    begun: false,
    ...changes,
  });

  test.each<[string, Partial<JoinScene>, string]>([
    ['a router with links', {}, 'folded'],
    ['a router without links', { snapshot: empty }, 'first'],
    ['a server', { snapshot: sampleSnapshot({ role: 'server' }) }, 'none'],
    ['a server without links', { snapshot: { role: 'server', links: [] } }, 'none'],
    ['a login that may only look', { snapshot: empty, mayWrite: false }, 'none'],
    ['nothing is known yet', { snapshot: null, connection: { state: 'connecting' } }, 'none'],
    ['not configured', { snapshot: null, connection: lost('unconfigured') }, 'first'],
    ['not configured any more', { connection: lost('unconfigured') }, 'first'],
    ['no daemon', { snapshot: null, connection: lost('absent') }, 'none'],
    [
      'not configured, outside of LuCI',
      { snapshot: null, connection: lost('unconfigured'), inLuci: false },
      'none',
    ],
    ['begun above all, then the links came', { before: 'first', begun: true }, 'first'],
    [
      'begun above all, then the daemon restarts',
      { snapshot: null, connection: lost('absent'), before: 'first', begun: true },
      'first',
    ],
    ['shown above all and not begun', { before: 'first' }, 'folded'],
    ['begun in the fold', { before: 'folded', begun: true }, 'folded'],
  ])('%s', (_name, changes, place) => {
    expect(joinPlace(scene(changes))).toBe(place);
  });
});

test.each([
  [true, true, 'Active', 'good'],
  [true, false, 'Not active', 'bad'],
  [false, false, 'Switched off', 'off'],
  [false, true, 'Switched off', 'off'],
] as const)('a forward, enabled %s, active %s: %s', (enabled, active, text, tone) => {
  expect(forwardState({ enabled, active })).toEqual({ text, tone });
});
