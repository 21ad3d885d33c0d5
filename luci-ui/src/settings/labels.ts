import { _ } from '../i18n.ts';

/** The tabs of the bond's section, in their order. */
export type Tab = 'general' | 'routing' | 'lines' | 'driver' | 'watchdog' | 'page';

/** What each tab is called. */
export function tabTitles(): Readonly<Record<Tab, string>> {
  return {
    general: _('General'),
    routing: _('Addresses and routing'),
    lines: _('Lines'),
    driver: _('Driver'),
    watchdog: _('Watchdog'),
    page: _('Live page'),
  };
}

/** Where an option of `interface 'bond'` stands, and its title; in the order of the form. */
export function bondOptions(): Readonly<Record<string, readonly [Tab, string]>> {
  return {
    enabled: ['general', _('Start the bond')],
    role: ['general', _('This end')],
    ipaddr: ['general', _('Our address in the bond')],
    peer_fingerprint: ['general', _("The other end's fingerprint")],
    netmask: ['routing', _('Netmask')],
    remote_ipaddr: ['routing', _("The other end's address in the bond")],
    default_route: ['routing', _('Default route through the bond')],
    lan: ['routing', _('Networks behind the router')],
    nat: ['routing', _("Translate to this server's address")],
    public_ipaddr: ['routing', _("This server's address on the Internet")],
    heartbeat_interval: ['lines', _('Heartbeat every')],
    heartbeat_port: ['lines', _("Heartbeats' UDP port at the server")],
    shares: ['lines', _('Shares of the lines')],
    parking: ['lines', _('Take out lines that slow the bond down')],
    shaping: ['lines', _('Send at most, of what a line carries')],
    equalise: ['lines', _('Hold quick lines back for slow ones')],
    driver: ['driver', _('Driver')],
    ifname: ['driver', _('Name of the bond device')],
    mode: ['driver', _('Mode')],
    mtu: ['driver', _('MTU')],
    xmit_hash_policy: ['driver', _('Choose the tunnel by')],
    miimon: ['driver', _('Look at the carrier every')],
    arp_interval: ['driver', _('Ask by ARP every')],
    arp_ip_target: ['driver', _('Addresses asked by ARP')],
    watchdog: ['watchdog', _('Watch the Internet')],
    watchdog_ip: ['watchdog', _('Addresses that must answer')],
    watchdog_period: ['watchdog', _('Time between two probes')],
    watchdog_timeout: ['watchdog', _('Act after silence of')],
    watchdog_action: ['watchdog', _('Command of last resort')],
    ping_period: ['page', _('Ping each line every')],
    page_port: ['page', _('Port of the live page')],
    page_interface: ['page', _('Interfaces of the live page')],
  };
}

/** Titles of the options of `forward`, in the order of the form. */
export function forwardOptions(): Readonly<Record<string, string>> {
  return {
    enabled: _('Use this forward'),
    proto: _('Protocol'),
    port: _('Port here'),
    dest_ip: _('Host behind the router'),
    dest_port: _('Port of that host'),
  };
}

/** Titles of the options of `link`, in the order of the form. */
export function linkOptions(): Readonly<Record<string, string>> {
  return {
    enabled: _('Use this link'),
    interface: _('WAN'),
    server: _('Server'),
    download: _('Download rate'),
    upload: _('Upload rate'),
    weight: _('Weight'),
    heartbeat_interval: _('Heartbeat every'),
    max_loss: _('Take out above a loss of'),
    max_latency: _('Take out above a round trip of'),
    send_twice: _('Send each packet twice'),
    gateway: _('Gateway'),
    remote_port: _("Server's UDP port"),
    local_port: _('UDP port here'),
    tunnel: _('Tunnel device'),
    routing_table: _('Routing table'),
    active: _('Gets the default route back'),
  };
}

/** Title of an option of OpenVPN: its own spelling, as its manual and all of the Internet has it. */
export function openvpnTitle(name: string): string {
  return name === 'dev_type' ? _('Kind of tunnel') : name.replace(/_/g, '-');
}
