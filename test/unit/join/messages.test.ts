import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outstanding, readOutstanding, refusalFor } from '../../../backend/src/join/decide.ts';
import {
  formatReply,
  formatRequest,
  REPLY_LIMIT,
  REQUEST_LIMIT,
  readReply,
  readRequest,
} from '../../../backend/src/join/messages.ts';
import { printOf, settingsOf } from '../../fakes/join.ts';

describe('the lines of the exchange', () => {
  it('are as the contract of version 1 has them', () => {
    expect(formatRequest({ secret: '00ff', confirm: false })).toBe(
      '{"bonding":1,"secret":"00ff","confirm":false}\n',
    );
    expect(formatReply({ error: 'wrong-secret' })).toBe('{"error":"wrong-secret"}\n');
    expect(Object.keys(JSON.parse(formatReply({ settings: settingsOf(1) })) as object)).toEqual([
      'settings',
    ]);
  });

  it('come back as they were, within their limits', () => {
    const request = { secret: 'ab'.repeat(16), confirm: true };
    expect(readRequest(formatRequest(request))).toEqual(request);
    expect(formatRequest(request).length).toBeLessThan(REQUEST_LIMIT);
    const lan = Array.from({ length: 64 }, (_, n) => `10.${n}.128.0/20`);
    const most = { settings: settingsOf(8, { lan, server: `${'a.'.repeat(120)}net` }) };
    expect(readReply(formatReply(most))).toEqual(most);
    expect(formatReply(most).length).toBeLessThan(REPLY_LIMIT);
    expect(readReply('{"error":"used"}')).toEqual({ error: 'used' });
    expect(readReply('{"error":"of a later version"}')).toEqual({ error: 'failed' });
  });

  it('of another version is told apart from nonsense', () => {
    expect(readRequest('{"bonding":2,"hello":true}')).toBe('version');
    for (const line of ['', 'GET / HTTP/1.1', '{}', '[]', '{"bonding":"1"}', 'null'])
      expect(readRequest(line)).toBeNull();
    for (const secret of ['', 'xy', 7, 'ab'.repeat(65)])
      expect(readRequest(JSON.stringify({ bonding: 1, secret, confirm: false }))).toBeNull();
    expect(readRequest('{"bonding":1,"secret":"ab"}')).toBeNull();
  });

  it('nothing throws', () => {
    fc.assert(fc.property(fc.string(), (line) => readRequest(line) === null));
    fc.assert(fc.property(fc.json(), (line) => readReply(line) === null));
  });
});

const CODE: Outstanding = { secret: 'ab'.repeat(32), expires: 1000, router: null };
const [HOME, OTHER] = [printOf('0A'), printOf('0B')];

describe('who may join', () => {
  it.each([
    ['whoever has the code', CODE, HOME, true, 1000, null],
    ['nobody without a code', null, HOME, true, 0, 'closed'],
    ['nobody with another secret', CODE, HOME, false, 0, 'wrong-secret'],
    ['nobody after its end', CODE, HOME, true, 1001, 'expired'],
    ['nobody else once it is used', { ...CODE, router: HOME }, OTHER, true, 0, 'used'],
    ['the same router again', { ...CODE, router: HOME }, HOME, true, 0, null],
    ['the same router again, also later', { ...CODE, router: HOME }, HOME, true, 9999, null],
    [
      'not even the same router without the secret',
      { ...CODE, router: HOME },
      HOME,
      false,
      0,
      'wrong-secret',
    ],
    [
      'a stranger learns nothing of the code',
      { ...CODE, router: HOME },
      OTHER,
      false,
      9999,
      'wrong-secret',
    ],
  ] as const)('%s', (_, code, router, matches, now, answer) => {
    expect(refusalFor(code, { router, matches, now })).toBe(answer);
  });

  it('join.json is read with care', () => {
    expect(readOutstanding(JSON.stringify(CODE))).toEqual(CODE);
    expect(readOutstanding(JSON.stringify({ ...CODE, router: HOME }))?.router).toBe(HOME);
    for (const more of [{ secret: 'ab' }, { secret: null }, { expires: '1' }, { router: 'me' }])
      expect(readOutstanding(JSON.stringify({ ...CODE, ...more }))).toBeNull();
    for (const text of ['', '{', '[]', 'null']) expect(readOutstanding(text)).toBeNull();
  });
});
