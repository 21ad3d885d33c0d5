import type { OptionSpec, SectionSpec } from './option.ts';

/**
 * What people read about the options: docs/options.md and LuCI's settings page. In a file of its own,
 * because the daemon prints none of it and each kB of its bundle counts. A new option of
 * schema-bond.ts, schema-link.ts or schema-openvpn.ts gets its text here;
 * test/unit/config/schema.test.ts misses a text that is not there, and finds one that is left over.
 * All texts are literals: the catalogue for translations is made by scanning this file.
 */
export interface OptionText {
  /** One line or more sentences; `code` in backticks. */
  help: string;
  /** Where the default comes from, in words, when the option has `derived`. */
  derived?: string;
}

/** The sections, by type. */
export const SECTION_TEXTS: Readonly<Record<string, string>> = {
  interface: 'The bond and its two addresses. There is one.',
  link: 'One line with its tunnel. One section per line, up to eight; the order counts, because defaults derive from the position N (0 for the first).',
  openvpn:
    'Options of OpenVPN for all tunnels of a router; `_` stands for `-`. The section may be missing: the defaults are good. Several sections are read as one, the later ones win.',
  'openvpn-server': 'As `openvpn`, read on a server.',
  forward:
    'A port of the server that leads to a host behind the router. Read on a server only. What listens there on the server itself is then not reached from outside any more, SSH on port 22 as well.',
};

/**
 * The options by their section's type; both OpenVPN sections have the same. What bonding sets itself
 * or does not write says why in its policy, and has no text here.
 */
export const OPTION_TEXTS: Readonly<
  Record<'interface' | 'link' | 'openvpn' | 'forward', Readonly<Record<string, OptionText>>>
> = {
  interface: {
    enabled: { help: 'Start the bond.' },
    role: { help: 'Which end this is: `router` at home with the lines, `server` on the Internet.' },
    ifname: { help: 'Name of the bonding device.' },
    ipaddr: { help: 'Our address inside the bond: `10.0.0.2` or `10.0.0.2/30`.' },
    netmask: {
      help: 'Netmask or prefix length of the network inside the bond, unless `ipaddr` has it.',
    },
    remote_ipaddr: {
      help: "The other end's address inside the bond.",
      derived: 'the other host of a /30 or /31; in larger networks .1 for .2 and .2 for .1',
    },
    mode: {
      help: 'How packets are divided over the tunnels: a mode of the bonding driver, by name or number.',
    },
    driver: {
      help: 'How packets are divided over the tunnels. `auto`: with `tun` the patched bonding driver where it is, else `spread`; with `tap` the bonding driver. `spread` needs `dev_type tun` and lets nftables divide; `active-backup` uses one tunnel at a time. The ends need not have the same.',
    },
    shares: {
      help: 'Where no `weight`, `download` or `upload` says how fast the lines are: `auto` learns it from the traffic, `fixed` gives all the same.',
    },
    parking: {
      help: 'Take out a link that would make the bond slower than it is without it, and try it again later.',
    },
    shaping: {
      help: 'Send into each tunnel at most this part of what its line carries, so that packets queue here, where small ones overtake, and not in the modem: the delay under load stays small. Both ends need `download` and `upload` of the lines, or are told by the other end; 98 is a good value, 0 is off. See docs/shaping.md.',
    },
    equalise: {
      help: 'Hold back what goes by a quicker line until it arrives together with what goes by a slower one, so that packets keep their order: by 3 to 50 ms, as the heartbeats measure. For senders that take what comes late for lost; each answer then takes as long as by the slowest line. Each end does it to what it sends. See docs/delay.md.',
    },
    heartbeat_interval: {
      help: 'Time between two heartbeats on each line, at both ends: a dead line is taken out after three. At 100 ms they cost 66 MB a day and line each way; 50 finds a dead line in half the time; 0: none, then only the tunnel itself notices.',
    },
    heartbeat_port: {
      help: "UDP port of the heartbeats at the server; the server's firewall must let it in.",
      derived: "64 above the least of the links' ports at the server: 1258",
    },
    miimon: { help: "How often the driver looks at the tunnels' carrier." },
    mtu: {
      help: 'MTU of the bond and of every tunnel, the same at both ends. While a line carries less than it needs, it is lowered (docs/heartbeats.md).',
      derived:
        '1426 with `dev_type tap`, 1440 with `tun`: what is left of a 1492 byte PPPoE line after 66 or 52 bytes of IP, UDP, OpenVPN (AES-GCM) and, for tap, the Ethernet header',
    },
    default_route: { help: 'Send everything that has no better route through the bond.' },
    lan: {
      help: 'Networks behind the router. The server reaches them through the bond, and takes no other addresses out of it. The router leaves the addresses of their hosts as they are on the way into the bond, where its firewall would put its own: give it the same networks as the server.',
    },
    nat: {
      help: "Translate what comes out of the bond for the Internet to this server's address.",
    },
    public_ipaddr: {
      help: "This server's address on the Internet, or its name. What comes out of the bond gets it as its source, and forwarded ports answer at it alone, where it is an address of this machine.",
      derived:
        'none: the address of the device by which a packet leaves, and all addresses of this machine',
    },
    peer_fingerprint: {
      help: "SHA-256 fingerprint of the other end's certificate, as `bonding keys` prints it there.",
      derived: 'none: then section `openvpn` needs option `ca`',
    },
    xmit_hash_policy: {
      help: 'What modes balance-xor, 802.3ad and balance-tlb choose the tunnel by.',
    },
    arp_interval: {
      help: 'How often the driver asks `arp_ip_target` through each tunnel, with tap only, instead of `miimon`: more than the longest round trip; 0: never.',
    },
    arp_ip_target: {
      help: 'Addresses inside the bond that the driver asks by ARP; the first 16 count.',
      derived: '`remote_ipaddr`',
    },
    ping_period: {
      help: 'Time between two pings over each line to the server, for latency, jitter and loss; 0: never. At 2 s they cost 4 MB a day and line, both ways together.',
    },
    watchdog: { help: 'Watch whether the Internet answers through the bond.' },
    watchdog_ip: {
      help: 'Addresses that are asked; one that answers is enough.',
      derived: '`remote_ipaddr`',
    },
    watchdog_period: { help: 'Time between two probes.' },
    watchdog_timeout: { help: 'Time without any reply after which something is done.' },
    watchdog_action: {
      help: 'Command that is run, without a shell, when restarting the tunnels has not helped.',
      derived: 'none: the tunnels are restarted, nothing else',
    },
    page_port: {
      help: 'TCP port where the page in LuCI gets its figures live; 0: none, it asks by ubus instead.',
    },
    page_interface: {
      help: 'Interfaces of netifd on whose addresses `page_port` is open.',
    },
  },
  link: {
    enabled: { help: 'Use this link.' },
    interface: {
      help: "The WAN: the name of the interface in /etc/config/network; where there is no netifd, the device. On a server: listen on this device's address only.",
    },
    gateway: {
      help: 'Next hop on this line, for two ISP boxes on one card where there is no netifd: both links then have the same `interface`, and each its `gateway`.',
      derived: "that of the WAN's default route",
    },
    tunnel: { help: 'Name of the tunnel device.', derived: '`tapN` or `tunN`, by `dev_type`' },
    local_port: {
      help: 'UDP port of the tunnel at this end; 0 (router only): the kernel chooses one.',
      derived: 'router: 0; server: 1194 + N',
    },
    remote_port: { help: 'UDP port of the tunnel at the server.', derived: '1194 + N' },
    server: { help: 'Address or name of the server.' },
    routing_table: {
      help: 'Number of the routing table that keeps this tunnel on its own line. A name, as the HOWTO had it, is accepted and means the automatic number: no entry in rt_tables is needed.',
      derived: '20101 + N',
    },
    download: {
      help: 'What the line carries towards home. Give it for all links, or for none.',
      derived: 'what the other end says; else it is learned (see `shares`)',
    },
    upload: {
      help: 'What the line carries towards the server. Give it for all links, or for none.',
      derived: 'what the other end says; else it is learned (see `shares`)',
    },
    weight: {
      help: 'Packets over this link in proportion to the `weight` of the others, both ways, whatever the rates. Give it for all links, or for none.',
      derived: 'by the rates',
    },
    heartbeat_interval: {
      help: 'Time between two heartbeats on this line, for one that is paid by volume: 1000 costs 7 MB a day each way, and a dead line is found after 3 seconds. The slower one of both ends counts.',
      derived: 'that of the bond',
    },
    max_loss: {
      help: 'Loss from which on the link is taken out, whatever it brings.',
      derived: 'no limit: only a link that makes the bond slower is taken out (see `parking`)',
    },
    max_latency: {
      help: 'Round trip from which on the link is taken out.',
      derived: 'no limit, as with `max_loss`',
    },
    send_twice: {
      help: 'Send each packet of this tunnel twice, for a line that loses some by chance: one copy is enough. This end sends half as much over it then. auto: where that is better than to send each once, or to leave the link out; 1: always; 0: never. Each end for itself; see lines-that-hurt.md.',
    },
    active: {
      help: "In the HOWTO the line that got the default route back at the stop. Here the router's own default route is never touched, so nothing has to be given back.",
    },
  },
  forward: {
    enabled: { help: 'Use this forward.' },
    proto: { help: 'Protocol; `tcpudp` is both.' },
    port: { help: 'The port, or the range of ports, of this server.' },
    dest_ip: {
      help: "Host behind the router, in a network of `lan`, or the router's own address in the bond. It sees the caller's own address.",
    },
    dest_port: {
      help: 'Port of that host. A range keeps its numbers.',
      derived: 'the same as `port`',
    },
  },
  openvpn: {
    dev_type: {
      help: 'Kind of tunnel, the same at both ends: `tap` works with a stock bonding driver, `tun` saves 14 bytes per packet and needs the patched one, or mode active-backup.',
    },
    ca: {
      help: 'Certificate authority that must have signed the other end, without `peer_fingerprint`.',
    },
    cert: { help: "Our certificate, in place of bonding's own; needs `key`." },
    key: { help: 'The private key of `cert`.' },
    pkcs12: { help: 'Certificate, key and authority in one file, in place of `cert` and `key`.' },
    askpass: { help: 'File with the password of the private key.' },
    crl_verify: { help: 'List of revoked certificates.' },
    data_ciphers: { help: 'Ciphers for the packets, best first.' },
    data_ciphers_fallback: { help: 'Cipher with an OpenVPN 2.5 at the other end.' },
    keepalive: {
      help: 'Seconds between two pings, and seconds of silence after which the tunnel counts as dead and is made again.',
    },
    ping: { help: 'Seconds between two pings; `keepalive` sets both.' },
    ping_restart: { help: 'Seconds of silence after which the tunnel is made again.' },
    replay_window: { help: 'Packets and seconds that may come late inside one tunnel.' },
    connect_retry: { help: 'Seconds between two tries, and the most that this grows to.' },
    resolv_retry: { help: "Seconds to keep asking for the server's name." },
    verb: { help: 'How much OpenVPN writes into its log; its state is read from there.' },
    tls_auth: { help: 'Static key file and direction: only who has it gets an answer.' },
    tls_crypt: { help: 'As `tls_auth`, and hides the handshake; the better choice.' },
    tls_crypt_v2: { help: 'As `tls_crypt`, with a key per client.' },
    verify_x509_name: { help: "Name that the other end's certificate must have." },
    remote_cert_tls: {
      help: "What the other end's certificate must be made for.",
      derived: '`server` on a router, `client` on a server, when `ca` is used',
    },
    remote_cert_eku: { help: "Extended key usage that the other end's certificate must have." },
    remote_cert_ku: { help: "Key usage that the other end's certificate must have." },
    tls_verify: { help: 'Program that looks at the certificate; needs `script_security 2`.' },
    tls_version_min: { help: 'Oldest TLS that is taken.' },
    tls_cipher: { help: 'Ciphers of the control channel up to TLS 1.2.' },
    tls_ciphersuites: { help: 'Ciphers of the control channel from TLS 1.3.' },
    tls_groups: { help: 'Curves of the control channel.' },
    tls_timeout: { help: 'Seconds until a packet of the handshake is sent again.' },
    hand_window: { help: 'Seconds a handshake may take.' },
    tran_window: { help: 'Seconds an old key is still good for after a new one.' },
    reneg_sec: { help: 'Seconds until the keys are changed.' },
    reneg_bytes: { help: 'Bytes until the keys are changed.' },
    reneg_pkts: { help: 'Packets until the keys are changed.' },
    auth: { help: 'Digest of the control channel; AES-GCM packets need none.' },
    auth_nocache: { help: 'Forget passwords after use.' },
    engine: { help: 'OpenSSL engine, where OpenVPN was built with one.' },
    sndbuf: { help: "Send buffer of the tunnel's socket, bytes." },
    rcvbuf: { help: "Receive buffer of the tunnel's socket, bytes." },
    txqueuelen: { help: 'Packets that wait before the tunnel device.' },
    nice: { help: "Priority of OpenVPN's process; -20 is the most." },
    mlock: { help: 'Keep OpenVPN in memory.' },
    passtos: { help: 'Copy the type-of-service bits to the outer packet.' },
    mtu_disc: { help: 'Path MTU discovery of the outer packets: no, maybe, yes.' },
    mtu_test: { help: 'Measure the MTU at the start and write it into the log.' },
    shaper: { help: 'Most bytes per second that each tunnel sends.' },
    float: { help: 'Take packets from another address of the server.' },
    persist_key: {
      help: 'Keep keys over a restart (not written for OpenVPN 2.7, which always does).',
    },
    persist_local_ip: { help: 'Keep the local address over a restart.' },
    persist_remote_ip: { help: "Keep the server's address over a restart." },
    mute_replay_warnings: { help: 'Do not log packets that come twice.' },
    disable_occ: { help: 'Do not compare options with the other end.' },
    ifconfig_nowarn: { help: 'Do not compare addresses with the other end.' },
    connect_timeout: { help: 'Seconds to wait for the first answer.' },
    script_security: { help: 'What OpenVPN may run; the hooks of bonding need none.' },
    up: { help: 'Program that runs when the tunnel is up; needs `script_security 2`.' },
    down: { help: 'Program that runs when the tunnel is down.' },
    down_pre: { help: 'Run `down` before the device is closed.' },
    up_restart: { help: 'Run `up` and `down` at each restart too.' },
    ipchange: { help: "Program that runs when the other end's address is known." },
    route_up: { help: 'Program that runs after `up`.' },
    setenv: { help: 'Name and value for the environment of these programs.' },
    tmp_dir: { help: 'Folder for temporary files.' },
    extra: { help: "Further lines in OpenVPN's own spelling, written as they are." },
  },
};

/** The text of an option; for what bonding sets itself or does not write it is made of the reason. */
export function textOf(section: SectionSpec, option: OptionSpec): OptionText {
  const { policy, name } = option;
  if (policy?.kind === 'ours') return { help: `Set by bonding: ${policy.why}.` };
  if (policy?.kind === 'gone') return { help: `Not written: ${policy.why}.` };
  const texts = section.type === 'openvpn-server' ? 'openvpn' : section.type;
  const table: Readonly<Record<string, Readonly<Record<string, OptionText>>>> = OPTION_TEXTS;
  return table[texts]?.[name] ?? { help: '' };
}
