import { describe, expect, it } from 'vitest';
import { problem } from '../../../backend/src/errors.ts';
import type { LinkEvent, LinkPhase, Links } from '../../../backend/src/monitor/links.ts';
import { step, wantsTunnel } from '../../../backend/src/monitor/links.ts';
import { isCarrying } from '../../../backend/src/plan/plan.ts';
import { configOf, wansOf } from '../../fakes/config.ts';

const config = configOf(2);
const HURTS = problem('link-not-connecting', "link 'link0'", { server: 's', seconds: 1, port: 1 });

const beat = (link: string, silent: boolean): LinkEvent => ({ type: 'heartbeat', link, silent });
const judge = (link: string, hurts: boolean): LinkEvent => {
  return { type: 'quality', link, problem: hurts ? HURTS : null };
};
const says = (link: string, kind: 'connected' | 'lost'): LinkEvent => {
  const lost = { kind: 'lost', reason: 'ping-restart', text: 'ping-restart' } as const;
  return { type: 'log', link, event: kind === 'lost' ? lost : { kind } };
};

/** Plays events at one time. */
function play(from: Links, now: number, ...events: LinkEvent[]): Links {
  return events.reduce((links, event) => step(links, event, now), from);
}

const both = play(
  new Map(),
  1_000,
  { type: 'config', config, running: true },
  { type: 'wans', config, wans: wansOf(2) },
  says('link0', 'connected'),
  says('link1', 'connected'),
);
const phases = (links: Links): LinkPhase[] => [...links.values()].map(({ phase }) => phase);
const tunnels = (links: Links, now: number): boolean[] =>
  [...links.values()].map((link) => wantsTunnel(link, now));

describe('a line whose heartbeats are silent', () => {
  const silent = play(both, 5_000, beat('link0', true));

  it('is down though its tunnel stands, which goes on; then it is up again at once', () => {
    expect(phases(silent)).toEqual(['down', 'up']);
    expect(silent.get('link0')).toMatchObject({ connected: true, since: 5_000 });
    expect(tunnels(silent, 5_000)).toEqual([true, true]);
    expect(isCarrying(silent, 60_000)).toBe(true);
    expect(phases(play(silent, 6_000, beat('link0', false)))).toEqual(['up', 'up']);
  });

  it('is judged by its tunnel alone once that is lost, and when it connects anew', () => {
    const lost = play(silent, 9_000, says('link0', 'lost'));
    expect(lost.get('link0')).toMatchObject({ silent: false, phase: 'down', since: 5_000 });
    expect(phases(play(lost, 9_500, beat('link0', true), says('link0', 'connected')))).toEqual([
      'up',
      'up',
    ]);
    // A new session that the log tells of without a loss before it.
    expect(phases(play(silent, 9_000, says('link0', 'connected')))).toEqual(['up', 'up']);
  });

  it('with the other tunnel lost too, traffic is held for a moment and falls back', () => {
    const none = play(silent, 9_000, says('link1', 'lost'));
    expect(phases(none)).toEqual(['down', 'down']);
    expect(isCarrying(none, 9_000 + 9_999)).toBe(true);
    expect(isCarrying(none, 9_000 + 10_000)).toBe(false);
  });

  it('that the user takes out is parked, and waits without its WAN', () => {
    const parked = play(silent, 6_000, { type: 'user', link: 'link0', action: 'down' });
    expect(phases(parked)).toEqual(['parked', 'up']);
    expect(parked.get('link0')?.silent).toBe(false);
    const gone = play(silent, 6_000, { type: 'wans', config, wans: new Map() });
    expect(phases(gone)).toEqual(['waiting', 'waiting']);
    expect(gone.get('link0')?.silent).toBe(false);
  });
});

describe('a line that would hurt', () => {
  const parked = play(both, 5_000, judge('link0', true));

  it('is parked, keeps its tunnel, and comes back when it does not hurt any more', () => {
    expect(phases(parked)).toEqual(['parked', 'up']);
    expect(tunnels(parked, 5_000)).toEqual([true, true]);
    expect(phases(play(parked, 6_000, judge('link0', false)))).toEqual(['up', 'up']);
  });

  it('is down when it dies, and when its tunnel is lost; then it is parked again', () => {
    expect(phases(play(parked, 6_000, beat('link0', true)))).toEqual(['down', 'up']);
    const lost = play(parked, 6_000, says('link0', 'lost'));
    expect(phases(lost)).toEqual(['down', 'up']);
    expect(phases(play(lost, 7_000, says('link0', 'connected')))).toEqual(['parked', 'up']);
  });

  it('the user’s own word wins, either way', () => {
    const down = play(parked, 6_000, { type: 'user', link: 'link0', action: 'down' });
    expect(down.get('link0')).toMatchObject({ phase: 'parked', parkedFor: null });
    expect(tunnels(down, 6_000)).toEqual([false, true]);
    const up = play(parked, 6_000, { type: 'user', link: 'link0', action: 'up' });
    expect(phases(up)).toEqual(['up', 'up']);
  });

  it('serves when there is no other, however that came', () => {
    for (const event of [beat('link1', true), says('link1', 'lost'), judge('link1', true)]) {
      const alone = play(parked, 6_000, event);
      expect(alone.get('link0')).toMatchObject({ phase: 'up', parkedFor: null });
    }
    // A dead one is of no use.
    const dead = play(parked, 6_000, beat('link0', true), says('link1', 'lost'));
    expect(phases(dead)).toEqual(['down', 'down']);
  });
});
