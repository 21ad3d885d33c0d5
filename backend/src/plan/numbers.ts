/**
 * Every number that bonding puts into the kernel, with its reason. Those by which an instance tells
 * what is its own are in facts/own.ts; ports, per-link tables and limits that a user can set in
 * config/numbers.ts.
 */

export * from '../facts/own.ts';

/**
 * Priority of link 0's rule by mark, for links that an address does not tell apart; link N adds N.
 * Before MAIN_RULE: such links may have one network in common, which main leads to one of them.
 */
export const LINK_MARK_RULE = 20080;

/** Priority of link 0's source rule (`from WAN-ADDRESS`); link N adds N. */
export const SOURCE_RULE = 20110;

/**
 * `to SERVER lookup main`, for link 0; link N adds N. What goes to the server and is from no WAN (a
 * LAN host's, or a tunnel's whose address went a moment ago) must not go through the bond.
 */
export const SERVER_RULE = 20130;

/** Metric of the `prohibit` behind the default route of a link's table. */
export const PROHIBIT_METRIC = 65_535;

/**
 * Marks of ours are in the top byte of a packet's mark, beside mwan3 (0x3f00) and pbr (0xff0000).
 */
export const MARK_MASK = '0xff000000';

/** Top byte of the mark of link 0's outer packets, where they need one; link N adds N. */
export const LINK_MARK = 0xb0;

/**
 * Top byte of the mark of a packet that has been given its device by the chain at the slaves' egress,
 * which meets it there once more. It ends in the tunnel: nobody else sees this mark, and the rest of
 * the mark stays as it was. The same for all instances.
 */
export const TURN_MARK = 0xa0;

/**
 * TCP port of speed tests, on the bond's address; the next eight stand for one tunnel each. Below
 * the ports that the kernel hands out by itself (32768).
 */
export const TEST_PORT = 20290;

/**
 * UDP port on the bond's addresses where the two daemons tell each other what the other end must
 * know. Next to the speed test's, so that one range guards both from who comes through the peer.
 */
export const PEER_PORT = 20289;

/**
 * Packets per super-packet on the bond. The driver advertises TSO whatever its slaves can do, so one
 * round-robin turn would be up to 44 packets on one line (kernel: netdev_add_tso_features).
 */
export const BOND_GSO_SEGMENTS = 1;

/** Bonds with this many links release a dead slave: its turns would all fall to the next one. */
export const RELEASE_FROM_LINKS = 3;

/**
 * Major numbers of the qdiscs that keep a tunnel to its line's rate: 6000 and up, in hex, where nobody
 * else counts. The kernel's own choice begins at 8001; people and SQM take small ones.
 */
export const SHAPER_HANDLES = { first: 0x6000, count: 0x1000 } as const;

/** The one of the qdisc that holds a tunnel's packets back, in hex; who keeps it keeps what is in it. */
export const DELAY_HANDLE = '7000';

/** Whether a qdisc of this handle, in hex, is one that we have made. */
export function isOurHandle(handle: string): boolean {
  const number = Number.parseInt(handle, 16) - SHAPER_HANDLES.first;
  return handle === DELAY_HANDLE || (number >= 0 && number < SHAPER_HANDLES.count);
}
