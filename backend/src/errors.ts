/**
 * Every condition bonding can report, in one table: code, severity, what is wrong and what happens
 * now (`text`), and what the reader can do (`fix`). `{name}` is filled from the arguments. The page,
 * `bonding check`, the log and docs/problems.md all show these words.
 */

/** `error`: something does not work; `warning`: it works, but not as written; `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** One condition shown to the user. `subject` is the thing, e.g. `link 'link1'`. */
export interface Problem {
  code: Code;
  severity: Severity;
  subject: string;
  text: string;
  fix: string;
}

interface Entry {
  severity: Severity;
  text: string;
  fix: string;
}

const table = {
  'config-missing': {
    severity: 'error',
    text: 'the file {file} does not exist; what runs goes on, nothing new is started',
    fix: 'create it; docs/options.md has a sample for a router and for a server',
  },
  'config-syntax': {
    severity: 'error',
    text: 'line {line}, column {column}: {reason}; the last good configuration stays in use',
    fix: 'mend that line, then run: bonding check',
  },
  'config-unreadable': {
    severity: 'error',
    text: 'the file {file} cannot be read ({reason}); the last good configuration stays in use',
    fix: 'run as root, or mend the permissions of {file}',
  },
  'key-folder': {
    severity: 'error',
    text: 'our key cannot be kept in {folder}: {reason}; no tunnel can start',
    fix: 'make {folder} a folder that root can write',
  },
  'bond-missing': {
    severity: 'error',
    text: "there is no section config interface 'bond'; nothing is started",
    fix: 'add it; docs/options.md has a sample',
  },
  'bond-address': {
    severity: 'error',
    text: '{reason}; nothing is started',
    fix: 'give the two ends two addresses of one network, e.g. ipaddr 10.0.0.2/30 and remote_ipaddr 10.0.0.1',
  },
  'links-none': {
    severity: 'error',
    text: 'there is no link that can be used; no traffic is carried',
    fix: 'add a section config link for each line, with its WAN and the server (docs/options.md)',
  },
  'link-limit': {
    severity: 'error',
    text: 'a bond has at most {limit} links; link skipped',
    fix: 'take a link out',
  },
  'link-name': {
    severity: 'error',
    text: 'the name has more than {limit} characters; link skipped',
    fix: 'give the section a shorter name',
  },
  'link-taken': {
    severity: 'error',
    text: "option '{option}' is {value}, which {other} has already; link skipped",
    fix: "give each link its own '{option}', or take it out: the defaults differ",
  },
  'link-shared': {
    severity: 'warning',
    text: "WAN '{wan}' is also that of {other}: both tunnels share one line",
    fix: "set option interface to this line's own WAN, unless that is meant",
  },
  'peer-unknown': {
    severity: 'error',
    text: "no option 'peer_fingerprint', and no 'ca' for the tunnels: the other end cannot be known, no tunnel comes up",
    fix: 'run `bonding keys` at the other end and set option peer_fingerprint here to what it prints',
  },
  'option-missing': {
    severity: 'error',
    text: "no option '{option}' ({meaning}); {consequence}",
    fix: "set option '{option}' in that section",
  },
  'option-wrong': {
    severity: 'error',
    text: "option '{option}' is '{value}', not {expected}; {consequence}",
    fix: "correct '{option}'; docs/options.md describes it",
  },
  'option-default': {
    severity: 'warning',
    text: "option '{option}' is '{value}', not {expected}; instead {used} is used",
    fix: "correct '{option}', or take it out",
  },
  'option-unknown': {
    severity: 'warning',
    text: "unknown option '{option}' is ignored{hint}",
    fix: 'correct the name, or take it out; docs/options.md lists all options',
  },
  'option-many': {
    severity: 'warning',
    text: "option '{option}' is given several times; the last, '{value}', is used",
    fix: "write option '{option}' once",
  },
  'option-role': {
    severity: 'warning',
    text: "option '{option}' means nothing on a {role} and is ignored",
    fix: "take it out, or correct option 'role'",
  },
  'option-later': {
    severity: 'warning',
    text: 'no effect yet: {options}',
    fix: 'leave it for a later version, or take it out',
  },
  'option-ours': {
    severity: 'warning',
    text: "option '{option}' is ignored: {why}",
    fix: "take out '{option}'",
  },
  'option-gone': {
    severity: 'warning',
    text: "option '{option}' is dropped: {why}",
    fix: "'{option}': {instead}",
  },
  'section-unknown': {
    severity: 'warning',
    text: "a section of type '{type}' is ignored{hint}",
    fix: 'correct the type, or take it out; docs/options.md lists all sections',
  },
  'problems-more': {
    severity: 'info',
    text: 'there are {count} more problems, not shown',
    fix: 'mend the first ones, then run: bonding check',
  },
  'ubus-absent': {
    severity: 'warning',
    text: 'nothing answers on {socket} ({reason}); trying again every second',
    fix: 'start ubusd, or start the daemon with --broker where there is none',
  },
  'forwarding-off': {
    severity: 'error',
    text: 'net.ipv4.ip_forward is 0: this server does not pass packets on to the Internet',
    fix: 'sysctl -w net.ipv4.ip_forward=1, and keep it in /etc/sysctl.d',
  },
  'device-taken': {
    severity: 'error',
    text: 'a device {device} exists already and is not ours; left alone, so this cannot start',
    fix: "delete it (ip link delete {device}), or choose another name with option '{option}'",
  },
  'tun-refused': {
    severity: 'error',
    text: "this kernel's bonding driver takes no {type} device in mode {mode}; nothing is started",
    fix: "set option dev_type 'tap' in section 'openvpn' at both ends, or install the patched driver (patches/README.md)",
  },
  'module-missing': {
    severity: 'error',
    text: 'the kernel module {module} cannot be loaded ({reason}); the bond cannot start',
    fix: 'opkg install kmod-{module}; on a server: a kernel package that has the module {module}',
  },
  'openvpn-missing': {
    severity: 'error',
    text: 'there is no openvpn program; no tunnel is started',
    fix: 'opkg install openvpn-openssl (or openvpn-mbedtls), on a server apt install openvpn; then: bonding reload',
  },
  'nft-missing': {
    severity: 'warning',
    text: 'there is no nft program: TCP segment sizes are not clamped and nothing is translated',
    fix: 'opkg install nftables-json, on a server apt install nftables; then: bonding reload',
  },
  'wan-down': {
    severity: 'warning',
    text: "WAN '{wan}' cannot be used: {reason}; the link waits for it",
    fix: 'bring the line up, or run: ifstatus {wan}',
  },
  'peer-fingerprint': {
    severity: 'error',
    text: 'the other end showed the certificate {got}, which is not the one we know; refused',
    fix: "compare it with `bonding keys` at the other end, then set option peer_fingerprint of section 'bond'",
  },
  'openvpn-options': {
    severity: 'error',
    text: 'OpenVPN refuses its configuration: {reason}',
    fix: "take that option out of section 'openvpn' (docs/options.md says what each version takes)",
  },
  'server-unresolved': {
    severity: 'warning',
    text: "the name '{server}' has no address now; the tunnel keeps trying",
    fix: "check the name and the router's DNS, or write the server's address into option 'server'",
  },
  'tunnel-ended': {
    severity: 'error',
    text: 'OpenVPN ended: {reason}; it is started again after a while',
    fix: 'another program may hold the port, or the address is gone; see: bonding events',
  },
  'link-not-connecting': {
    severity: 'warning',
    text: 'no answer from {server} for {seconds} s; the tunnel keeps trying',
    fix: 'check that the server runs, that its firewall lets UDP port {port} in, and that the line works',
  },
  'no-permission': {
    severity: 'error',
    text: '{action} was refused: the daemon must run as root',
    fix: 'start it with /etc/init.d/bonding start, or with sudo',
  },
  'command-failed': {
    severity: 'error',
    text: '`{command}` failed: {reason}',
    fix: 'the daemon tries again by itself; if it stays, send the output of: bonding facts',
  },
  'not-as-planned': {
    severity: 'error',
    text: '{count} steps were taken, and the system is still not as planned: {command}',
    fix: 'something else changes the same devices or rules; see: bonding plan',
  },
  'page-files': {
    severity: 'warning',
    text: 'the page cannot be read from {folder} ({reason}); it is not served, all else works',
    fix: 'build it (npm run build), or install the package again',
  },
  'page-listen': {
    severity: 'warning',
    text: 'cannot listen on {address} ({reason}); the page is not served, all else works',
    fix: 'end the program that uses it, or choose another port',
  },
} as const satisfies Record<string, Entry>;

/** A stable name for one kind of problem. */
export type Code = keyof typeof table;

/** The placeholders in a text such as `{file} at line {line}`. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The arguments that the texts of one code need. */
export type Args<C extends Code> = Record<
  Placeholders<(typeof table)[C]['text'] | (typeof table)[C]['fix']>,
  string | number
>;

/** Builds the problem `code` about `subject`, with its texts filled in. */
export function problem<C extends Code>(code: C, subject: string, args: Args<C>): Problem {
  const entry: Entry = table[code];
  const values: Record<string, string | number> = args;
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return { code, severity: entry.severity, subject, text: fill(entry.text), fix: fill(entry.fix) };
}

/** One line for a log or a terminal: `bonding: link 'link1': no option 'server'; link skipped`. */
export function describe(found: Problem): string {
  return `bonding: ${found.subject}: ${found.text}`;
}

/** All codes with their unfilled texts, for the docs and the tests that tie them together. */
export const CODES: Readonly<Record<string, Entry>> = table;

/** The reason in an unknown thrown value, without a stack. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
