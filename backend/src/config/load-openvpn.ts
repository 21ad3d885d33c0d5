import type { UciSection } from '../uci/types.ts';
import type { OptionSpec, SectionSpec } from './option.ts';
import { OPENVPN_SECTION, OPENVPN_SERVER_SECTION } from './schema-openvpn.ts';
import { complain, cut, type Place, type Reader, readSection, type Values } from './section.ts';
import type { DeviceType, OpenvpnConfig, OpenvpnOption } from './types.ts';

/** The OpenVPN sections of one end, understood. */
export interface LoadedOpenvpn {
  deviceType: DeviceType;
  openvpn: OpenvpnConfig;
  /** Whether the options say whom to trust (`ca`), in case there is no fingerprint. */
  hasAuthority: boolean;
}

/** Any of these is a check of the other end's certificate that the user has chosen. */
const CHECKS = [
  'remote_cert_tls',
  'remote_cert_eku',
  'remote_cert_ku',
  'verify_x509_name',
  'tls_verify',
];

/** The sections that count at this end. */
export function openvpnSection(reader: Reader): SectionSpec {
  return reader.role === 'router' ? OPENVPN_SECTION : OPENVPN_SERVER_SECTION;
}

/**
 * Reads the sections as one, later ones over earlier ones. `pinned`: the other end is known by its
 * fingerprint, so an authority has no say.
 */
export function loadOpenvpn(
  outer: Reader,
  sections: readonly UciSection[],
  pinned: boolean,
): LoadedOpenvpn {
  const spec = openvpnSection(outer);
  const given: UciSection['options'] = Object.assign({}, ...sections.map((one) => one.options));
  const { options: known, unfolded } = unfold(spec, given);
  const where = (option?: string): string | undefined =>
    option !== undefined && unfolded.has(option) ? 'extra' : option;
  const reader: Reader = {
    ...outer,
    lineOf: (_, option) => lineIn(outer, sections, where(option)),
  };
  const section: UciSection = {
    type: spec.type,
    name: sections.at(-1)?.name ?? '',
    anonymous: true,
    options: known,
  };
  const place: Place = { section, subject: `section '${spec.type}'`, consequence: 'ignored' };
  const values = readSection(reader, place, spec);
  const dropped = new Set([
    ...refusals(reader, place, spec, values),
    ...conflicts(reader, place, values, pinned),
  ]);
  const kept = (name: string): boolean => values.given.includes(name) && !dropped.has(name);
  const hasAuthority = kept('ca') || kept('pkcs12');
  const options = [
    ...values.given.filter(kept).flatMap((name) => write(reader, place, spec, name, values)),
    ...standard(reader, spec, kept, hasAuthority && !pinned),
  ];
  const deviceType = values.text('dev_type') === 'tun' ? 'tun' : 'tap';
  return { deviceType, openvpn: { options }, hasAuthority };
}

/**
 * Lines of `list extra` whose option is in the table are read as that option, so that the same rules
 * hold for both spellings; `unfolded` names them. `setenv opt X` is OpenVPN's other way to say X.
 */
function unfold(
  spec: SectionSpec,
  given: UciSection['options'],
): { options: UciSection['options']; unfolded: ReadonlySet<string> } {
  const options = { ...given };
  const unfolded = new Set<string>();
  const rest: string[] = [];
  const lines = asList(given.extra);
  const setenv = asList(given.setenv);
  if (given.setenv !== undefined) options.setenv = setenv.filter((text) => !OPT.test(text));
  for (const line of [...lines, ...setenv.filter((text) => OPT.test(text))]) {
    const plain = line.trim().replace(OPT, '').replace(/^--/, '');
    const [word = '', ...words] = plain.split(/\s+/);
    const name = word.replaceAll('-', '_');
    const entry = entryOf(spec, name);
    if (entry === undefined || name === 'extra' || word.includes('_')) rest.push(plain);
    else {
      options[name] = [...asList(options[name]), words.join(' ') || '1'];
      unfolded.add(name);
    }
  }
  if (lines.length + rest.length > 0) options.extra = rest;
  return { options, unfolded };
}

const OPT = /^((--)?(setenv\s+)?["']?opt["']?\s+)+/;

function asList(value: string | string[] | undefined): string[] {
  return typeof value === 'string' ? [value] : [...(value ?? [])];
}

/** The line in the last of the sections that has the option. */
function lineIn(
  { lineOf }: Reader,
  sections: readonly UciSection[],
  option: string | undefined,
): number | null {
  if (option === undefined) return null;
  const lines = sections.map(({ name }) => lineOf(name, option));
  return lines.filter((line) => line !== null).at(-1) ?? null;
}

/** Options that bonding sets itself or does not write: their names, and a problem for each. */
function refusals(reader: Reader, place: Place, spec: SectionSpec, values: Values): string[] {
  const refused: string[] = [];
  for (const name of values.given) {
    const entry = entryOf(spec, name);
    if (entry === undefined || entry.policy?.kind === 'pass') continue;
    refused.push(name);
    const list = values.list(name);
    // `option persist_tun '0'` asks for what is done anyway.
    if (!list.every((text) => text === '0')) warn(reader, place, entry, name, list);
  }
  return refused;
}

function warn(
  reader: Reader,
  place: Place,
  entry: OptionSpec,
  option: string,
  list: readonly string[],
): void {
  const { policy } = entry;
  if (policy?.kind === 'gone') {
    const { why, instead } = policy;
    complain(reader, place, option, 'option-gone', { option: entry.name, why, instead });
  } else if (policy?.kind === 'ours') {
    if (entry.roles.includes(reader.role) && list.every((text) => policy.same.includes(text)))
      return;
    complain(reader, place, option, 'option-ours', { option: entry.name, why: policy.why });
  }
}

/** Good options that contradict others. */
function conflicts(reader: Reader, place: Place, values: Values, pinned: boolean): string[] {
  const given = (name: string): boolean => values.given.includes(name);
  const dropped: string[] = [];
  const drop = (option: string, why: string): void => {
    complain(reader, place, option, 'option-ours', { option, why });
    dropped.push(option);
  };
  if (pinned && given('ca'))
    drop('ca', "option 'peer_fingerprint' says which certificate is right");
  for (const name of ['ping', 'ping_restart']) {
    if (given('keepalive') && given(name)) drop(name, "option 'keepalive' sets both times");
  }
  for (const [name, other] of [
    ['cert', 'key'],
    ['key', 'cert'],
  ] as const) {
    if (!given(name) || given(other)) continue;
    const meaning = "'cert' and 'key' belong together";
    const consequence = "bonding's own certificate is used";
    complain(reader, place, name, 'option-missing', { option: other, meaning, consequence });
    dropped.push(name);
  }
  return dropped;
}

/** The lines of one option, in OpenVPN's spelling. */
function write(
  reader: Reader,
  place: Place,
  spec: SectionSpec,
  option: string,
  values: Values,
): OpenvpnOption[] {
  const name = option.replaceAll('_', '-');
  if (option === 'extra') return values.list(option).flatMap((line) => extra(reader, place, line));
  const type = entryOf(spec, option)?.type.kind;
  if (type === 'bool') return values.flag(option) ? [{ name, value: null }] : [];
  return values.list(option).map((text) => ({ name, value: type === 'path' ? quote(text) : text }));
}

/** A line of `list extra` whose option the table does not have. */
function extra(reader: Reader, place: Place, line: string): OpenvpnOption[] {
  const [name = '', ...rest] = line.split(/\s+/);
  if (NEVER.test(name)) {
    complain(reader, place, 'extra', 'option-ours', { option: cut(line), why: WHY_NEVER });
    return [];
  }
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    const expected = "an option in OpenVPN's spelling";
    const wrong = { option: 'extra', value: cut(line), expected, used: 'nothing' };
    complain(reader, place, 'extra', 'option-default', wrong);
    return [];
  }
  return [{ name, value: rest.length === 0 ? null : rest.join(' ') }];
}

/** Options that act at once, whatever else stands in the file, or that are of no use in a tunnel. */
const NEVER =
  /^(config|cd|daemon|inetd|writepid|errors-to-stderr|setcon|service|help|version|genkey|ignore-unknown-option|show-.*|management-.*|pkcs11-.*|server-.*|push-.*|(route|ifconfig)-.*)$/;
const WHY_NEVER =
  'bonding starts each tunnel itself, from one file, with two ends and no addresses';

/** Defaults of what is not given. */
function standard(
  reader: Reader,
  spec: SectionSpec,
  kept: (name: string) => boolean,
  authority: boolean,
): OpenvpnOption[] {
  const pairs = spec.options.flatMap((entry) => {
    const value = entry.default;
    if (entry.policy?.kind !== 'pass' || value === null || kept(entry.name)) return [];
    return entry.name === 'keepalive' ? pings(value, kept) : [[entry.name, value] as const];
  });
  if (authority && !CHECKS.some(kept)) {
    pairs.push(['remote_cert_tls', reader.role === 'router' ? 'server' : 'client']);
  }
  return pairs.map(([name, value]) => ({
    name: name.replaceAll('_', '-'),
    value,
    ...(name === 'data_ciphers' && { standard: true }),
  }));
}

/** `keepalive`, unless one of its halves is given: OpenVPN refuses both together. */
function pings(keepalive: string, kept: (name: string) => boolean): (readonly [string, string])[] {
  if (!kept('ping') && !kept('ping_restart')) return [['keepalive', keepalive]];
  const [ping = '', restart = ''] = keepalive.split(' ');
  const halves = [['ping', ping] as const, ['ping_restart', restart] as const];
  return halves.filter(([name]) => !kept(name));
}

function entryOf(spec: SectionSpec, name: string): OptionSpec | undefined {
  return spec.options.find((entry) => entry.name === name);
}

/** A path as one word of OpenVPN's configuration; one that the user has quoted already stays. */
function quote(path: string): string {
  if (/^[\w./:@+-]+$/.test(path) || path.startsWith('"')) return path;
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
