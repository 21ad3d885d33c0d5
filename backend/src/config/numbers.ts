/** The numbers that the options' defaults are made of, in one place, each with its reason. */

/** Most links of one bond. Ports, tables and rules are laid out for eight. */
export const LINK_LIMIT = 8;

/** UDP port of link 0's tunnel at the server; link N adds N. OpenVPN's registered port. */
export const BASE_PORT = 1194;

/**
 * How far the heartbeats' UDP port at the server is above the least of the tunnels' ports there. The tunnels of
 * a server's eight routers take 64 ports from BASE_PORT on, eight each; the heartbeats have the next.
 */
export const HEARTBEAT_PORT_ABOVE = 64;

/**
 * Routing table of link 0; link N adds N. Above 20000: mwan3 uses 1-252, pbr 256 and up, and
 * the kernel's own are 0 and 253-255.
 */
export const BASE_TABLE = 20101;

/** Tables that bonding needs for itself and a link may not have (see plan/numbers.ts). */
export const OWN_TABLES = { first: 20200, last: 20299 } as const;

/** `/proc/sys/net/…`, `ip` and the driver all stop here: IFNAMSIZ is 16 with the final NUL. */
export const IFNAME_BYTES = 15;

/** Most `config forward` of a server; each may be a range of ports. */
export const FORWARD_LIMIT = 64;

/** Longest name of a section for a link or a forward: it becomes part of file names and comments. */
export const LINK_NAME_LENGTH = 32;

/** Ethernet over PPPoE: 1500 less 8. Every line has at least this much, but for odd LTE ones. */
const LINE_MTU = 1492;

/**
 * What a tunnelled packet grows by, in bytes: IPv4 20, UDP 8, OpenVPN's opcode and peer id 4,
 * packet id 4, AES-GCM tag 16. An Ethernet tunnel also carries the 14 bytes of the Ethernet header.
 */
export const OVERHEAD = { tun: 52, tap: 66 } as const;

/** MTU of the bond and its tunnels: what is left of a PPPoE line, so nothing is ever fragmented. */
export const DEFAULT_MTU = {
  tun: LINE_MTU - OVERHEAD.tun,
  tap: LINE_MTU - OVERHEAD.tap,
} as const;

/** The IPv4 header, and TCP's with its time stamps, inside the tunnel; an Ethernet header around all. */
export const FRAMING = { tcp: 52, ethernet: 14 } as const;

/** Bytes of the largest packet that a tunnel of this MTU sends, with its outer headers. */
export function outerSize(deviceType: 'tun' | 'tap', mtu: number): number {
  return mtu + OVERHEAD[deviceType];
}

/** Part of what a line carries that is left for TCP's payload with full packets: 0.92 for tun. */
export function payloadPart(deviceType: 'tun' | 'tap', mtu: number): number {
  return (mtu - FRAMING.tcp) / (outerSize(deviceType, mtu) + FRAMING.ethernet);
}
