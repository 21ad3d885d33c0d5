import { goodbyes, takeGoodbye } from '../../../backend/src/monitor/heartbeat-goodbye.ts';
import { hear } from '../../../backend/src/monitor/heartbeat-hear.ts';
import type { HeartbeatPacket } from '../../../backend/src/monitor/heartbeat-packet.ts';
import {
  decodeHeartbeat,
  encodeHeartbeat,
  PACKET_HEADERS,
} from '../../../backend/src/monitor/heartbeat-packet.ts';
import { samplesOf } from '../../../backend/src/monitor/heartbeat-report.ts';
import {
  newKey,
  newSession,
  newVerdicts,
  resetLine,
  type Session,
  setLines,
} from '../../../backend/src/monitor/heartbeat-session.ts';
import { tick } from '../../../backend/src/monitor/heartbeat-tick.ts';
import type { LineSample, TunnelCounts, Verdict } from '../../../backend/src/monitor/heartbeats.ts';

/** Two ends, and lines between them that lose, delay and die; one step is a millisecond. */

export type End = 'router' | 'server';

/** One direction of a line. */
export interface Way {
  /** Of the propagation, ms. */
  delay: number;
  /** More delay, by chance, up to so much, ms; nothing overtakes. */
  jitter: number;
  /** Of heartbeats and of what the tunnel carries, 0 to 1. */
  loss: number;
  /** Packets in a second that the line carries; what is too much waits, up to `depth` ms, or is lost. */
  rate: number;
  depth: number;
  /** Packets of the tunnel in a second at this time, while its sender uses the line. */
  traffic: (time: number) => number;
  /** The longest that comes through, bytes with all headers. */
  mtu: number;
  cut: boolean;
  /** When it has carried all that it has taken, ms. */
  free: number;
  /** Under way, the next to arrive first. */
  flying: Flying[];
}

export interface LineInput {
  interval?: Partial<Record<End, number>>;
  /** What the tunnel sends at most, bytes with all headers. */
  largest?: number;
  up?: Partial<Way>;
  down?: Partial<Way>;
}

/** A verdict, as one end found it. */
export interface Found {
  time: number;
  end: End;
  link: string;
  verdict: Verdict;
}

interface Flying {
  arrives: number;
  packet: HeartbeatPacket | null;
  key: number;
}

interface Side {
  end: End;
  session: Session;
  key: number;
  counts: TunnelCounts[];
  /** What has arrived and was not read yet. */
  inbox: { packet: HeartbeatPacket; key: number }[];
  /** Does nothing before this time. */
  stalledUntil: number;
  running: boolean;
  /** Own clock = time * rate + offset. */
  clock: { offset: number; rate: number };
  sent: number;
}

/** A small generator: the same seed gives the same run. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function newWay(input: Partial<Way> = {}): Way {
  const rate = Number.POSITIVE_INFINITY;
  return {
    delay: 10,
    jitter: 0,
    loss: 0,
    rate,
    depth: 300,
    traffic: () => 0,
    mtu: Number.POSITIVE_INFINITY,
    cut: false,
    free: 0,
    flying: [],
    ...input,
  };
}

function arrived({ flying }: Way, time: number): Flying[] {
  const waiting = flying.findIndex(({ arrives }) => arrives > time);
  return flying.splice(0, waiting < 0 ? flying.length : waiting);
}

/** Makes two ends that have just got one key. */
export function twoEnds(inputs: readonly LineInput[], seed = 1, drift = 0) {
  const random = chance(seed);
  let time = 0;
  const lines = inputs.map((input) => ({ up: newWay(input.up), down: newWay(input.down) }));
  const found: Found[] = [];

  const newSide = (end: End): Side => {
    const session = newSession(end);
    const offset = end === 'router' ? 5_000 : 400_000_000;
    const clock = { offset, rate: end === 'router' ? 1 : 1 + drift };
    const counts = inputs.map(() => ({ rxPackets: 1, txPackets: 1, rxBytes: 0, txBytes: 0 }));
    return {
      end,
      session,
      key: 1,
      counts,
      inbox: [],
      stalledUntil: 0,
      running: true,
      clock,
      sent: 0,
    };
  };
  const sides: Record<End, Side> = { router: newSide('router'), server: newSide('server') };
  const clockOf = (side: Side): number => time * side.clock.rate + side.clock.offset;
  const configs = (side: Side) =>
    inputs.map((input, i) => ({
      name: `link${i}`,
      id: 1194 + i,
      interval: input.interval?.[side.end] ?? 100,
      out: false,
      ...(input.largest !== undefined && { largest: input.largest }),
    }));
  for (const side of Object.values(sides)) setLines(side.session, configs(side), clockOf(side));

  const fly = (side: Side, link: number, packet: HeartbeatPacket | null): void => {
    const way = lines[link]?.[side.end === 'router' ? 'up' : 'down'];
    if (way === undefined || way.cut || random() < way.loss) return;
    if ((packet?.size ?? 0) + PACKET_HEADERS > way.mtu) return;
    if (way.free - time > way.depth) return;
    way.free = Math.max(way.free, time) + 1000 / way.rate;
    const soonest = way.free + way.delay + random() * way.jitter;
    const arrives = Math.max(soonest, way.flying.at(-1)?.arrives ?? 0);
    way.flying.push({ arrives, packet, key: side.key });
  };

  const countsOf =
    (side: Side) =>
    (name: string): TunnelCounts | null => ({
      ...(side.counts[Number(name.slice(4))] as TunnelCounts),
    });

  const note = (side: Side): void => {
    for (const { link, verdict } of newVerdicts(side.session))
      found.push({ time, end: side.end, link, verdict });
  };

  const verdictAt = (end: End, link: number): Verdict =>
    sides[end].session.told.get(`link${link}`) ?? 'unknown';

  /** The tunnel's packets: a sender that holds the line for dead sends none. */
  const carry = (side: Side): void => {
    lines.forEach((line, i) => {
      const way = side.end === 'router' ? line.up : line.down;
      const counts = side.counts[i];
      if (counts === undefined || verdictAt(side.end, i) === 'silent') return;
      const wanted = way.traffic(time) / 1000;
      const packets = Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0);
      for (let n = 0; n < packets; n += 1) {
        counts.txPackets += 1;
        counts.txBytes += 1400;
        fly(side, i, null);
      }
    });
  };

  const arrive = (side: Side): void => {
    lines.forEach((line, i) => {
      const counts = side.counts[i];
      if (counts === undefined) return;
      for (const { packet, key } of arrived(side.end === 'router' ? line.down : line.up, time)) {
        if (packet !== null) side.inbox.push({ packet, key });
        else {
          counts.rxPackets += 1;
          counts.rxBytes += 1400;
        }
      }
    });
  };

  const send = (side: Side): void => {
    if (side.session.due > clockOf(side)) return;
    const packets = tick(side.session, countsOf(side), clockOf(side));
    const said = goodbyes(side.session, clockOf(side));
    for (const { via, packet } of [
      ...packets.map((packet) => ({ via: packet.link, packet })),
      ...said,
    ]) {
      side.sent += 1;
      const read = decodeHeartbeat(encodeHeartbeat(packet, packet.size));
      fly(side, via - 1194, read);
    }
    note(side);
  };

  const read = (side: Side): void => {
    const inbox = side.inbox.splice(0);
    for (const { packet, key } of inbox) {
      if (key !== side.key) continue;
      if (packet.gone) takeGoodbye(side.session, packet, clockOf(side));
      else hear(side.session, packet, countsOf(side), clockOf(side));
      note(side);
    }
  };

  /** One millisecond of an end's. */
  const live = (side: Side): void => {
    // Neither is always the first one to find room in the queue.
    const first = random() < 0.5;
    if (first) carry(side);
    arrive(side);
    if (!side.running) side.inbox = [];
    // As Node does it: timers first, then what the sockets have.
    if (side.running && time >= side.stalledUntil) {
      send(side);
      read(side);
    }
    if (!first) carry(side);
  };

  return {
    lines,
    found,
    sides,
    verdictAt,
    now: () => time,
    /** Line `index`, to be cut or changed. */
    line(index: number): Record<'up' | 'down', Way> {
      const line = lines[index];
      if (line === undefined) throw new Error(`no line ${index}`);
      return line;
    },
    /** Lets time pass. `each` is called every millisecond. */
    run(length: number, each: (time: number) => void = () => {}): void {
      const end = time + length;
      for (; time < end; time += 1) {
        each(time);
        live(sides.router);
        live(sides.server);
      }
    },
    /** The event loop of this end does nothing for so long. */
    stall(end: End, length: number): void {
      sides[end].stalledUntil = time + length;
    },
    /** Both ends get a new key, the second one later. */
    rekey(first: End, later: number): void {
      const key = Math.max(sides.router.key, sides.server.key) + 1;
      const change = (side: Side): void => {
        side.key = key;
        newKey(side.session, clockOf(side));
      };
      change(sides[first]);
      this.run(later);
      change(sides[first === 'router' ? 'server' : 'router']);
    },
    /** The daemon of this end is another one, with nothing in mind and no key. */
    restart(end: End): void {
      const side = sides[end];
      side.session = newSession(end);
      side.key = 0;
      side.running = false;
    },
    /** It has its links again. */
    comeBack(end: End): void {
      const side = sides[end];
      side.running = true;
      setLines(side.session, configs(side), clockOf(side));
    },
    reset(end: End, link: number): void {
      resetLine(sides[end].session, `link${link}`);
    },
    setInterval(end: End, link: number, interval: number): void {
      const input = inputs[link];
      if (input !== undefined) input.interval = { ...input.interval, [end]: interval };
      setLines(sides[end].session, configs(sides[end]), clockOf(sides[end]));
    },
    samples(end: End): LineSample[] {
      return samplesOf(sides[end].session, countsOf(sides[end]), clockOf(sides[end]));
    },
    /** The verdicts since this time, oldest first. */
    since(from: number): Found[] {
      return found.filter((one) => one.time >= from);
    },
  };
}

/** A generator for tests that want chance of their own. */
export const seeded = chance;
