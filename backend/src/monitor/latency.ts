import { tenth } from './tenth.ts';

/**
 * Round trip, jitter and loss of a line, from the lines that a long-lived `ping` prints. A probe that
 * is lost prints nothing in either dialect, so how many have been sent is counted by the clock.
 */

/** One line's figures; null: not measured. */
export interface LineFigures {
  /** Median of the last replies, ms. */
  latency: number | null;
  /** Mean difference between successive round trips, ms. */
  jitter: number | null;
  /** Percent, 0 to 100. */
  packetloss: number | null;
}

/** Where nothing is measured. */
export const NO_FIGURES: LineFigures = { latency: null, jitter: null, packetloss: null };

/** A reply: number of the probe (16 bits, from 0 or 1, around and around), round trip in ms. */
export interface Reply {
  seq: number;
  rtt: number;
}

/** What one `ping` has brought. Times are the daemon's monotonic clock, ms. */
export interface PingWindow {
  /** Between two probes, ms. */
  readonly period: number;
  /** A probe and when it was sent; before the first reply, the first one, called 0. */
  readonly anchor: { readonly seq: number; readonly sent: number };
  /** Number of the first probe; it is known with the first reply. */
  readonly first: number;
  /** Round trips by number, of the last WINDOW probes. */
  readonly replies: ReadonlyMap<number, number>;
  /** The server has answered at some time. */
  readonly heard: boolean;
}

/** Probes that figures are made of: one lost is 3 %. */
export const WINDOW = 30;

/** A probe without a reply is lost after this time, ms; a full LTE line takes seconds for some. */
export const LATE = 5_000;

/** Replies that the latency is the median of: new within some probes, blind to one that was late. */
const LATEST = 5;

/** Replies among so many last probes count for the latency: a line that has died has none soon. */
const RECENT = 5;

/** Fewer probes than this make no percentage. */
const FEWEST = 3;

/** A longer round trip is a clock that was set meanwhile (iputils goes by the wall clock), ms. */
const LONGEST = 60_000;

/** iputils prints `icmp_seq=`, BusyBox `seq=`; both leave `time=` out of a packet too short for it. */
const REPLY =
  /^\d+ bytes from \S+(?: \(\S+\))?: (?:icmp_)?seq=(\d{1,5}) .*\btime=(\d{1,9}(?:\.\d{1,6})?) ms/;

/** Reads one line of ping's output; null where it is no reply. */
export function parseReply(line: string): Reply | null {
  const found = REPLY.exec(line);
  if (found === null) return null;
  const [seq, rtt] = [Number(found[1]), Number(found[2])];
  return seq <= 0xffff && rtt < LONGEST ? { seq, rtt } : null;
}

/** The window of a ping that was started at `now` with this time between probes (ms). */
export function newWindow(period: number, now: number): PingWindow {
  return { period, anchor: { seq: 0, sent: now }, first: 0, replies: new Map(), heard: false };
}

/** The window after a reply that was read at `now`. A second reply to one probe changes nothing. */
export function withReply(window: PingWindow, reply: Reply, now: number): PingWindow {
  const sent = now - reply.rtt;
  const seq = window.heard ? unwrapped(reply.seq, window.anchor.seq) : reply.seq;
  if (window.replies.has(seq)) return window;
  const missed = Math.max(0, Math.round((sent - window.anchor.sent) / window.period));
  const first = window.heard ? window.first : Math.max(0, seq - missed);
  // An older probe's late reply says nothing new of when probes are sent.
  const anchor = window.heard && seq < window.anchor.seq ? window.anchor : { seq, sent };
  const kept = [...window.replies].filter(([known]) => known > anchor.seq - WINDOW);
  return { ...window, anchor, first, replies: new Map([...kept, [seq, reply.rtt]]), heard: true };
}

/** The number without its wrapping at 65536, next to one that is known. */
function unwrapped(seq: number, near: number): number {
  const ahead = (((seq - near) % 0x10000) + 0x10000) % 0x10000;
  return near + (ahead < 0x8000 ? ahead : ahead - 0x10000);
}

/**
 * The figures at `now`. `answers`: the server is known to answer pings, on this line or on another;
 * where it is not, silence proves nothing and there is no loss to show.
 */
export function figuresOf(window: PingWindow, now: number, answers: boolean): LineFigures {
  const { anchor, period, replies } = window;
  const last = anchor.seq + Math.max(0, Math.floor((now - anchor.sent) / period));
  const from = Math.max(window.first, last - WINDOW + 1);
  const roundTrips: number[] = [];
  let judged = 0;
  let recent = 0;
  for (let seq = from; seq <= last; seq += 1) {
    const rtt = replies.get(seq);
    const sent = anchor.sent + (seq - anchor.seq) * period;
    if (rtt !== undefined) roundTrips.push(rtt);
    if (rtt !== undefined && seq > last - RECENT) recent += 1;
    if (rtt !== undefined || now - sent >= LATE) judged += 1;
  }
  const lost = judged - roundTrips.length;
  return {
    latency: recent === 0 ? null : tenth(median(roundTrips.slice(-Math.min(recent, LATEST)))),
    jitter: roundTrips.length < FEWEST ? null : tenth(jitterOf(roundTrips)),
    packetloss: judged < FEWEST || !answers ? null : tenth((100 * lost) / judged),
  };
}

/** The mean of what RFC 3550 (6.4.1) smooths: over 30 probes there is nothing to smooth. */
function jitterOf(roundTrips: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < roundTrips.length; i += 1)
    sum += Math.abs((roundTrips[i] ?? 0) - (roundTrips[i - 1] ?? 0));
  return sum / (roundTrips.length - 1);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
