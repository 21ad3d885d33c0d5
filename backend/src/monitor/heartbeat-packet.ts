/**
 * The bytes of a heartbeat, big endian, but for eight at the end: those are its proof, made and held
 * against by effects/. Behind them one that probes the path's MTU is padded with zeros. Times count
 * 0.1 ms of a clock of the sender's own, modulo 2^32.
 */

/** One heartbeat. */
export interface HeartbeatPacket {
  /** I hear you on this link. */
  hears: boolean;
  /** I send nothing through this link, for it is worse than my user allows. */
  out: boolean;
  /** Answer at once: on a slow line nobody waits for the next round while another line is suspected. */
  poll: boolean;
  /** Send nothing through this link: my tunnel has ended, or I hear nothing there. May come on any line. */
  gone: boolean;
  /** This one only asks whether its length comes through; all else in it says nothing. */
  probe: boolean;
  /** Which link: the server's UDP port of its tunnel. */
  link: number;
  seq: number;
  /** When it was sent, by the sender's clock. */
  sent: number;
  /** `sent` of the newest one heard on this link; 0: none, or when it came is not known well. */
  echo: number;
  /** 0.1 ms between the arrival of the echoed one and now. */
  held: number;
  /** How far apart the sender wants heartbeats on this link, ms; both send at the larger wish. */
  interval: number;
  /** Packets and bytes that the sender's tunnel had received when the echoed one arrived, mod 2^32. */
  rxPackets: number;
  rxBytes: number;
  /** How much later than the quickest so far the echoed one came, 0.1 ms. */
  rxQueue: number;
  /** Heartbeats that the sender had heard on this link when the echoed one arrived, mod 2^16. */
  heard: number;
  /** Packets that the sender's tunnel has sent, mod 2^32. */
  txPackets: number;
  /** Length of the newest probe that came on this link, bytes with IPv4 and UDP headers; 0: none lately. */
  probed: number;
  /**
   * How much longer the way to the sender of this is than by the quickest line, with empty queues,
   * 0.1 ms; 0: not known, or less than it varies.
   */
  behind: number;
  /** Of a probe: its bytes, with the padding and without headers. */
  size?: number;
}

/** Bytes of a heartbeat that is not padded. */
export const PACKET_SIZE = 48;

/** Bytes in front of the proof. */
export const BODY_SIZE = 40;

/** Bytes around it on the line: IPv4 20 and UDP 8. */
export const PACKET_HEADERS = 28;

/** `held`, `rxQueue` and `behind` stop here; longer is the same. */
export const LONGEST_TIME = 0xffff;

const MAGIC = 0xb6;

const FLAGS = { hears: 1, out: 2, poll: 4, gone: 8, probe: 16 } as const;

const FLAG_BITS = Object.entries(FLAGS) as [keyof typeof FLAGS, number][];

/**
 * Writes all but the proof, whose bytes are left 0. Numbers are taken modulo their width. `size`: of a
 * probe, with its padding.
 */
export function encodeHeartbeat(packet: HeartbeatPacket, size: number = PACKET_SIZE): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, MAGIC);
  view.setUint8(1, flagsOf(packet));
  view.setUint16(2, packet.link);
  view.setUint32(4, packet.seq);
  view.setUint32(8, packet.sent);
  view.setUint32(12, packet.echo);
  view.setUint16(16, shortTime(packet.held));
  view.setUint16(18, packet.interval);
  view.setUint32(20, packet.rxPackets);
  view.setUint32(24, packet.rxBytes);
  view.setUint16(28, shortTime(packet.rxQueue));
  view.setUint16(30, packet.heard);
  view.setUint32(32, packet.txPackets);
  view.setUint16(36, packet.probed);
  view.setUint16(38, shortTime(packet.behind));
  return bytes;
}

function flagsOf(packet: HeartbeatPacket): number {
  let flags = 0;
  for (const [name, flag] of FLAG_BITS) if (packet[name]) flags |= flag;
  return flags;
}

/** Whether it has the looks of one: only a probe is longer than the others. */
function isHeartbeat(bytes: Uint8Array): boolean {
  const isProbe = ((bytes[1] ?? 0) & FLAGS.probe) !== 0;
  const fits = isProbe ? bytes.length >= PACKET_SIZE : bytes.length === PACKET_SIZE;
  return fits && bytes[0] === MAGIC;
}

/** Reads one; null where it is none. Flags that have no meaning yet may be set. */
export function decodeHeartbeat(bytes: Uint8Array): HeartbeatPacket | null {
  if (!isHeartbeat(bytes)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PACKET_SIZE);
  const flags = view.getUint8(1);
  return {
    hears: (flags & FLAGS.hears) !== 0,
    out: (flags & FLAGS.out) !== 0,
    poll: (flags & FLAGS.poll) !== 0,
    gone: (flags & FLAGS.gone) !== 0,
    probe: (flags & FLAGS.probe) !== 0,
    link: view.getUint16(2),
    seq: view.getUint32(4),
    sent: view.getUint32(8),
    echo: view.getUint32(12),
    held: view.getUint16(16),
    interval: view.getUint16(18),
    rxPackets: view.getUint32(20),
    rxBytes: view.getUint32(24),
    rxQueue: view.getUint16(28),
    heard: view.getUint16(30),
    txPackets: view.getUint32(32),
    probed: view.getUint16(36),
    behind: view.getUint16(38),
    ...((flags & FLAGS.probe) !== 0 && { size: bytes.length }),
  };
}

/** The link that a packet names, before its proof is looked at; null where it is no heartbeat. */
export function linkOf(bytes: Uint8Array): number | null {
  if (!isHeartbeat(bytes)) return null;
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

function shortTime(time: number): number {
  return Math.min(LONGEST_TIME, Math.max(0, Math.round(time)));
}
