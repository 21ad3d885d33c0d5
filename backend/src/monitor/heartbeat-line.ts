import { type Figures, newFigures } from './heartbeat-figures.ts';
import { newTraffic, type Traffic } from './heartbeat-traffic.ts';
import type { TunnelCounts } from './heartbeats.ts';
import { askAnew, newPath, type PathMtu } from './path-mtu.ts';

/** What a link's heartbeats need to know of it. */
export interface LineConfig {
  name: string;
  /** On the wire: the server's UDP port of this link's tunnel. */
  id: number;
  /** How far apart this end wants its heartbeats, ms. */
  interval: number;
  /** It is worse than the user allows: nothing is sent through it, and the peer is told. */
  out: boolean;
  /** Bytes of the largest packet that its tunnel sends, with all headers; not there: it is not asked for. */
  largest?: number;
}

/** The newest genuine heartbeat of a line. */
export interface Heard {
  seq: number;
  /** By the peer's clock, 0.1 ms. */
  sent: number;
  /** Which of ours the peer had heard last, by our clock, 0.1 ms; 0: none. */
  echo: number;
  /** By ours, ms. */
  at: number;
  /** It was read when it came: no late timer of ours lies in between. */
  prompt: boolean;
  hears: boolean;
  out: boolean;
  /** How much longer our way there is than by the quickest line, 0.1 ms. */
  behind: number;
  /** How many have come, with this one. */
  number: number;
  /** The tunnel's counters when it came. */
  counts: TunnelCounts | null;
  /** Packets that came out of the tunnel in the interval before it; 0: it is not known. */
  carried: number;
}

/** One link's heartbeats. Changed in place: ten times a second for each link on a slow router. */
export interface Line {
  config: LineConfig;
  /** How far apart the peer wants them, ms; null: not heard yet. */
  peerInterval: number | null;
  /** How far apart the peer's come, ms: after a change of ours until it has heard of that, the old one. */
  expected: number;
  /** When `config.interval` was last changed, by our clock in 0.1 ms; null: the peer has heard of it. */
  changed: number | null;
  /** Number of the last one sent; goes on for as long as the key is used. */
  seq: number;
  nextSend: number;
  /** The next one asks for an answer at once. */
  ask: boolean;
  heard: Heard | null;
  /** It was heard since its tunnel connected. */
  known: boolean;
  /** The peer said, since the tunnel connected, that it hears us. */
  wasHeard: boolean;
  /** When the peer sent on other lines, after the last that was heard here: 0.1 ms of its clock. */
  marks: number[];
  /** We do not hear it, by the marks. */
  missing: boolean;
  /** It carries nothing, as far as heartbeats can tell. */
  dead: boolean;
  /** Times of the last deaths, ms. */
  deaths: number[];
  /** Good ones in a row while it is dead, and when the first of them came. */
  streak: { count: number; from: number };
  /** Since when it has been good again, while it is dead. */
  goodSince: number | null;
  /** The tunnel's counters when they were last read. */
  counts: TunnelCounts | null;
  /** When that was, ms. */
  readAt: number;
  /** When a packet has come out of the tunnel last, as far as the counters tell, ms. */
  deliveredAt: number;
  /** When an answer at once was last given, and asked for, ms. */
  answeredAt: number;
  askedAt: number;
  figures: Figures;
  traffic: Traffic;
  /** The largest packet that comes through from here. */
  path: PathMtu;
  /** The newest probe of the peer's that came: bytes with all headers, ms; null: none. */
  probe: { size: number; at: number } | null;
}

/** A line of which nothing is known; its first heartbeat goes at once. */
export function newLine(config: LineConfig, now: number): Line {
  return {
    config,
    peerInterval: null,
    expected: config.interval,
    changed: null,
    seq: 0,
    nextSend: now,
    ask: false,
    heard: null,
    known: false,
    wasHeard: false,
    marks: [],
    missing: false,
    dead: false,
    deaths: [],
    streak: { count: 0, from: now },
    goodSince: null,
    counts: null,
    readAt: Number.NEGATIVE_INFINITY,
    deliveredAt: Number.NEGATIVE_INFINITY,
    answeredAt: Number.NEGATIVE_INFINITY,
    askedAt: Number.NEGATIVE_INFINITY,
    figures: newFigures(),
    traffic: newTraffic(),
    path: newPath(),
    probe: null,
  };
}

/** How far apart both ends send on this line, ms. */
export function intervalOf(line: Line): number {
  return Math.max(line.config.interval, line.peerInterval ?? 0);
}

/**
 * Forgets what was judged of the line, for its tunnel is another now. Its heartbeats' numbers go on, or
 * old ones could be played to us again. Whether it is heard is a fact of the line: to call it unheard
 * would make the peer take it out. How often it died is remembered as well.
 */
export function forget(line: Line): void {
  line.known = false;
  line.wasHeard = false;
  line.dead = false;
  line.goodSince = null;
  line.counts = null;
  line.figures = newFigures();
  line.traffic = newTraffic();
  line.probe = null;
  askAnew(line.path);
}

/** Forgets the numbers, for the key is another now: whether it is dead stays, the line is the same. */
export function renew(line: Line, now: number): void {
  const { dead } = line;
  forget(line);
  line.dead = dead;
  line.streak = { count: 0, from: now };
  line.seq = 0;
  line.heard = null;
  line.missing = false;
  line.marks = [];
  line.nextSend = now;
}

/** A moment by our clock as heartbeats tell it: 0.1 ms, mod 2^32, never 0. */
export function ticksOf(now: number): number {
  return Math.round(now * 10) >>> 0 || 1;
}

/** `later` - `earlier` of one clock of 0.1 ms, in ms; right within two days. */
export function between(earlier: number, later: number): number {
  return ((later - earlier) | 0) / 10;
}
