import {
  type OptionSpec,
  type OptionType,
  option,
  type Policy,
  type SectionSpec,
} from './option.ts';
import type { Role } from './types.ts';

/**
 * Every name that the HOWTO's read_openvpn_config passed on, and a few newer ones, each with what
 * becomes of it today. What OpenVPN takes was tried on 2.5.8, 2.6.14, 2.6.22 and 2.7.6
 * (test/unit/openvpn/matrix.txt).
 */

const FLAG: OptionType = { kind: 'bool' };
const TEXT: OptionType = { kind: 'text' };
const PATH: OptionType = { kind: 'path' };
const PASS: Policy = { kind: 'pass' };

const integer = (min: number, max: number): OptionType => ({ kind: 'integer', min, max });

/** Written as given; their texts are in schema-texts.ts. */
function pass(names: string, type: OptionType, more: Partial<OptionSpec> = {}) {
  return names.split(' ').map((name) => option(name, type, { policy: PASS, ...more }));
}

/** Set by bonding itself: the user's value changes nothing. */
function ours(names: string, why: string, same: readonly string[] = [], roles?: readonly Role[]) {
  const policy: Policy = { kind: 'ours', why, same };
  return names.split(' ').map((name) => option(name, TEXT, { policy, ...(roles && { roles }) }));
}

/** Not written any more; `instead` says what to do. */
function gone(names: string, why: string, instead = 'take it out') {
  const policy: Policy = { kind: 'gone', why, instead };
  return names.split(' ').map((name) => option(name, TEXT, { policy, list: true }));
}

const PASSED: readonly OptionSpec[] = [
  option(
    'dev_type',
    { kind: 'enum', values: ['tap', 'tun'] },
    { policy: { kind: 'used' }, default: 'tap' },
  ),
  ...pass('ca cert key pkcs12 askpass crl_verify', PATH),
  ...pass('data_ciphers', TEXT, { default: 'AES-256-GCM:CHACHA20-POLY1305' }),
  ...pass('data_ciphers_fallback', TEXT, { default: 'AES-256-GCM' }),
  ...pass('keepalive', TEXT, { default: '2 8', list: false }),
  ...pass('ping ping_restart', integer(0, 3600)),
  ...pass('replay_window', TEXT, { default: '512 15' }),
  ...pass('connect_retry', TEXT, { default: '1 5' }),
  ...pass('resolv_retry', TEXT, { default: 'infinite' }),
  ...pass('verb', integer(1, 4), { default: '3' }),
  ...pass('tls_auth tls_crypt tls_crypt_v2 verify_x509_name', TEXT),
  ...pass('remote_cert_tls', TEXT, { derived: true }),
  ...pass(
    'remote_cert_eku remote_cert_ku tls_verify tls_version_min tls_cipher tls_ciphersuites tls_groups',
    TEXT,
  ),
  ...pass('tls_timeout', integer(1, 60)),
  ...pass('hand_window', integer(5, 3600)),
  ...pass('tran_window', integer(1, 86_400)),
  ...pass('reneg_sec', integer(0, 604_800)),
  ...pass('reneg_bytes reneg_pkts auth', TEXT),
  ...pass('auth_nocache', FLAG),
  ...pass('engine', TEXT),
  ...pass('sndbuf rcvbuf', integer(0, 67_108_864)),
  ...pass('txqueuelen', integer(0, 100_000)),
  ...pass('nice', integer(-20, 19)),
  ...pass('mlock passtos', FLAG),
  ...pass('mtu_disc', TEXT),
  ...pass('mtu_test', FLAG),
  ...pass('shaper', integer(100, 100_000_000)),
  ...pass('float', FLAG, { roles: ['router'] }),
  ...pass(
    'persist_key persist_local_ip persist_remote_ip mute_replay_warnings disable_occ ifconfig_nowarn',
    FLAG,
  ),
  ...pass('connect_timeout', integer(1, 3600)),
  ...pass('script_security', integer(0, 3)),
  ...pass('up down', TEXT),
  ...pass('down_pre up_restart', FLAG),
  ...pass('ipchange route_up', TEXT),
  ...pass('setenv', TEXT, { list: true }),
  ...pass('tmp_dir', PATH),
  ...pass('extra', TEXT, { list: true }),
];

const OURS: readonly OptionSpec[] = [
  ...ours('client', 'a router is always the TLS client, and nothing is pulled', ['1'], ['router']),
  ...ours('tls_client', 'a router is always the TLS client', ['1'], ['router']),
  ...ours('server', 'a server serves one router per tunnel, point to point', ['1'], ['server']),
  ...ours('tls_server', 'a server is always the TLS server', ['1'], ['server']),
  ...ours('mode', 'each tunnel is point to point', ['p2p']),
  ...ours('proto', 'the tunnels use UDP over IPv4', ['udp', 'udp4']),
  ...ours('dev', "the device is option 'tunnel' of the link"),
  ...ours('dev_node mktun rmtun', 'bonding makes the device and takes it away'),
  ...ours('lladdr', 'the bonding driver sets the addresses of its slaves'),
  ...ours('local bind_dev mark', 'each tunnel leaves by its own WAN'),
  ...ours('remote rport', "the other end is options 'server' and 'remote_port' of the link"),
  ...ours('port lport', "the port is option 'local_port' of the link"),
  ...ours(
    'bind nobind',
    "each tunnel is bound to its WAN's address, or its packets leave by another line",
  ),
  ...ours('multihome', 'on where a server listens on several addresses'),
  ...ours('ping_timer_rem', 'on where it helps: on the server'),
  ...ours(
    'up_delay',
    'written without a value, so that a tunnel has carrier only while its peer is there (with a value no OpenVPN takes it)',
    ['1'],
  ),
  ...ours(
    'persist_tun',
    'with it a dead tunnel keeps its carrier, stays in the bond and swallows its share of all packets',
  ),
  ...ours('tun_mtu tun_mtu_extra link_mtu', "the MTU is option 'mtu' of section 'bond'"),
  ...ours(
    'fragment mssfix',
    "option 'mtu' of section 'bond' leaves room for the tunnel, so no packet is ever too long; take it out at the other end too",
  ),
  ...ours(
    'ifconfig ifconfig_noexec topology',
    'the addresses belong to the bond, not to its tunnels',
  ),
  ...ours(
    'route route_delay route_gateway route_metric route_noexec redirect_gateway',
    "routes lead into the bond, not into one tunnel; see 'default_route' and 'lan' of section 'bond'",
  ),
  ...ours('explicit_exit_notify', 'on at both ends, so that a stop is seen at once'),
  ...ours(
    'cipher',
    "the ends agree on a cipher of 'data_ciphers' (AES-GCM, faster and safer than CBC with a digest)",
    ['AES-256-GCM'],
  ),
  ...ours('dh', 'keys are agreed on elliptic curves, which need no such file', ['none']),
  ...ours(
    'log log_append syslog status status_version',
    "the log and the counters are bonding's own, one per link",
  ),
  ...ours(
    'mute suppress_timestamps machine_readable_output',
    "the tunnel's state is read from its log",
  ),
  ...ours('disable_dco', 'the device is made beforehand, which cannot be offloaded', ['1']),
  ...ours('allow_compression', 'never compressed', ['no']),
  ...ours('peer_fingerprint', "it is read from section 'bond'"),
];

const ONLY_2_5 = 'OpenVPN 2.5 and later do not start with it';
const MULTI = "it belongs to OpenVPN's server for many clients; a tunnel here has two ends";
const PASSWORD = 'the two ends know each other by certificates, not by passwords';
const PROXY = 'each tunnel goes straight to the server over UDP';
const ENDS = 'a tunnel that ends by itself never comes back';

const GONE: readonly OptionSpec[] = [
  ...gone(
    'comp_lzo comp_noadapt compress',
    'compression leaks what is inside (VORACLE) and was taken out of OpenVPN 2.7',
    'take it out at both ends',
  ),
  ...gone(
    'secret',
    'OpenVPN 2.7 refuses static keys and 2.8 has none',
    "set option peer_fingerprint of section 'bond'; `bonding keys` prints it",
  ),
  ...gone(
    'management management_forget_disconnect management_hold management_query_passwords management_signal management_log_cache',
    "OpenWrt's OpenVPN has no management socket; bonding reads the log",
    'run: bonding status',
  ),
  ...gone('fast_io', 'OpenVPN 2.7 ignores it'),
  ...gone(
    'ns_cert_type',
    "OpenVPN replaced it by 'remote_cert_tls', which is on by itself when 'ca' is used",
    'take it out; a certificate that is refused now must be made anew, for a server or a client (easy-rsa does)',
  ),
  ...gone('tls_remote', ONLY_2_5, 'set option verify_x509_name'),
  ...gone('key_method no_iv no_name_remapping', ONLY_2_5),
  ...gone(
    'keysize',
    'OpenVPN 2.6 and later do not start with it',
    "the cipher's name has the size: data_ciphers",
  ),
  ...gone('ncp_disable ncp_ciphers', 'OpenVPN replaced it', 'set option data_ciphers'),
  ...gone('no_replay', 'OpenVPN 2.7 does not start with it, and it lets packets be replayed'),
  ...gone('opt_verify', 'OpenVPN 2.7 ignores it'),
  ...gone('prng', 'OpenVPN 2.6 and later ignore it'),
  ...gone('tun_ipv6', 'OpenVPN ignores it: tunnels carry IPv6 anyway'),
  ...gone('test_crypto', 'it runs a self-test and ends'),
  ...gone('tcp_nodelay tcp_queue_limit port_share', 'it is for TCP; the tunnels use UDP'),
  ...gone('tls_exit inactive ping_exit connect_retry_max remap_usr1', ENDS),
  ...gone(
    'single_session',
    'a router that starts anew would be locked out until the old session times out',
  ),
  ...gone(
    'user group chroot',
    'a tunnel opens its device and keys anew at each reconnect and needs the rights to',
  ),
  ...gone(
    'auth_retry auth_user_pass auth_user_pass_optional auth_user_pass_verify username_as_common_name client_cert_not_required',
    PASSWORD,
    "set option peer_fingerprint of section 'bond'",
  ),
  ...gone(
    'http_proxy http_proxy_option http_proxy_retry http_proxy_timeout socks_proxy socks_proxy_retry',
    PROXY,
  ),
  ...gone(
    'pull push push_reset route_nopull',
    'nothing is pushed or pulled between two ends; each has its own configuration',
  ),
  ...gone('remote_random', 'a link has one server'),
  ...gone(
    'bcast_buffers ccd_exclusive client_config_dir client_connect client_disconnect client_to_client connect_freq disable duplicate_cn hash_size ifconfig_pool ifconfig_pool_linear ifconfig_pool_persist ifconfig_push iroute learn_address max_clients max_routes_per_client server_bridge',
    MULTI,
  ),
  ...gone('replay_persist', 'all tunnels would write the same file'),
  ...gone('plugin', "OpenWrt's OpenVPN takes no plugins"),
];

const OPTIONS: readonly OptionSpec[] = [...PASSED, ...OURS, ...GONE];

/** `config openvpn`: what goes into the tunnels of a router. */
export const OPENVPN_SECTION: SectionSpec = {
  type: 'openvpn',
  name: null,
  options: OPTIONS,
};

/** `config openvpn-server`: the same for a server, so that one file can describe both ends. */
export const OPENVPN_SERVER_SECTION: SectionSpec = {
  ...OPENVPN_SECTION,
  type: 'openvpn-server',
};
