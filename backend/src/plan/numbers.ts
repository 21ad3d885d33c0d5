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

/** Priority of link 0's source rule (`from WAN-ADDRESS`); link N adds N. */
export const SOURCE_RULE = 20110;

/** What nothing above has sent anywhere goes to the bond's table. */
export const BOND_RULE = 20200;

/** The table that leads into the bond. */
export const BOND_TABLE = 20200;

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
