import { describe, expect, it } from 'vitest';
import type { LinkEvent, Links } from '../../../backend/src/monitor/links.ts';
import {
  CONNECT_LIMIT,
  nextWake,
  RESTART_DELAYS,
  step,
  wantsTunnel,
} from '../../../backend/src/monitor/links.ts';
import type { TunnelEvent } from '../../../backend/src/openvpn/log.ts';
import { FALLBACK_AFTER, isCarrying } from '../../../backend/src/plan/plan.ts';
import { configOf, wanOf, wansOf } from '../../fakes/config.ts';

const config = configOf(2);

/** Plays events at their times; returns the links at the end. */
function play(events: [time: number, event: LinkEvent][], from: Links = new Map()): Links {
  return events.reduce((links, [time, event]) => step(links, event, time), from);
}

const log = (event: TunnelEvent, link = 'link0'): LinkEvent => ({ type: 'log', link, event });
const wans: LinkEvent = { type: 'wans', config, wans: wansOf(2) };
const started: [number, LinkEvent][] = [
  [0, { type: 'config', config, running: true }],
  [10, wans],
];
const connected = play([...started, [1000, log({ kind: 'connected' })]]);
const phase = (links: Links, name = 'link0'): string | undefined => links.get(name)?.phase;

describe('a link', () => {
  it('waits for its WAN, connects, and is up', () => {
    expect(phase(play(started.slice(0, 1)))).toBe('waiting');
    expect(phase(play(started))).toBe('connecting');
    expect(phase(connected)).toBe('up');
    expect(connected.get('link0')?.since).toBe(1000);
  });

  it('says why it waits', () => {
    const wan = { ...wanOf(0), up: false, reason: 'it is down' };
    const links = play([
      ...started,
      [20, { type: 'wans', config, wans: new Map([['wan0', wan]]) }],
    ]);
    expect(links.get('link0')).toMatchObject({ phase: 'waiting', wanReason: 'it is down' });
    expect(links.get('link1')?.wanReason).toBe('there is no such interface');
  });

  it('is down when its peer is lost, and up again', () => {
    const lost = play(
      [[5000, log({ kind: 'lost', reason: 'ping-restart', text: 'ping-restart' })]],
      connected,
    );
    expect(phase(lost)).toBe('down');
    expect(phase(play([[9000, log({ kind: 'connected' })]], lost))).toBe('up');
  });

  it('is down after a while when it never connects', () => {
    const links = play(started);
    const due = nextWake(links, 20);
    expect(due).toBe(10 + CONNECT_LIMIT);
    expect(phase(play([[10 + CONNECT_LIMIT, { type: 'time' }]], links))).toBe('down');
  });

  it('leaves the other link alone', () => {
    const links = play([[2000, { type: 'exited', link: 'link0' }]], connected);
    expect(links.get('link1')).toEqual(connected.get('link1'));
  });

  it('waits longer before each further start of a tunnel that ends by itself', () => {
    let links = connected;
    const waits: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      links = play([[10_000, { type: 'exited', link: 'link0' }]], links);
      waits.push((links.get('link0')?.holdUntil ?? 0) - 10_000);
    }
    expect(waits).toEqual([...RESTART_DELAYS, 60_000, 60_000]);
    const link = links.get('link0');
    expect(link && wantsTunnel(link, 10_001)).toBe(false);
    expect(link && wantsTunnel(link, 10_000 + 60_000)).toBe(true);
    expect(nextWake(links, 10_000)).toBeLessThanOrEqual(70_000);
  });

  it('forgets its failures once it is connected', () => {
    const links = play(
      [
        [2000, { type: 'exited', link: 'link0' }],
        [4000, log({ kind: 'connected' })],
      ],
      connected,
    );
    expect(links.get('link0')).toMatchObject({ failures: 0, phase: 'up' });
  });

  it('is parked by the user, and brought back', () => {
    const parked = play([[3000, { type: 'user', link: 'link0', action: 'down' }]], connected);
    expect(phase(parked)).toBe('parked');
    const link = parked.get('link0');
    expect(link && wantsTunnel(link, 3000)).toBe(false);
    const back = play([[4000, { type: 'user', link: 'link0', action: 'up' }]], parked);
    expect(phase(back)).toBe('connecting');
  });

  it('hears no late word of the tunnel it was parked with', () => {
    const parked = play([[3000, { type: 'user', link: 'link0', action: 'down' }]], play(started));
    const late = play([[3100, log({ kind: 'connected' })]], parked);
    const back = play([[4000, { type: 'user', link: 'link0', action: 'up' }]], late);
    expect(phase(back)).toBe('connecting');
  });

  it('reconnects: no tunnel is wanted for a moment', () => {
    const links = play([[3000, { type: 'user', link: 'link0', action: 'reconnect' }]], connected);
    const link = links.get('link0');
    expect(link && wantsTunnel(link, 3000)).toBe(false);
    expect(link && wantsTunnel(link, 4000)).toBe(true);
  });

  it('keeps what OpenVPN complained of until it connects', () => {
    const links = play(
      [[2000, log({ kind: 'fingerprint-mismatch', got: 'AB:CD' })]],
      play(started),
    );
    expect(links.get('link0')?.complaint).toMatchObject({ code: 'peer-fingerprint' });
    expect(phase(links)).toBe('down');
    const fine = play([[3000, log({ kind: 'connected' })]], links);
    expect(fine.get('link0')?.complaint).toBeNull();
  });

  it('keeps the reason why OpenVPN ended, not its last word', () => {
    const ends = (text: string): LinkEvent => log({ kind: 'exiting', text, fatal: true });
    const links = play([
      ...started,
      [2000, ends('Cannot load private key file')],
      [2001, ends('Exiting due to fatal error')],
    ]);
    expect(links.get('link0')?.complaint?.text).toContain('Cannot load private key file');
    const bare = play([...started, [2000, ends('Exiting due to fatal error')]]);
    expect(bare.get('link0')?.complaint?.code).toBe('tunnel-ended');
  });

  it('keeps what it knows when the configuration is read again, and goes when it is taken out', () => {
    const one = configOf(1);
    const links = play([[5000, { type: 'config', config: one, running: true }]], connected);
    expect([...links.keys()]).toEqual(['link0']);
    expect(links.get('link0')).toEqual(connected.get('link0'));
  });

  it('is disabled by its option', () => {
    const off = structuredClone(config);
    const [first] = off.links;
    if (first) first.enabled = false;
    expect(phase(play([[5000, { type: 'config', config: off, running: true }]], connected))).toBe(
      'disabled',
    );
  });
});

describe('carrying', () => {
  it('lasts a moment longer than the last link, then falls back', () => {
    expect(isCarrying(connected, 1000)).toBe(true);
    const lost = play([[5000, { type: 'exited', link: 'link0' }]], connected);
    expect(isCarrying(lost, 5000 + FALLBACK_AFTER - 1)).toBe(true);
    expect(isCarrying(lost, 5000 + FALLBACK_AFTER)).toBe(false);
    expect(isCarrying(play(started), 20)).toBe(false);
  });
});
