import { createHash, randomBytes } from 'node:crypto';
import type { Config, Role } from '../config/types.ts';
import { openPeerSocket, type PeerPath, type PeerSocket } from '../effects/peer-socket.ts';
import type { Problem } from '../errors.ts';
import type { Links } from '../monitor/links.ts';
import { comparePeers, contentOf, foreignPeer } from '../monitor/peer-compare.ts';
import {
  formatPeerMessage,
  type PeerContent,
  type PeerLink,
  type PeerMessage,
  parsePeerMessage,
  stampOf,
} from '../monitor/peer-messages.ts';
import { PEER_PORT } from '../plan/numbers.ts';

/** What the other end's daemon says of itself. */
export interface PeerInfo {
  version: string;
  driver: string | null;
  /** bytes */
  mtu: number;
  deviceType: string;
  /** UDP port of the heartbeats at the server, as the peer has it; 0: it sends none. */
  heartbeatPort: number;
  /** When it was last heard, ms of `now`. */
  heard: number;
}

/** The talk with the other end's daemon. */
export interface PeerChannel {
  /** What is so here now: to be called after each round, costs nothing when nothing has changed. */
  tell(config: Config | null, links: Links, driver: string | null): void;
  /** Key of the heartbeats, 32 bytes; null: no peer answers. */
  key(): Buffer | null;
  /** What the peer last told of its links, by port; stays when it has gone quiet. */
  links(): ReadonlyMap<number, PeerLink>;
  /** null: it was never heard. */
  info(): PeerInfo | null;
  /** What does not fit between the two ends. */
  problems(): Problem[];
  close(): void;
}

/** What a channel needs. */
export interface PeerOptions {
  version: string;
  /** Monotonic, ms. */
  now: () => number;
  /** Called when key, links, info (but for `heard`) or problems have changed. */
  changed: () => void;
  /** For tests. */
  port?: number;
  times?: Partial<typeof TIMES>;
}

/** In ms, but for `tries`. */
const TIMES = {
  /** Until the peer has seen our newest message, or for `tries` where nobody answers. */
  unseen: 1_000,
  tries: 30,
  /** After that. */
  seen: 10_000,
  /** Nothing heard for so long: what we say then asks for an answer. */
  quiet: 25_000,
  /** Nothing heard for so long: nobody is there. */
  gone: 60_000,
  /** Least time between two messages. */
  gap: 100,
};

/** What the peer said last, and when. */
interface Heard {
  message: PeerMessage;
  at: number;
}

/** Where we speak, and as what. */
interface Side {
  role: Role;
  ifname: string;
  path: PeerPath;
  socket: PeerSocket;
}

/** Starts the talk; nothing is sent before the first `tell` with a configuration. */
export function openPeer(options: PeerOptions): PeerChannel {
  const { version, now, changed, port = PEER_PORT } = options;
  const times = { ...TIMES, ...options.times };
  const random = randomBytes(16).toString('hex');
  let side: Side | null = null;
  let content: PeerContent | null = null;
  let serial = 0;
  let heard: Heard | null = null;
  let foreign: string | null = null;
  let sentAt = Number.NEGATIVE_INFINITY;
  let tries = 0;
  let isPressing = false;
  let timer: NodeJS.Timeout | null = null;

  const age = (): number => (heard === null ? Number.POSITIVE_INFINITY : now() - heard.at);
  const isSeen = (): boolean => heard?.message.seen === stampOf({ random, serial });

  const key = (): Buffer | null => {
    if (side === null || heard === null || age() >= times.gone) return null;
    const both = [random, heard.message.random];
    if (side.role === 'server') both.reverse();
    const bytes = Buffer.from(both.join(''), 'hex');
    return createHash('sha256').update(bytes).digest();
  };
  const problems = (): Problem[] => {
    if (side === null || content === null) return [];
    if (foreign !== null) return [foreignPeer(side.ifname, version, foreign)];
    return heard === null ? [] : comparePeers(side.ifname, content, heard.message);
  };
  const picture = (): string => {
    const { seen: _, ...told } = heard?.message ?? { seen: null };
    return JSON.stringify([told, key() !== null, problems()]);
  };
  let shown = picture();
  /** Tells the daemon when anything that it can ask for is no longer as it was. */
  const show = (): void => {
    const next = picture();
    if (next === shown) return;
    shown = next;
    changed();
  };

  const schedule = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (side === null) return;
    const isSettled = (isSeen() && age() < times.quiet) || tries >= times.tries;
    const rhythm = isSettled ? times.seen : times.unseen;
    const due = sentAt + (isPressing ? times.gap : rhythm);
    timer = setTimeout(tick, Math.max(0, due - now())).unref();
  };
  const sendSoon = (): void => {
    isPressing = true;
    tries = 0;
    schedule();
  };
  const tick = (): void => {
    if (side === null || content === null) return;
    const seen = heard !== null && age() < times.quiet ? stampOf(heard.message) : null;
    side.socket.send(formatPeerMessage({ ...content, random, serial, seen }));
    sentAt = now();
    isPressing = false;
    tries += 1;
    schedule();
    show();
  };

  const hear = (packet: Buffer): void => {
    const message = parsePeerMessage(packet);
    if (message === null) return;
    if ('foreign' in message) {
      foreign = message.version;
      show();
      return;
    }
    foreign = null;
    const before = heard?.message;
    const isOld = before?.random === message.random && before.serial > message.serial;
    heard = { message: isOld && before !== undefined ? before : message, at: now() };
    tries = 0;
    const isNew = before === undefined || stampOf(before) !== stampOf(heard.message);
    // It must learn that it was heard, or asks whether we are here; a hearing is not answered by itself.
    if (isNew || message.seen === null) sendSoon();
    else schedule();
    show();
  };

  const shut = (): void => {
    side?.socket.close();
    side = null;
    schedule();
  };
  /** Another address, another peer: what was heard is of no use. */
  const turnTo = ({ role, bond }: Config): void => {
    const path = { address: bond.address, peer: bond.peer, port };
    const isSame = JSON.stringify(side?.path) === JSON.stringify(path) && side?.role === role;
    if (side !== null && isSame) {
      side.ifname = bond.ifname;
      return;
    }
    shut();
    heard = null;
    foreign = null;
    side = { role, ifname: bond.ifname, path, socket: openPeerSocket(path, hear, sendSoon) };
    sendSoon();
  };

  return {
    tell(config, links, driver) {
      if (config === null) {
        shut();
        show();
        return;
      }
      turnTo(config);
      const next = contentOf(config, links, version, driver);
      if (JSON.stringify(next) === JSON.stringify(content)) return;
      content = next;
      serial += 1;
      sendSoon();
      show();
    },
    key,
    links: () => new Map(heard?.message.links.map((link) => [link.port, link])),
    info() {
      if (heard === null) return null;
      const { driver, mtu, deviceType, heartbeatPort, version: theirs } = heard.message;
      return { version: theirs, driver, mtu, deviceType, heartbeatPort, heard: heard.at };
    },
    problems,
    close: shut,
  };
}
