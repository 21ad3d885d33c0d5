import type { OptionSpec, OptionType, SectionSpec } from './option.ts';
import { SCHEMA } from './schema.ts';
import { SECTION_TEXTS, textOf } from './schema-texts.ts';
import { expectation } from './value.ts';

/** Widest line of the file. */
const WIDTH = 78;

const HEAD =
  'Configuration of bonding. A line with # directly before its first word is an option that is not set: take the # away, of its `config` line too. LuCI and uci drop comments when they save; docs/options.md has the same texts. `bonding check` says what is odd.';

/** Sections that a router does not read; the file is shipped for routers. */
const OF_A_SERVER = ['openvpn-server', 'forward'];

/** What the shipped file sets: it does nothing, and is complete but for the links and the other end. */
const SET: Readonly<Record<string, string>> = { enabled: '0', ipaddr: '10.80.0.2/30' };

/** Values of options that have no default, by `SECTION.OPTION`, that are right on some machine. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'interface.remote_ipaddr': '10.80.0.1',
  'interface.mtu': '1426',
  'interface.lan': '192.168.1.0/24',
  'interface.public_ipaddr': '203.0.113.5',
  'interface.peer_fingerprint': Array.from({ length: 32 }, () => 'AB').join(':'),
  'interface.arp_interval': '500',
  'interface.arp_ip_target': '10.80.0.1',
  'interface.watchdog_ip': '10.80.0.1',
  'interface.watchdog_action': '/sbin/reboot',
  'link.interface': 'wan',
  'link.gateway': '192.168.1.1',
  'link.tunnel': 'tap0',
  'link.local_port': '0',
  'link.remote_port': '1194',
  'link.server': 'bond.example.net',
  'link.routing_table': '20101',
  'link.download': '16000',
  'link.upload': '2000',
  'link.weight': '1',
  'link.heartbeat_interval': '1000',
  'link.max_loss': '2',
  'link.max_latency': '400',
  'interface.heartbeat_port': '1258',
  'openvpn.ca': '/etc/bonding/ca.crt',
  'openvpn.cert': '/etc/bonding/my.crt',
  'openvpn.key': '/etc/bonding/my.key',
  'openvpn.pkcs12': '/etc/bonding/my.p12',
  'openvpn.askpass': '/etc/bonding/my.pass',
  'openvpn.crl_verify': '/etc/bonding/revoked.pem',
  'openvpn.ping': '2',
  'openvpn.ping_restart': '8',
  'openvpn.tls_auth': '/etc/bonding/ta.key 1',
  'openvpn.tls_crypt': '/etc/bonding/tc.key',
  'openvpn.tls_crypt_v2': '/etc/bonding/tc2.key',
  'openvpn.verify_x509_name': 'bond.example.net name',
  'openvpn.remote_cert_tls': 'server',
  'openvpn.remote_cert_eku': 'serverAuth',
  'openvpn.remote_cert_ku': 'a0',
  'openvpn.tls_verify': '/etc/bonding/verify.sh',
  'openvpn.tls_version_min': '1.2',
  'openvpn.tls_cipher': 'TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384',
  'openvpn.tls_ciphersuites': 'TLS_AES_256_GCM_SHA384',
  'openvpn.tls_groups': 'secp256r1',
  'openvpn.tls_timeout': '2',
  'openvpn.hand_window': '60',
  'openvpn.tran_window': '3600',
  'openvpn.reneg_sec': '3600',
  'openvpn.reneg_bytes': '0',
  'openvpn.reneg_pkts': '0',
  'openvpn.auth': 'SHA256',
  'openvpn.engine': 'auto',
  'openvpn.sndbuf': '262144',
  'openvpn.rcvbuf': '262144',
  'openvpn.txqueuelen': '500',
  'openvpn.nice': '-5',
  'openvpn.mtu_disc': 'maybe',
  'openvpn.shaper': '1000000',
  'openvpn.connect_timeout': '10',
  'openvpn.script_security': '2',
  'openvpn.up': '/etc/bonding/tunnel-up.sh',
  'openvpn.down': '/etc/bonding/tunnel-down.sh',
  'openvpn.ipchange': '/etc/bonding/tunnel-address.sh',
  'openvpn.route_up': '/etc/bonding/tunnel-route.sh',
  'openvpn.setenv': 'NAME value',
  'openvpn.tmp_dir': '/tmp',
  'openvpn.extra': 'fast-retry 1',
};

/**
 * The text of the `/etc/config/bonding` that is shipped: switched off, every option as a comment.
 * Throws Error for an option that has neither a default nor an example above.
 */
export function sampleConfig(): string {
  const parts = SCHEMA.filter(({ type }) => !OF_A_SERVER.includes(type)).map(section);
  const second = [
    comment('', 'And one section for each further line; the rest derives from the position.'),
    "#config link 'lte'\n\t#option interface 'wwan'\n\t#option server 'bond.example.net'",
  ].join('\n');
  const at = SCHEMA.findIndex(({ type }) => type === 'link') + 1;
  return `${[comment('', HEAD), ...parts.slice(0, at), second, ...parts.slice(at)].join('\n\n')}\n`;
}

/** One section. An empty one for OpenVPN does no harm, so its options need only their own # taken away. */
function section(spec: SectionSpec): string {
  const { type, name, options } = spec;
  const sets = type === 'interface' || type === 'openvpn';
  const title = name ?? { link: 'dsl', openvpn: 'tunnels' }[type] ?? 'first';
  const shown = options.filter(({ policy }) => policy?.kind !== 'ours' && policy?.kind !== 'gone');
  const other = type === 'openvpn' ? " A server reads 'openvpn-server' instead." : '';
  return [
    comment('', `${SECTION_TEXTS[type] ?? ''}${other}`),
    `${sets ? '' : '#'}config ${type} '${title}'`,
    ...shown.map((entry) => `${optionComment(spec, entry)}\n${optionLine(spec, entry)}\n`),
  ]
    .join('\n')
    .trimEnd();
}

function optionLine({ type }: SectionSpec, entry: OptionSpec): string {
  const set = type === 'interface' ? SET[entry.name] : undefined;
  const value = set ?? EXAMPLES[`${type}.${entry.name}`] ?? entry.default ?? ofType(entry.type);
  if (value === null) throw new Error(`option ${type}.${entry.name} has no example`);
  return `\t${set === undefined ? '#' : ''}${entry.list ? 'list' : 'option'} ${entry.name} '${value}'`;
}

function ofType(type: OptionType): string | null {
  return type.kind === 'bool' ? '1' : null;
}

function optionComment(spec: SectionSpec, entry: OptionSpec): string {
  const { help, derived } = textOf(spec, entry);
  const { roles, required, type, unit } = entry;
  const standard = entry.default ?? derived;
  const facts = [
    roles.length === 1 ? `On a ${roles[0]} only.` : '',
    required.length > 0 ? 'Required.' : '',
    type.kind === 'bool' ? '' : `Value: ${expectation(type)}${unit === null ? '' : `, ${unit}`}.`,
    standard === undefined || standard === null ? '' : `Default: ${standard}.`,
  ];
  return comment('\t', [help, ...facts].filter((text) => text !== '').join(' '));
}

/** The text, without Markdown, as comment lines; a blank after the # tells them from options. */
function comment(indent: string, text: string): string {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.replaceAll('`', "'").split(' ')) {
    // A tab is shown as eight columns.
    if (line.replace('\t', ' '.repeat(8)).length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
