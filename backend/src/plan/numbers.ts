/**
 * Every number that bonding puts into the kernel, in one place, with its reason. Ports, per-link
 * tables and limits that a user can set live in config/numbers.ts.
 */

/**
 * Marks our routes and rules (`protocol 157`): what carries it is ours and may be undone, nothing
 * else. Free in rt_protos; routing daemons use 186-199, netifd uses `static`.
 */
export const PROTOCOL = '157';

/**
 * `lookup main suppress_prefixlength 0`: everything that main knows except its default route comes
 * first, so that the LAN and the modems stay reachable. Rule priorities are above 20000, since mwan3
 * lives at 1001-3254, and below 29000, where pbr begins; gaps are left for the administrator.
 */
export const MAIN_RULE = 20100;

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

/** What nothing above has sent anywhere goes to the bond's table. */
export const BOND_RULE = 20200;

/** The table that leads into the bond. */
export const BOND_TABLE = 20200;

/**
 * Marks of ours are in the top byte of a packet's mark, beside mwan3 (0x3f00) and pbr (0xff0000).
 */
export const MARK_MASK = '0xff000000';

/** Top byte of the mark of link 0's outer packets, where they need one; link N adds N. */
export const LINK_MARK = 0xb0;

/** Top byte of the mark of packets that must take link 0's tunnel; link N adds N. */
export const PATH_MARK = 0xc0;

/**
 * While a speed test runs: priority of the rule that leads into link 0's tunnel alone, and the table
 * it asks; link N adds N. Before MAIN_RULE, since main knows the peer as a neighbour in the bond.
 */
export const PATH_RULE = 20090;
export const PATH_TABLE = 20210;

/**
 * TCP port of speed tests, on the bond's address; the next eight stand for one tunnel each. Below
 * the ports that the kernel hands out by itself (32768).
 */
export const TEST_PORT = 20290;

/** Our nftables table (family inet); nothing else is touched. */
export const NFT_TABLE = 'bonding';

/** Prefix of the alias that marks a device as ours (`ip link set dev X alias`). */
export const ALIAS = 'bonding';

/**
 * Packets per super-packet on the bond. The driver advertises TSO whatever its slaves can do, so one
 * round-robin turn would be up to 44 packets on one line (kernel: netdev_add_tso_features).
 */
export const BOND_GSO_SEGMENTS = 1;

/** Bonds with this many links release a dead slave: its turns would all fall to the next one. */
export const RELEASE_FROM_LINKS = 3;
