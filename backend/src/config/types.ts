/** What the configuration means, after defaults: plain data, the same for both roles. */

/** `router`: at home, with the lines. `server`: the other end, on the Internet. */
export type Role = 'router' | 'server';

/** `tap`: Ethernet tunnels, which a stock bonding driver takes. `tun`: IP tunnels, 14 bytes less. */
export type DeviceType = 'tap' | 'tun';

/** Option `driver`; what becomes of it is decided by plan/driver.ts. */
export type DriverOption = 'auto' | 'bond-tun' | 'bond-tap' | 'spread' | 'active-backup';

/** Modes of the bonding driver, by their names in Documentation/networking/bonding.rst. */
export type BondMode =
  | 'balance-rr'
  | 'active-backup'
  | 'balance-xor'
  | 'broadcast'
  | '802.3ad'
  | 'balance-tlb'
  | 'balance-alb';

/** The whole of `/etc/config/bonding`, understood. */
export interface Config {
  /** False: the bond is not started (option `enabled '0'`). */
  enabled: boolean;
  role: Role;
  bond: BondConfig;
  /** In the file's order, only those that can be used. */
  links: LinkConfig[];
  openvpn: OpenvpnConfig;
  /** On a server, in the file's order, only those that can be used; on a router none. */
  forwards: ForwardConfig[];
}

/** Section `config interface 'bond'`. */
export interface BondConfig {
  /** Device name of the bonding master, e.g. `bond0`. */
  ifname: string;
  /** Our address inside the bond, e.g. `10.0.0.2`. */
  address: string;
  /** Prefix length of the bond's network, e.g. 24. */
  prefix: number;
  /** The other end's address inside the bond, e.g. `10.0.0.1`. */
  peer: string;
  mode: BondMode;
  /** How often the driver looks at the slaves' carrier, ms; not while `arpInterval` is set. */
  miimon: number;
  /** What a mode that hashes chooses the tunnel by. */
  xmitHashPolicy: string;
  /** How often the driver asks `arpTargets` over each slave, ms; 0: never. */
  arpInterval: number;
  arpTargets: string[];
  /** MTU of the bond and of every tunnel device, bytes. */
  mtu: number;
  /** Kind of tunnel device (option `dev_type` of section `openvpn`). */
  deviceType: DeviceType;
  /** Router: send what has no better route through the bond. */
  defaultRoute: boolean;
  /**
   * Networks behind the router, in CIDR form. A server reaches them through the bond; a router sends
   * their hosts' packets into the bond as they are, because the server knows the way back.
   */
  lan: string[];
  /** Server: the address or name under which it is known on the Internet; null: not said. */
  publicAddress: string | null;
  /** Server: translate what leaves the bond for the Internet to the server's address. */
  nat: boolean;
  /** SHA-256 fingerprints of the other end's certificate, upper case hex with colons. */
  peerFingerprint: string[];
  /** Router: seconds between two pings over each line; 0: none. */
  pingPeriod: number;
  /** How packets are to be divided over the tunnels; `auto`: what is best of what can be. */
  driver: DriverOption;
  /** `auto`: shares follow what is learned of the lines where the user says nothing of them. */
  shares: 'auto' | 'fixed';
  /** ms between two heartbeats on each line; 0: none. */
  heartbeatInterval: number;
  /** UDP port of the heartbeats at the server. */
  heartbeatPort: number;
  /** Links that would make the bond slower are taken out. */
  parking: boolean;
  /** What is sent into a tunnel at most, in percent of its line's rate; 0: no limit. */
  shaping: number;
  /** Whether quick lines are held back for slow ones, where that can help. */
  equalise: 'auto' | 'off';
  watchdog: WatchdogConfig;
  page: PageConfig;
}

/** Where pages on the LAN get the status live. */
export interface PageConfig {
  /** TCP port; 0: nowhere. */
  port: number;
  /** netifd's names of the interfaces whose addresses are listened on. */
  interfaces: string[];
}

/** The HOWTO's watchdog: an address that must answer. */
export interface WatchdogConfig {
  enabled: boolean;
  /** Addresses; one that answers is enough. */
  targets: string[];
  /** Seconds between two probes. */
  period: number;
  /** Seconds without any reply before the action. */
  timeout: number;
  /** The user's last resort, split into words; null: the built-in steps alone. */
  action: string[] | null;
}

/** Section `config link`: one line with its tunnel. */
export interface LinkConfig {
  /** Section name, e.g. `link0`. */
  name: string;
  /** Position among all links of the file, from 0; ports, tables and names derive from it. */
  index: number;
  enabled: boolean;
  /** Logical WAN (netifd's name; where there is no netifd, the device). Null on a server that listens everywhere. */
  interface: string | null;
  /** Next hop on this line; null: the one that is found. */
  gateway: string | null;
  /** Tunnel device, e.g. `tap0`. */
  tunnel: string;
  /** UDP port here; 0 lets the kernel choose (router only). */
  localPort: number;
  /** UDP port at the other end; on a server 0 (whoever connects). */
  remotePort: number;
  /** Address of the other end; null on a server. */
  server: string | null;
  /** Routing table of the source route. */
  routingTable: number;
  /** The line that is preferred when there is no bond (HOWTO: `active`). */
  active: boolean;
  /** Packets over this link in proportion to the others'; null: by the rates, or what is learned. */
  weight: number | null;
  /** What the line carries towards the router's home, bit/s; null: not said. */
  download: number | null;
  /** What it carries towards the server, bit/s; null: not said. */
  upload: number | null;
  /** ms between two heartbeats on this line; null: as the bond says. */
  heartbeatInterval: number | null;
  /** Part of its packets (0 to 1) that may be lost before the link is taken out; null: no limit. */
  maxLoss: number | null;
  /** Round trip from which on the link is taken out, ms; null: no limit. */
  maxLatency: number | null;
  /** Whether each packet of the tunnel leaves here twice; `auto`: where that is found to be better. */
  sendTwice: 'always' | 'auto' | 'never';
}

/** Section `config forward`: ports of a server that lead to a host behind its router. */
export interface ForwardConfig {
  /** Section name, e.g. `web`. */
  name: string;
  enabled: boolean;
  proto: 'tcp' | 'udp' | 'tcpudp';
  /** Ports of the server, both ends included; one port: `first` is `last`. */
  first: number;
  last: number;
  /** Host in a network of `lan`, or the router's address in the bond. */
  address: string;
  /** Port there; null: the same, as always with several. */
  port: number | null;
}

/** What goes into every tunnel's OpenVPN configuration besides what we set ourselves. */
export interface OpenvpnConfig {
  /** In file order; OpenVPN's spelling (`replay-window`), one entry per line to write. */
  options: OpenvpnOption[];
}

/** One line of OpenVPN configuration, e.g. `{ name: 'keepalive', value: '2 8' }`; no value for a flag. */
export interface OpenvpnOption {
  name: string;
  value: string | null;
  /** Our own choice, which may follow what the machine can do (`data-ciphers`). */
  standard?: true;
}

/** A line of OpenVPN's configuration that the installed program does not take, and its words. */
export interface Refusal {
  /** As it would be written, e.g. `keysize 256`. */
  line: string;
  why: string;
}

/** What this machine's processor encrypts with each cipher, MB/s. */
export interface CipherSpeed {
  aes: number;
  chacha: number;
}
