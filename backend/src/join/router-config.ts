import { formatAddress, otherEnd, parseCidr } from '../config/ip.ts';
import { format, optionNames, parse, type UciPackage, type UciSection } from '../uci/index.ts';
import type { Settings } from './settings.ts';

/** What a router's configuration takes from joining. */
export interface Joining {
  settings: Settings;
  /** WANs in order, one for each link that is made; at most as many as the server has links. */
  wans: readonly string[];
  /** Where the tls-crypt key is kept; null: there is none. */
  tlsCryptPath: string | null;
}

type Options = UciSection['options'];

/** Of `interface 'bond'`: what the server says, and what only a server or an earlier peer has. */
const BOND_REPLACED = [
  ...['enabled', 'role', 'ipaddr', 'netmask', 'remote_ipaddr', 'peer_fingerprint'],
  ...['lan', 'mtu', 'nat', 'public_ipaddr'],
];

/** Of `openvpn`: how the ends know each other, which the fingerprints now do. */
const OPENVPN_REPLACED = [
  ...['dev_type', 'tls_crypt', 'tls_crypt_v2', 'tls_auth', 'secret', 'key_direction'],
  ...['ca', 'cert', 'key', 'pkcs12', 'askpass', 'crl_verify', 'verify_x509_name'],
  ...['remote_cert_tls', 'remote_cert_eku', 'remote_cert_ku', 'tls_verify'],
];

/**
 * The router's configuration after joining: the bond's addresses, its peer, the links and the way the
 * ends know each other are the server's; all else stays as it was. Joining twice is joining once.
 */
export function joinedConfig(before: UciPackage, joining: Joining): UciPackage {
  const kept = before.sections.filter(({ type }) => type !== 'link');
  const bond = kept.find(isBond);
  const openvpn = kept.filter(({ type }) => type === 'openvpn');
  const changed = kept.map((section) => {
    if (section === bond) return replaced(section, BOND_REPLACED, bondOptions(joining));
    if (!openvpn.includes(section)) return section;
    const own = section === openvpn.at(-1) ? openvpnOptions(joining) : [];
    return replaced(section, OPENVPN_REPLACED, own);
  });
  if (bond === undefined) changed.unshift(newSection('interface', 'bond', bondOptions(joining)));
  const at = linksBegin(before, changed);
  changed.splice(at, 0, ...linkSections(before, changed, joining));
  if (openvpn.length === 0) changed.push(newSection('openvpn', null, openvpnOptions(joining)));
  // Read back as it will be, with the names that anonymous sections get by their place.
  return parse(format({ sections: changed }));
}

/** Our own words for links begin where the first old one stood, else after the bond. */
function linksBegin(before: UciPackage, changed: readonly UciSection[]): number {
  const first = before.sections.findIndex(({ type }) => type === 'link');
  const earlier = first < 0 ? null : before.sections.slice(0, first);
  const grown = changed.length - before.sections.filter(({ type }) => type !== 'link').length;
  return earlier === null ? changed.findIndex(isBond) + 1 : earlier.length + grown;
}

function isBond({ type, name }: UciSection): boolean {
  return type === 'interface' && name === 'bond';
}

function bondOptions({ settings }: Joining): [string, string | string[]][] {
  const { address, peer, fingerprint, lan, mtu } = settings;
  const cidr = parseCidr(address);
  const derived = cidr === null ? null : otherEnd(cidr.address, cidr.prefix);
  const said = derived !== null && formatAddress(derived) === peer;
  return [
    ['enabled', '1'],
    ['role', 'router'],
    ['ipaddr', address],
    ['remote_ipaddr', said ? '' : peer],
    ['peer_fingerprint', [fingerprint]],
    ['lan', lan],
    ['mtu', mtu === null ? '' : String(mtu)],
  ];
}

function openvpnOptions({ settings, tlsCryptPath }: Joining): [string, string | string[]][] {
  return [
    ['dev_type', settings.deviceType],
    ['tls_crypt', tlsCryptPath ?? ''],
  ];
}

/** One link for each WAN. A gateway that was set for that WAN stays: only the user knows it. */
function linkSections(
  before: UciPackage,
  others: readonly UciSection[],
  { settings, wans }: Joining,
): UciSection[] {
  const taken = new Set(others.map(({ name }) => name));
  const old = before.sections.filter(({ type }) => type === 'link');
  return settings.links.slice(0, wans.length).map(({ name, port }, index) => {
    const wan = wans[index] ?? '';
    const before = wans.slice(0, index).filter((other) => other === wan).length;
    const same = old.filter(({ options }) => options.interface === wan)[before];
    return newSection('link', freeName(name, taken), [
      ['interface', wan],
      ['gateway', same?.options.gateway ?? ''],
      ['server', settings.server],
      ['remote_port', String(port)],
    ]);
  });
}

/** Two sections of one name would be one. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 1; taken.has(free); count += 1) free = `${name.slice(0, 28)}_${count}`;
  taken.add(free);
  return free;
}

/** The section without the options `gone`, and with the new ones where the first of those stood. */
function replaced(
  section: UciSection,
  gone: readonly string[],
  added: readonly [string, string | string[]][],
): UciSection {
  const names = optionNames(section.options);
  const first = names.findIndex((name) => gone.includes(name));
  const place = Math.max(first, 0);
  const entry = (name: string): [string, string | string[]] => [
    name,
    withoutLines(name, section.options[name] ?? '', gone),
  ];
  const rest = (part: string[]) => part.filter((name) => !gone.includes(name)).map(entry);
  return {
    ...section,
    options: optionsOf([...rest(names.slice(0, place)), ...added, ...rest(names.slice(place))]),
  };
}

/** A line of `list extra` may be one of the options that go, by OpenVPN's name for it. */
function withoutLines(
  name: string,
  value: string | string[],
  gone: readonly string[],
): string | string[] {
  if (name !== 'extra') return value;
  const lines = Array.isArray(value) ? value : [value];
  const word = (line: string): string => line.trim().replace(/^--/, '').split(/\s/)[0] ?? '';
  return lines.filter((line) => !gone.includes(word(line).replaceAll('-', '_')));
}

function newSection(
  type: string,
  name: string | null,
  options: readonly [string, string | string[]][],
): UciSection {
  return { type, name: name ?? type, anonymous: name === null, options: optionsOf(options) };
}

/** libuci knows no empty option. */
function optionsOf(entries: readonly [string, string | string[]][]): Options {
  return Object.fromEntries(entries.filter(([, value]) => value.length > 0));
}
