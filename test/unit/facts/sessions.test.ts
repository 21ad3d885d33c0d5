import { describe, expect, it, test } from 'vitest';
import { readSessions } from '../../../backend/src/facts/sessions.ts';

/** As rpcd's `session list` gives it. */
const entry = (changes: object = {}) => ({
  ubus_rpc_session: 'a'.repeat(32),
  timeout: 3600,
  expires: 3599,
  acls: {
    'access-group': { 'luci-app-bonding': ['read'] },
    ubus: { bonding: ['status', 'ev*'], 'network.*': ['dump'] },
    uci: { bonding: ['read'] },
  },
  data: { username: 'root', token: 'secret' },
  ...changes,
});
const rights = (ubus: object) =>
  readSessions([entry({ acls: { ubus } })]).get('a'.repeat(32)) ?? { may: () => null };

describe('readSessions', () => {
  const one = readSessions([entry(), entry({ ubus_rpc_session: 'b', timeout: 0, expires: 0 })]);

  it('has each with when it ends, and those that never do', () => {
    expect([...one].map(([id, { expires }]) => [id, expires])).toEqual([
      ['a'.repeat(32), 3599],
      ['b', null],
    ]);
  });

  it('knows what each may, in the scope ubus alone', () => {
    const { may = () => null } = one.get('a'.repeat(32)) ?? {};
    expect(may('bonding', 'status')).toBe(true);
    expect(may('bonding', 'events')).toBe(true);
    expect(may('bonding', 'stop')).toBe(false);
    expect(may('bonding', 'read')).toBe(false);
    expect(may('network.interface', 'dump')).toBe(true);
    expect(may('network', 'dump')).toBe(false);
  });

  it('survives what is no session', () => {
    const odd = [null, 3, [], {}, { ubus_rpc_session: '' }, { ubus_rpc_session: 'c', acls: [] }];
    const found = readSessions(odd);
    expect([...found.keys()]).toEqual(['c']);
    expect(found.get('c')?.may('bonding', 'status')).toBe(false);
    expect(rights({ bonding: 'status' }).may('bonding', 'status')).toBe(false);
  });
});

/** fnmatch(3), FNM_NOESCAPE. */
test.each([
  ['*', true],
  ['stat?s', true],
  ['s*t*s', true],
  ['status?', false],
  ['stat', false],
  ['[rs]tatus', true],
  ['[!s]tatus', false],
  ['[a-z]tatus', true],
  ['[z-a]tatus', false],
  ['stat.s', false],
  ['st(at)us', false],
  ['status|x', false],
  ['stat\\us', false],
  ['[s', false],
  ['', false],
  ['Status', false],
  [`${'*a'.repeat(40)}`, false],
])('the pattern %j for `status`: %s', (pattern, allowed) => {
  expect(rights({ bonding: [pattern] }).may('bonding', 'status')).toBe(allowed);
  expect(rights({ [pattern]: ['status'] }).may('status', 'status')).toBe(allowed);
});
