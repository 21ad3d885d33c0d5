// The changes to drivers/net/bonding/bond_main.c, as data: for each patch its text and its edits.
//
// An edit replaces `find`, which must stand exactly once in function `where`, by `replace`. A change
// is a list of forms, one for each shape that kernels give that place; exactly one form must fit, and
// a form fits when all its edits do. A form whose edits change nothing says: known, nothing to do.

/** The only file that is changed, relative to the kernel tree. */
export const FILE = 'drivers/net/bonding/bond_main.c';

/** A change that looks the same in all known kernels. */
const everywhere = (where, find, replace) => [[{ where, find, replace }]];

/** `text` with something new in front of it. */
const before = (where, text, added) => everywhere(where, text, added + text);

const ENSLAVE = 'bond_enslave';
const RELEASE = '__bond_release_one';
const EVENT = 'bond_slave_netdev_event';
const HASH = '__bond_xmit_hash';

const refuse = {
  name: '001-bonding-refuse-slaves-without-address-in-ethernet-modes.patch',
  subject: 'bonding: refuse slaves without address in 802.3ad, tlb and alb',
  body: `
802.3ad, balance-tlb and balance-alb work with the Ethernet addresses of
their slaves. A device without a hardware address (tun, WireGuard) is
refused there today, but mostly by accident:

- in tlb and alb only because setting its address fails, with a message
  that says nothing about the mode;
- in 802.3ad by a test that is made only when the bond's type changes. A
  bond that kept the type of an earlier slave and was then switched to
  802.3ad gets past it, and again only setting the address fails.

Refuse such devices by their missing address and the mode, before the
type of the bond is changed.`,
  changes: [
    before(
      ENSLAVE,
      '\t/* set bonding device ether type by slave - bonding netdevices are\n',
      `\t/* These modes work with the slaves' addresses. The bond may have kept
\t * the type of an earlier slave, so this must not depend on a change.
\t */
\tif (!slave_dev->addr_len &&
\t    (BOND_MODE(bond) == BOND_MODE_8023AD || bond_is_lb(bond))) {
\t\tSLAVE_NL_ERR(bond_dev, slave_dev, extack,
\t\t\t     "802.3ad, balance-tlb and balance-alb modes require devices with a hardware address");
\t\treturn -EOPNOTSUPP;
\t}

`,
    ),
  ],
};

const keep = {
  name: '002-bonding-keep-the-bond-when-its-last-slave-without-address-goes.patch',
  subject: 'bonding: keep the bond when its last slave without address goes',
  body: `
When the last slave of a bond that is not Ethernet is unregistered, the
bond is destroyed with it, and all addresses and routes on it are lost.
That is so because such a bond uses the header operations of its slaves,
which are gone when the slave's module is.

A slave without a hardware address has no link layer header to make, so
its bond needs no header operations. And its device comes and goes with
a process: a tun device is unregistered when the program that made it
ends. Let such a bond stay, as an Ethernet bond does, and wait for the
next slave. Where the bond copies the pointer to the slave's operations,
do not take it from such a slave.`,
  changes: [
    [
      [
        {
          where: 'bond_setup_by_slave',
          find: '\tbond_dev->header_ops\t    = slave_dev->header_ops;\n',
          replace: `\t/* The bond may outlive a slave without address, and its module */
\tbond_dev->header_ops\t    = slave_dev->addr_len ?
\t\t\t\t      slave_dev->header_ops : NULL;
`,
        },
      ],
      // Operations of bonding's own, which ask the slave each time, outlive every slave.
      [
        {
          where: 'bond_setup_by_slave',
          find: '\t\t\t\t      &bond_header_ops : NULL;\n',
          replace: '\t\t\t\t      &bond_header_ops : NULL;\n',
        },
      ],
    ],
    everywhere(
      EVENT,
      `\tcase NETDEV_UNREGISTER:
\t\tif (bond_dev->type != ARPHRD_ETHER)
`,
      `\tcase NETDEV_UNREGISTER:
\t\t/* Nothing of a slave without address is left in the bond */
\t\tif (bond_dev->type != ARPHRD_ETHER && bond_dev->addr_len)
`,
    ),
  ],
};

/** In 6.12 and later the core computes the features; it leaves the lengths alone when asked to. */
const updateHeader = (where) => ({
  where,
  find: 'netdev_compute_master_upper_features(bond->dev, true);\n',
  replace: 'netdev_compute_master_upper_features(bond->dev, bond_dev->addr_len > 0);\n',
});

const headers = {
  name: '003-bonding-take-header-lengths-from-slaves-without-address.patch',
  subject: 'bonding: take the header lengths from slaves without address',
  body: `
A bond takes hard_header_len from its first slave when that is not
Ethernet, but the features are computed afterwards, and that raises it
to ETH_HLEN. min_header_len is left at what ether_setup() made it. A
packet socket of type SOCK_RAW on a bond of tun devices then takes the
first 14 bytes of an IP packet for a link layer header, and refuses
shorter packets.

Leave both lengths at those of the slaves when they have no hardware
address. All slaves of a bond are of one type, so they are the same for
all of them.`,
  changes: [
    before(
      'bond_setup_by_slave',
      '\tmemcpy(bond_dev->broadcast, slave_dev->broadcast,\n',
      `\t/* No link layer header where ether_setup() saw an Ethernet header */
\tif (!slave_dev->addr_len)
\t\tbond_dev->min_header_len = slave_dev->min_header_len;

`,
    ),
    [
      [
        {
          where: 'bond_compute_features',
          find: '\tunsigned short max_hard_header_len = ETH_HLEN;\n',
          replace: '\tunsigned short max_hard_header_len = bond->dev->addr_len ? ETH_HLEN : 0;\n',
        },
      ],
      [updateHeader(ENSLAVE), updateHeader(RELEASE), updateHeader(EVENT)],
    ],
  ],
};

const hash = {
  name: '004-bonding-do-not-hash-an-ethernet-header-that-is-not-there.patch',
  subject: 'bonding: do not hash an Ethernet header that is not there',
  body: `
The transmit policies layer2, layer2+3, encap2+3 and vlan+srcmac read an
Ethernet header at the start of the packet. On a bond of devices without
hardware address an IP header stands there: the policies hash its length,
identification and checksum, which differ from packet to packet, so the
packets of one flow are spread over all slaves and get out of order.

Such a packet has no link layer addresses to tell it from another: use 0
for that part of the hash. layer2+3 and encap2+3 then hash the IP
addresses alone; layer2 and vlan+srcmac choose the same slave for all.`,
  changes: [
    everywhere(
      HASH,
      '\tstruct flow_keys flow;\n\tu32 hash;\n',
      `\t/* without addresses there is no Ethernet header to look at */
\tbool eth = bond->dev->addr_len;
\tstruct flow_keys flow;
\tu32 hash;
`,
    ),
    everywhere(
      HASH,
      '\t\treturn bond_vlan_srcmac_hash(skb, data, mhoff, hlen);\n',
      '\t\treturn eth ? bond_vlan_srcmac_hash(skb, data, mhoff, hlen) : 0;\n',
    ),
    everywhere(
      HASH,
      '\t\treturn bond_eth_hash(skb, data, mhoff, hlen);\n',
      '\t\treturn eth ? bond_eth_hash(skb, data, mhoff, hlen) : 0;\n',
    ),
    everywhere(
      HASH,
      '\t\thash = bond_eth_hash(skb, data, mhoff, hlen);\n',
      '\t\thash = eth ? bond_eth_hash(skb, data, mhoff, hlen) : 0;\n',
    ),
  ],
};

const maxMtu = {
  name: '005-bonding-keep-max_mtu-when-the-bond-becomes-ethernet-again.patch',
  subject: 'bonding: keep max_mtu when the bond becomes Ethernet again',
  body: `
bond_setup() allows an MTU of up to 65535. When a bond goes back from
another type to Ethernet, bond_ether_setup() calls ether_setup(), which
sets max_mtu to 1500: the bond can no longer have the MTU that a new one
can have. This happens when the first slave is an Ethernet device after
others, and when enslaving the first slave failed. Set it again.`,
  changes: [
    everywhere(
      'bond_ether_setup',
      '\tether_setup(bond_dev);\n',
      '\tether_setup(bond_dev);\n\tbond_dev->max_mtu = ETH_MAX_MTU;\n',
    ),
  ],
};

/** A condition that holds in all modes but active-backup with a fail_over_mac. */
const OWN_ADDRESSES = (relation) => `\tif (${relation} ||
\t    BOND_MODE(bond) != BOND_MODE_ACTIVEBACKUP) {
`;
const AND_ADDRESS = (relation) => `\tif (bond_dev->addr_len &&
\t    (${relation} ||
\t     BOND_MODE(bond) != BOND_MODE_ACTIVEBACKUP)) {
`;
const NO_FAIL_OVER_MAC = '!bond->params.fail_over_mac';
const NOT_FOM_ACTIVE = 'bond->params.fail_over_mac != BOND_FOM_ACTIVE';

const SET_COMMENT = "\t\t/* Set slave to master's mac address.  The application already\n";
const SET_INSIDE = '\t\t\tgoto err_restore_mtu;\n\t\t}\n\t}\n';
const SET_ADDRESS = OWN_ADDRESSES(NO_FAIL_OVER_MAC) + SET_COMMENT;
const UNDO_COMMENT = "\t\t/* XXX TODO - fom follow mode needs to change master's\n";
const RESTORE_COMMENT = '\t\t/* restore original ("permanent") mac address */\n';

const accept = {
  name: '006-bonding-accept-slaves-without-hardware-address.patch',
  subject: 'bonding: accept slaves without hardware address',
  body: `
A tun device, or one of WireGuard, carries bare IP packets and has no
hardware address. bonding refuses it in every mode but active-backup,
because it sets the address of each new slave, which such a device has
no way to do.

Yet balance-rr, balance-xor, broadcast and active-backup need no address
of a slave: they hand a packet to one slave or another, and take what
any of them receives. The bond becomes a device without hardware address
itself when such a device is its first slave, so it has nothing to set,
and nothing to restore later. Skip both when the bond has no address.
What is asked is the length of the bond's own address, not whether
setting one failed: Ethernet devices that cannot change their address
are refused as before, and so are devices of another type than the
slaves that are there.

fail_over_mac has no meaning for such a bond: do not change it for the
first slave, do not ask for it when the next one comes, and do nothing
for it on a failover.`,
  changes: [
    everywhere(
      ENSLAVE,
      `\tif (!slave_ops->ndo_set_mac_address ||
\t    slave_dev->type == ARPHRD_INFINIBAND) {
`,
      `\tif (bond_dev->addr_len &&
\t    (!slave_ops->ndo_set_mac_address ||
\t     slave_dev->type == ARPHRD_INFINIBAND)) {
`,
    ),
    [
      // 6.12, and whoever took that change: fail_over_mac=follow may set a random address as well.
      [
        {
          where: ENSLAVE,
          find: SET_ADDRESS,
          replace: `\tif (!bond_dev->addr_len)\n\t\tgoto skip_mac_set;\n\n${SET_ADDRESS}`,
        },
        { where: ENSLAVE, find: 'skip_mac_set:\n', replace: 'skip_mac_set:\n' },
      ],
      // Before: the address is set within the condition, and nowhere else.
      [
        {
          where: ENSLAVE,
          find: SET_ADDRESS,
          replace: AND_ADDRESS(NO_FAIL_OVER_MAC) + SET_COMMENT,
        },
        { where: ENSLAVE, find: SET_INSIDE, replace: SET_INSIDE },
      ],
    ],
    everywhere(
      ENSLAVE,
      OWN_ADDRESSES(NO_FAIL_OVER_MAC) + UNDO_COMMENT,
      AND_ADDRESS(NO_FAIL_OVER_MAC) + UNDO_COMMENT,
    ),
    everywhere(
      RELEASE,
      OWN_ADDRESSES(NOT_FOM_ACTIVE) + RESTORE_COMMENT,
      AND_ADDRESS(NOT_FOM_ACTIVE) + RESTORE_COMMENT,
    ),
    before(
      'bond_do_fail_over_mac',
      '\tswitch (bond->params.fail_over_mac) {\n',
      '\tif (!bond->dev->addr_len)\n\t\treturn;\n\n',
    ),
  ],
};

/**
 * The patches in order. Each leaves a driver that builds and behaves; the one that lets the new
 * slaves in is the last.
 */
export const PATCHES = [refuse, keep, headers, hash, maxMtu, accept];
