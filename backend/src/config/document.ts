import { CODES } from '../errors.ts';
import type { OptionSpec, Policy, SectionSpec } from './option.ts';
import { BOND_SECTION, FORWARD_SECTION, LINK_SECTION, OPENVPN_SECTION } from './schema.ts';
import { SECTION_TEXTS, textOf } from './schema-texts.ts';
import { expectation } from './value.ts';

const GENERATED =
  '<!-- Made from the sources; after a change there: UPDATE_DOCS=1 npm run test:unit -->';

/** The smallest working configuration of each end. */
const ROUTER = `config interface 'bond'
	option ipaddr '10.80.0.2/30'
	option peer_fingerprint 'AB:CD:…'	# what \`bonding keys\` prints on the server

config link 'dsl'
	option interface 'wan'
	option server 'bond.example.net'

config link 'lte'
	option interface 'wwan'
	option server 'bond.example.net'
`;

const SERVER = `config interface 'bond'
	option role 'server'
	option ipaddr '10.80.0.1/30'
	option peer_fingerprint '12:34:…'	# what \`bonding keys\` prints on the router
	list lan '192.168.1.0/24'

config link 'dsl'

config link 'lte'

config forward 'web'	# optional: TCP port 80 here leads to that host
	option port '80'
	option dest_ip '192.168.1.2'
`;

/** The text of docs/options.md: every option of `/etc/config/bonding`. */
export function optionsDocument(): string {
  return [
    '# Options of /etc/config/bonding',
    GENERATED,
    'The same file serves both ends. `bonding check` reads it and names whatever is odd, with the line and the fix.',
    `On the router:\n\n${fence(ROUTER)}`,
    `On the server (the links listen on ports 1194, 1195, …, which a firewall must let in):\n\n${fence(SERVER)}`,
    section(BOND_SECTION),
    section(LINK_SECTION),
    openvpn(),
    section(FORWARD_SECTION),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** The text of docs/problems.md: every condition that bonding reports. */
export function problemsDocument(): string {
  const rows = Object.entries(CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { severity, text, fix }]) => row([`\`${code}\``, severity, text, fix]));
  return [
    '# Problems',
    GENERATED,
    'What `bonding check`, `bonding status`, the page and the log can report. `error`: something does not work; `warning`: it works, but not as written; `info`: worth knowing. Words in braces are filled in.',
    table(['code', 'severity', 'what is wrong, and what happens now', 'what to do'], rows),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function section(spec: SectionSpec): string {
  const { type, name, options } = spec;
  const rows = options.map((entry) => optionRow(spec, entry));
  const title = name === null ? `\`config ${type}\`` : `\`config ${type} '${name}'\``;
  return `## ${title}\n\n${SECTION_TEXTS[type]}\n\n${table(['option', 'value', 'default', 'meaning'], rows)}`;
}

/** The two OpenVPN sections have the same options; what becomes of them sorts them. */
function openvpn(): string {
  const { options, type } = OPENVPN_SECTION;
  const of = (...kinds: Policy['kind'][]): OptionSpec[] =>
    options.filter(({ policy }) => policy !== null && kinds.includes(policy.kind));
  const passed = of('used', 'pass').map((entry) => optionRow(OPENVPN_SECTION, entry));
  const ours = grouped(of('ours')).map(([names, why]) => row([names, why]));
  const gone = grouped(of('gone')).map(([names, why, instead]) => row([names, why, instead]));
  return [
    '## `config openvpn` and `config openvpn-server`',
    `${SECTION_TEXTS[type]} A server reads \`openvpn-server\` instead, with the same options, so that one file can describe both ends.`,
    '### Passed on',
    table(['option', 'value', 'default', 'meaning'], passed),
    '### Set by bonding',
    'These may stay in the file; their values change nothing, and `bonding check` says so.',
    table(['option', 'why'], ours),
    '### Dropped',
    table(['option', 'why', 'instead'], gone),
  ].join('\n\n');
}

/** Options with the same reason share a row: their names, the reason and what to do instead. */
function grouped(options: readonly OptionSpec[]): [string, string, string][] {
  const rows = new Map<string, [string, string, string]>();
  for (const { name, policy } of options) {
    if (policy?.kind !== 'ours' && policy?.kind !== 'gone') continue;
    const instead = policy.kind === 'gone' ? policy.instead : '';
    const key = `${policy.why}\n${instead}`;
    const names = rows.get(key)?.[0];
    const all = names === undefined ? `\`${name}\`` : `${names}, \`${name}\``;
    rows.set(key, [all, policy.why, instead]);
  }
  return [...rows.values()];
}

function expected({ type, list, unit }: OptionSpec): string {
  const what = `${expectation(type).replace(/^an? /, '')}${unit === null ? '' : `, ${unit}`}`;
  return list ? `list of: ${what}` : what;
}

function optionRow(section: SectionSpec, entry: OptionSpec): string {
  const { help, derived } = textOf(section, entry);
  return row([
    `\`${entry.name}\``,
    expected(entry),
    standard(entry, derived ?? '–'),
    remark(entry, help),
  ]);
}

function standard({ default: text, required }: OptionSpec, derived: string): string {
  if (required.length === 2) return 'required';
  if (required.length === 1) return `required on a ${required[0]}`;
  return text === null ? derived : `\`${text}\``;
}

function remark({ roles, effect, policy }: OptionSpec, help: string): string {
  const only = policy === null && roles.length === 1 ? ` On a ${roles[0]} only.` : '';
  return `${help}${only}${effect === 'none' ? ' **No effect.**' : ''}`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function fence(text: string): string {
  return `\`\`\`\n${text}\`\`\``;
}
