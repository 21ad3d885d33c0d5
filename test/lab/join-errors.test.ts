import { beforeAll, describe, expect, it } from 'vitest';
import type { Failing, JoinErrors } from './guest/programs/join-errors.ts';
import { play } from './host/play.ts';
import { shipped } from './host/shipped.ts';

/** What the user reads in each case. */
const WORDS: Record<Failing, RegExp> = {
  mistyped: /a character in it is wrong/,
  cutOff: /a part of it is missing/,
  wrongSecret: /the server does not know this code/,
  otherServer: /198\.51\.100\.1, TCP port 1194, is not the server that made the code/,
  serverGone: /nobody answers at 198\.51\.100\.99, TCP port 1194/,
  portClosed: /nobody answers at 198\.51\.100\.1, TCP port 1294 \(connection refused\)/,
  tooLate: /the code is older than a day/,
  used: /another router has joined with this code/,
};

describe('join codes that lead nowhere', () => {
  const folder = shipped();
  let seen: JoinErrors;

  beforeAll(async () => {
    seen = (await play('join-errors', ['4/4/20,4/4/20', folder])) as JoinErrors;
  });

  it.each(Object.keys(WORDS) as Failing[])('%s: says so, exit 1, nothing is changed', (name) => {
    const { code, stderr, seconds, router, server } = seen.failing[name];
    expect({ code, router, server }).toEqual({ code: 1, router: [], server: [] });
    expect(stderr).toMatch(WORDS[name]);
    expect(stderr).toMatch(/nothing was changed\n {2}fix: .+\n$/);
    expect(seconds).toBeLessThan(45);
  });

  it('a router whose clock is off by years joins all the same', () => {
    const { code, stderr, router, server } = seen.clockOff;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(router.join('\n')).toMatch(/^\/etc\/config\/bonding: \+ .*option server/m);
    expect(server.join('\n')).toMatch(/^\/etc\/bonding\/home\/config: \+ .*peer_fingerprint/m);
  });

  it('the router that has joined may use its code again, in case it did not hear the answer', () => {
    expect(seen.again).toMatchObject({ code: 0, server: [] });
  });

  it('a code that carries everything needs nobody at the server, which knows the router already', () => {
    expect(seen.offline).toMatchObject({ code: 0, server: [], expected: true });
    expect(seen.offline.router.join('\n')).toContain('/etc/bonding/tls-crypt.key: + ');
  });
});
