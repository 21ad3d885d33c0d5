import type { Config } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import { problem } from '../errors.ts';
import type { Wans } from '../facts/wans.ts';
import { LAST_WORD, type TunnelEvent } from '../openvpn/log.ts';

/**
 * `waiting`: its WAN is not up; `parked`: taken out by the user, or because it would hurt; `down`: it
 * was up, or should be by now, or its heartbeats say that the line is dead though the tunnel stands.
 */
export type LinkPhase = 'disabled' | 'waiting' | 'connecting' | 'up' | 'parked' | 'down';

/** What is known of one link. Times are the daemon's monotonic clock, ms. */
export interface LinkState {
  name: string;
  phase: LinkPhase;
  /** When `phase` last changed. */
  since: number;
  /** The user took it out. */
  parked: boolean;
  /** Why its WAN cannot be used, or null when it can. */
  wanReason: string | null;
  /** When its tunnel began to connect; null while there is no tunnel to expect. */
  connectingSince: number | null;
  connected: boolean;
  /** When its tunnel last connected; null: never. */
  connectedAt: number | null;
  /** Its heartbeats say that the line is dead, whatever its tunnel says; only while that is connected. */
  silent: boolean;
  /** Why it was taken out by itself: it would hurt the others. Its tunnel goes on. */
  parkedFor: Problem | null;
  /** It has been up since its WAN came up. */
  wasUp: boolean;
  /** Address and port the other end speaks from, once seen. */
  peer: string | null;
  /** How often in a row the tunnel process ended by itself. */
  failures: number;
  /** No tunnel is started before this time. */
  holdUntil: number;
  /** What OpenVPN last complained of. */
  complaint: Problem | null;
}

/** All links by name. */
export type Links = ReadonlyMap<string, LinkState>;

/** Something that happened to the links. */
export type LinkEvent =
  /** `running`: false after `stop`; every link is then disabled. */
  | { type: 'config'; config: Config; running: boolean }
  | { type: 'wans'; config: Config; wans: Wans }
  | { type: 'log'; link: string; event: TunnelEvent }
  | { type: 'started'; link: string }
  | { type: 'exited'; link: string }
  | { type: 'user'; link: string; action: 'up' | 'down' | 'reconnect' }
  /** The verdict of the heartbeats on a line. */
  | { type: 'heartbeat'; link: string; silent: boolean }
  /** Why a link that works is better left out; null: it is not. */
  | { type: 'quality'; link: string; problem: Problem | null }
  | { type: 'time' };

/** A tunnel that has not connected after this time counts as down (ms): two handshakes of OpenVPN. */
export const CONNECT_LIMIT = 30_000;

/** How long a link that is connected anew goes without a tunnel, ms. */
export const RECONNECT_PAUSE = 500;

/** Waits before a tunnel that ended by itself is started again (ms), by the number of failures. */
export const RESTART_DELAYS: readonly number[] = [1_000, 2_000, 5_000, 15_000, 60_000];

/** The links after `event` at time `now`. Pure: the same input gives the same links. */
export function step(links: Links, event: LinkEvent, now: number): Links {
  return inNeed(changed(links, event, now), now);
}

/** Where nothing is up, a line that would hurt the others is better than none. */
function inNeed(links: Links, now: number): Links {
  const all = [...links.values()];
  if (all.some(({ phase }) => phase === 'up')) return links;
  const spare = all.filter((link) => link.phase === 'parked' && !link.parked);
  if (spare.length === 0) return links;
  const back = spare.map((link) => settle({ ...link, parkedFor: null }, true, now));
  return new Map([...links, ...back.map((link) => [link.name, link] as const)]);
}

function changed(links: Links, event: LinkEvent, now: number): Links {
  switch (event.type) {
    case 'config':
      return configure(links, event.config, event.running, now);
    case 'wans':
      return mapLinks(links, now, (link) => withWan(link, event.config, event.wans, now));
    case 'log':
      return mapOne(links, event.link, now, (link) => withLog(link, event.event, now));
    case 'started':
      return mapOne(links, event.link, now, (link) => ({
        ...link,
        connected: false,
        connectingSince: now,
      }));
    case 'exited':
      return mapOne(links, event.link, now, (link) => withExit(link, now));
    case 'user':
      return mapOne(links, event.link, now, (link) => withUser(link, event.action, now));
    case 'heartbeat':
      return mapOne(links, event.link, now, (link) => ({ ...link, silent: event.silent }));
    case 'quality':
      return mapOne(links, event.link, now, (link) => ({ ...link, parkedFor: event.problem }));
    case 'time':
      return mapLinks(links, now, (link) => link);
  }
}

/** When `step` should be called with `time` next, or null: nothing is waiting for time to pass. */
export function nextWake(links: Links, now: number): number | null {
  const times: number[] = [];
  for (const link of links.values()) {
    if (link.holdUntil > now) times.push(link.holdUntil);
    if (link.phase === 'connecting' && link.connectingSince !== null)
      times.push(link.connectingSince + CONNECT_LIMIT);
  }
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * Whether a tunnel process should run for this link. That of a silent line or of one that would hurt
 * goes on: it is how the link comes back at once.
 */
export function wantsTunnel(link: LinkState, now: number): boolean {
  const wanted = link.phase === 'parked' ? !link.parked : TUNNELLED.includes(link.phase);
  return wanted && link.holdUntil <= now;
}

const TUNNELLED: readonly LinkPhase[] = ['connecting', 'up', 'down'];

function configure(links: Links, config: Config, running: boolean, now: number): Links {
  const next = new Map<string, LinkState>();
  for (const link of config.links) {
    const enabled = link.enabled && config.enabled && running;
    const before = links.get(link.name);
    // What was known of a link that is switched off is of no use when it is switched on again.
    const fresh = { ...newLink(link.name, now), since: before?.since ?? now };
    const known = enabled && before !== undefined && before.phase !== 'disabled' ? before : fresh;
    const wanReason = link.interface === null ? null : known.wanReason;
    next.set(
      link.name,
      settle({ ...known, wanReason, phase: before?.phase ?? known.phase }, enabled, now),
    );
  }
  return next;
}

function newLink(name: string, now: number): LinkState {
  return {
    name,
    phase: 'waiting',
    since: now,
    parked: false,
    wanReason: 'nothing is known of it yet',
    connectingSince: null,
    connected: false,
    connectedAt: null,
    silent: false,
    parkedFor: null,
    wasUp: false,
    peer: null,
    failures: 0,
    holdUntil: 0,
    complaint: null,
  };
}

function withWan(link: LinkState, config: Config, wans: Wans, now: number): LinkState {
  const name = config.links.find((entry) => entry.name === link.name)?.interface;
  if (name === undefined || name === null) return { ...link, wanReason: null };
  const wan = wans.get(name);
  const wanReason = wan === undefined ? 'there is no such interface' : wan.reason;
  if (wanReason !== null) {
    const lost = { connected: false, wasUp: false, parkedFor: null, connectingSince: null };
    return { ...link, wanReason, ...lost };
  }
  return { ...link, wanReason, connectingSince: link.connectingSince ?? now };
}

function withLog(link: LinkState, event: TunnelEvent, now: number): LinkState {
  switch (event.kind) {
    case 'peer-connected':
      return { ...link, peer: event.address, complaint: null };
    case 'connected':
      // The last word of a tunnel that is being taken out.
      if (link.parked) return link;
      return { ...link, ...CONNECTED, connectedAt: now, failures: 0, complaint: null };
    case 'lost':
      return {
        ...link,
        connected: false,
        connectingSince: link.connected ? now : link.connectingSince,
      };
    case 'exiting':
      return {
        ...link,
        connected: false,
        complaint: isReason(event, link)
          ? complain('tunnel-ended', link, { reason: event.text })
          : link.complaint,
      };
    case 'fingerprint-mismatch':
      return { ...link, complaint: complain('peer-fingerprint', link, { got: event.got }) };
    case 'options-error':
      return { ...link, complaint: complain('openvpn-options', link, { reason: event.text }) };
    case 'unresolved':
      return { ...link, complaint: complain('server-unresolved', link, { server: event.host }) };
    default:
      return link;
  }
}

/** What was silent was the connection before. */
const CONNECTED = { connected: true, silent: false, wasUp: true } as const;

/** Whether it says why: the last word only stands in where nothing better was said. */
function isReason(event: { fatal: boolean; text: string }, link: LinkState): boolean {
  return event.fatal && (event.text !== LAST_WORD || link.complaint === null);
}

function complain<
  C extends 'peer-fingerprint' | 'openvpn-options' | 'server-unresolved' | 'tunnel-ended',
>(code: C, link: LinkState, args: Parameters<typeof problem<C>>[2]): Problem {
  return problem(code, `link '${link.name}'`, args);
}

function withExit(link: LinkState, now: number): LinkState {
  const delay = RESTART_DELAYS[Math.min(link.failures, RESTART_DELAYS.length - 1)] ?? 0;
  return {
    ...link,
    connected: false,
    connectingSince: link.connectingSince === null ? null : now,
    failures: link.failures + 1,
    holdUntil: now + delay,
  };
}

function withUser(link: LinkState, action: 'up' | 'down' | 'reconnect', now: number): LinkState {
  const fresh = { ...link, failures: 0, holdUntil: 0, complaint: null, parkedFor: null };
  switch (action) {
    case 'up':
      // One that is connected all the same was parked because it would hurt: its tunnel goes on.
      return { ...fresh, parked: false, connectingSince: now };
    case 'down':
      return { ...link, parked: true, connected: false, parkedFor: null };
    case 'reconnect':
      // No tunnel is wanted for a moment, so the running one ends and a new one starts.
      return {
        ...fresh,
        parked: false,
        connected: false,
        connectingSince: now,
        holdUntil: now + RECONNECT_PAUSE,
      };
  }
}

function mapLinks(links: Links, now: number, change: (link: LinkState) => LinkState): Links {
  const next = new Map<string, LinkState>();
  for (const [name, link] of links)
    next.set(name, settle(change(link), link.phase !== 'disabled', now));
  return next;
}

function mapOne(
  links: Links,
  name: string,
  now: number,
  change: (link: LinkState) => LinkState,
): Links {
  const link = links.get(name);
  if (link === undefined) return links;
  return new Map(links).set(name, settle(change(link), link.phase !== 'disabled', now));
}

/** Derives the phase from everything else, and notes when it changed. */
function settle(link: LinkState, enabled: boolean, now: number): LinkState {
  const begins = link.wanReason === null && link.connectingSince === null;
  const started = {
    ...link,
    connectingSince: begins ? now : link.connectingSince,
    // Without a connection the tunnel's own state says all there is to say.
    silent: link.silent && link.connected,
  };
  const phase = phaseOf(started, enabled, now);
  return phase === link.phase ? started : { ...started, phase, since: now };
}

function phaseOf(link: LinkState, enabled: boolean, now: number): LinkPhase {
  if (!enabled) return 'disabled';
  if (link.parked) return 'parked';
  if (link.wanReason !== null) return 'waiting';
  if (link.connected && link.silent) return 'down';
  if (link.connected) return link.parkedFor === null ? 'up' : 'parked';
  // Also one that was out because it would hurt, and is lost now.
  if (['up', 'down'].includes(link.phase) || link.parkedFor !== null) return 'down';
  const began = link.connectingSince ?? now;
  return now - began >= CONNECT_LIMIT || link.complaint !== null ? 'down' : 'connecting';
}
