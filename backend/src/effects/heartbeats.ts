import { type Problem, problem } from '../errors.ts';
import { goodbyes, takeGoodbye } from '../monitor/heartbeat-goodbye.ts';
import { hear } from '../monitor/heartbeat-hear.ts';
import {
  decodeHeartbeat,
  encodeHeartbeat,
  type HeartbeatPacket,
  linkOf,
} from '../monitor/heartbeat-packet.ts';
import { samplesOf, stateOf } from '../monitor/heartbeat-report.ts';
import {
  lineOf,
  newKey,
  newSession,
  newVerdicts,
  resetLine,
  type Session,
  setLines,
} from '../monitor/heartbeat-session.ts';
import { tick } from '../monitor/heartbeat-tick.ts';
import type { HeartbeatState, LineSample, TunnelCounts, Verdict } from '../monitor/heartbeats.ts';
import { isGenuine, prove } from './heartbeat-proof.ts';
import { openWays, type Place } from './heartbeat-ways.ts';
import { openCounts } from './tunnel-counts.ts';

/** One link that has heartbeats: its tunnel is connected. */
export interface HeartbeatLink {
  name: string;
  /** On the wire: the server's UDP port of this link's tunnel. */
  id: number;
  /** Between two of ours, ms; the larger one of both ends counts. */
  interval: number;
  /** Router: the WAN's address, that the socket is bound to. Server: null. */
  localAddress: string | null;
  /** Router: the address that the tunnel connected to (never a name), and the heartbeat port. Server: null. */
  server: { address: string; port: number } | null;
  /** The tunnel device, whose counters are told. */
  device: string;
  /** It is worse than the user allows: nothing is sent through it here, and the peer is told. */
  out?: boolean;
  /** Bytes of the largest packet that its tunnel sends, with all headers; not there: it is not asked for. */
  largest?: number;
}

/** All that heartbeats need to know; handed over whole each time. `key: null`: off, nothing runs. */
export interface HeartbeatConfig {
  key: Uint8Array | null;
  /** Server: UDP port to listen on. */
  port: number;
  /** Server: address to listen on; all by default. */
  address?: string;
  /**
   * Only links whose tunnel is connected. One that is left out is forgotten; one that is new is
   * `unknown` until it is heard.
   */
  links: readonly HeartbeatLink[];
  /** Numbers on the wire of links whose tunnel is not there: the peer is told of one that was. */
  ended?: readonly number[];
}

/** Heartbeats of this end. */
export interface Heartbeats {
  /** Gives the whole configuration anew; the same one changes nothing. */
  set(config: HeartbeatConfig): void;
  /** A link's tunnel has connected anew, or its WAN has changed: it is `unknown` again. */
  reset(link: string): void;
  /** Is called at each change of a verdict, within the event loop's turn that found it. */
  onVerdict(callback: (link: string, verdict: Verdict) => void): void;
  /** Figures of all links; call it once a second. */
  samples(): LineSample[];
  /** Null: this link has no heartbeats. */
  state(link: string): HeartbeatState | null;
  /** What keeps heartbeats from running now. */
  problems(): readonly Problem[];
  close(): void;
}

/** What the caller brings. */
export interface HeartbeatsInput {
  role: 'router' | 'server';
  /** Monotonic clock, ms with fractions; `performance.now()` by default. */
  now?: () => number;
  log: (text: string) => void;
  /** Counters of a device; `/proc/net/dev` by default. */
  counts?: (device: string) => TunnelCounts | null;
}

/** Proofs that are looked at in a second, of those that do not come from where the peer was. */
const STRANGERS = 100;

/** Starts nothing until `set` brings a key. */
export function openHeartbeats(input: HeartbeatsInput): Heartbeats {
  const { role, log } = input;
  const now = input.now ?? (() => performance.now());
  const proc = openCounts();
  const ofDevice = input.counts ?? ((device: string) => proc.read(device, now()));
  const devices = new Map<string, string>();
  const countsOf = (link: string): TunnelCounts | null => ofDevice(devices.get(link) ?? '');
  const session: Session = newSession(role);
  const strangers = { second: 0, count: 0 };
  let config: HeartbeatConfig = { key: null, port: 0, links: [] };
  let tell: (link: string, verdict: Verdict) => void = () => {};
  let timer: NodeJS.Timeout | null = null;
  let armed = Number.POSITIVE_INFINITY;

  const arm = (): void => {
    if (session.due === armed && timer !== null) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    armed = session.due;
    if (config.key === null || !Number.isFinite(armed)) return;
    timer = setTimeout(turn, Math.max(0, Math.ceil(armed - now())));
    timer.unref();
  };
  const settle = (): void => {
    for (const { link, verdict } of newVerdicts(session)) tell(link, verdict);
    arm();
  };
  const send = (via: number, packet: HeartbeatPacket, key: Uint8Array): void => {
    const bytes = encodeHeartbeat(packet, packet.size);
    prove(bytes, key, role === 'router' ? 'up' : 'down');
    ways.send(via, bytes);
  };
  const turn = (): void => {
    timer = null;
    const { key } = config;
    if (key === null) return;
    for (const packet of tick(session, countsOf, now())) send(packet.link, packet, key);
    for (const { via, packet } of goodbyes(session, now())) send(via, packet, key);
    settle();
  };
  const mayAsk = (known: boolean): boolean => {
    if (known) return true;
    const second = Math.floor(now() / 1000);
    if (second !== strangers.second) Object.assign(strangers, { second, count: 0 });
    strangers.count += 1;
    return strangers.count <= STRANGERS;
  };
  /** What the peer says; null: it is not its, or of no link of ours. */
  const read = (bytes: Uint8Array, from: Place): HeartbeatPacket | null => {
    const { key } = config;
    const id = linkOf(bytes);
    if (key === null || id === null || lineOf(session, id) === undefined) return null;
    // Who only makes work is not let have much of it.
    if (!mayAsk(ways.isKnown(id, from))) return null;
    return isGenuine(bytes, key, role === 'router' ? 'down' : 'up') ? decodeHeartbeat(bytes) : null;
  };
  const ways = openWays(role, log, (bytes, from) => {
    const packet = read(bytes, from);
    if (packet === null) return;
    // It came by another line: where from says nothing of this one.
    if (packet.gone) takeGoodbye(session, packet, now());
    else if (!hear(session, packet, countsOf, now())) return;
    else ways.learn(packet.link, from);
    settle();
  });
  const stop = (): void => {
    setLines(session, [], now());
    newKey(session, now());
    ways.set(null);
    const told = [...session.told.keys()];
    session.told.clear();
    for (const link of told) tell(link, 'unknown');
  };
  const sameKey = (one: Uint8Array | null, other: Uint8Array | null): boolean =>
    one !== null && other !== null && Buffer.compare(one, other) === 0;

  return {
    set(next) {
      const before = config;
      config = next;
      if (next.key === null) stop();
      else {
        devices.clear();
        for (const { name, device } of next.links) devices.set(name, device);
        const lines = next.links.map(({ name, id, interval, out = false, largest }) => {
          return { name, id, interval, out, ...(largest !== undefined && { largest }) };
        });
        setLines(session, lines, now(), next.ended);
        const moved = ways.set(next);
        for (const link of moved) resetLine(session, link);
        if (!sameKey(before.key, next.key)) newKey(session, now());
      }
      settle();
    },
    reset(link) {
      resetLine(session, link);
      settle();
    },
    onVerdict(callback) {
      tell = callback;
    },
    samples: () => samplesOf(session, countsOf, now()),
    state: (link) => stateOf(session, link, now()),
    problems() {
      const reason = role === 'server' ? ways.failure() : null;
      if (reason === null) return [];
      return [problem('heartbeat-port', 'heartbeats', { port: String(config.port), reason })];
    },
    close() {
      config = { key: null, port: 0, links: [] };
      tell = () => {};
      stop();
      arm();
      proc.close();
    },
  };
}
