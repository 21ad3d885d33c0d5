import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../backend/src/openvpn/log.ts';
import { type TunnelTrace, trace } from '../../../backend/src/openvpn/trace.ts';

/** The states that a recorded log goes through, and the last trace. */
function follow(text: string): { states: string[]; last: TunnelTrace | null } {
  let last: TunnelTrace | null = null;
  const states: string[] = [];
  for (const line of text.split('\n')) {
    const parsed = parseLine(line);
    if (parsed === null) continue;
    last = trace(last, parsed);
    if (states.at(-1) !== last.state) states.push(last.state);
  }
  return { states, last };
}

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'logs', name), 'utf8');

describe('a tunnel in OpenVPN’s own words', () => {
  it('goes from connecting over wait and auth to connected, and again after a loss', () => {
    const { states, last } = follow(recorded('router.txt'));
    const once = ['wait', 'auth', 'connected', 'reconnecting'];
    expect(states).toEqual(['connecting', ...once, ...once.slice(0, 3)]);
    expect(last?.cipher).toBe('AES-256-GCM');
  });

  it('has the peer’s address, the cipher, and since when', () => {
    const upTo = recorded('router.txt').split('ping-restart 8')[0] ?? '';
    expect(follow(upTo).last).toEqual({
      state: 'connected',
      time: 1795223085.750715,
      peer: '192.0.2.2:1194',
      cipher: 'AES-256-GCM',
    });
  });

  it('stays connected while its keys are renewed', () => {
    const again = '1795223999.000000 1 TLS: Initial packet from [AF_INET]192.0.2.2:1194, sid=a b\n';
    const upTo = recorded('router.txt').split('Inactivity timeout')[0] ?? '';
    const { last } = follow(`${upTo}\n${again}`);
    expect(last).toMatchObject({ state: 'connected', time: 1795223085.750715 });
  });

  it('is exiting when it was told to end', () => {
    expect(follow(recorded('port-taken.txt')).last?.state).toBe('exiting');
  });
});
