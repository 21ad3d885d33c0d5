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
  'bond-off': {
    severity: 'info',
    text: "option 'enabled' is 0; nothing is started, also not by: bonding start",
    fix: 'set it to 1 when the rest of the file is as it should be',
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
  'name-long': {
    severity: 'error',
    text: 'the name has more than {limit} characters; {consequence}',
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
    fix: "set option interface to this line's own WAN (or option gateway, where two boxes are on one card), unless that is meant",
  },
  'forward-limit': {
    severity: 'error',
    text: 'a server forwards with at most {limit} sections; this one and those after it are skipped',
    fix: 'take some out, or forward a range of ports with one section',
  },
  'forward-outside': {
    severity: 'error',
    text: "option 'dest_ip' is {address}, neither in a network of option 'lan' nor the router ({peer}); forward skipped",
    fix: "correct 'dest_ip', or add its network to section 'bond': list lan",
  },
  'forward-taken': {
    severity: 'error',
    text: 'port {port} is, at least in part, that of {other}; forward skipped',
    fix: "choose another 'port', or take one of the two out",
  },
  'peer-unknown': {
    severity: 'error',
    text: "no option 'peer_fingerprint', and no 'ca' for the tunnels: the other end cannot be known, no tunnel comes up",
    fix: 'on the router: bonding join CODE (the server makes one: bonding server code); or run `bonding keys` at the other end and set option peer_fingerprint here to what it prints',
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
  'option-idle': {
    severity: 'info',
    text: 'not needed here, so without effect: {options}',
    fix: 'take it out, or leave it; docs/options.md says why',
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
  'option-refused': {
    severity: 'warning',
    text: "OpenVPN {version} refuses option '{option}' ({why}); it is left out",
    fix: "correct '{option}', or take it out{hint}",
  },
  'option-guard': {
    severity: 'error',
    text: "OpenVPN {version} refuses option '{option}' ({why}), which guards the tunnels; none is started",
    fix: "correct '{option}', or take it out{hint}",
  },
  'fingerprint-refused': {
    severity: 'error',
    text: 'OpenVPN {version} cannot know the other end by its fingerprint; no tunnel is started',
    fix: "install OpenVPN 2.6 or later, or use 'ca', 'cert' and 'key' instead of 'peer_fingerprint'",
  },
  'options-untried': {
    severity: 'info',
    text: 'there is no openvpn program here, so nobody knows whether it takes all options',
    fix: 'run bonding check where OpenVPN is installed',
  },
  'table-name': {
    severity: 'info',
    text: "option 'routing_table' is a name, '{name}'; table {table} is used, which needs no entry in rt_tables",
    fix: 'leave it, or write {table}',
  },
  'link-of-router': {
    severity: 'info',
    text: "described as a router's link (option 'server'): this server listens for it on its remote_port, {port}, on all addresses; ignored here: {options}",
    fix: 'leave it, so that one file serves both ends, or take these options out',
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
  'driver-fallback': {
    severity: 'warning',
    text: "this kernel's bonding driver takes no {type} device in mode {mode}; mode active-backup is used: what this end sends goes through one tunnel at a time, the others stand by",
    fix: "to use all lines in mode balance-rr, run: opkg install kmod-nft-netdev (elsewhere a kernel from 5.16 on), then: bonding reload. Or set option dev_type 'tap' at both ends (section 'openvpn', 'openvpn-server'), or install the patched driver here (patches/README.md)",
  },
  'driver-conflict': {
    severity: 'warning',
    text: "driver '{wanted}' does not go with dev_type '{type}'; '{driver}' is used",
    fix: "set option dev_type '{other}' at both ends (section 'openvpn', 'openvpn-server'), or option driver 'auto' (section 'bond')",
  },
  'driver-unpatched': {
    severity: 'info',
    text: "this kernel's bonding driver is not the patched one, which 'bond-tun' needs; 'spread' is used, which uses all lines, too",
    fix: "set option driver 'auto' (section 'bond'), or install the patched driver here (patches/README.md)",
  },
  'egress-missing': {
    severity: 'warning',
    text: 'this kernel cannot send a packet on to another tunnel at the egress of a slave: {effect}',
    fix: 'opkg install kmod-nft-netdev; elsewhere a kernel from 5.16 on with NETFILTER_EGRESS and the module nft_fwd_netdev. Then: bonding reload',
  },
  'twice-missing': {
    severity: 'warning',
    text: "option 'send_twice' is set, and this kernel, or its program nft, cannot send a packet twice; each is sent once, and the link gets half of its share",
    fix: 'opkg install kmod-nft-dup-inet; elsewhere a kernel with the module nft_dup_ipv4. Then: bonding reload',
  },
  'driver-refused': {
    severity: 'error',
    text: "this kernel's bonding driver takes no {type} device, neither in mode {mode} nor in active-backup; nothing is started",
    fix: "set option dev_type 'tap' at both ends (section 'openvpn', 'openvpn-server'), or install the patched driver (patches/README.md)",
  },
  'mode-ethernet': {
    severity: 'warning',
    text: 'mode {mode} needs Ethernet devices, and tun is none; {used} is used',
    fix: "set option mode 'balance-rr', or option dev_type 'tap' at both ends (section 'openvpn', 'openvpn-server')",
  },
  'shaping-missing': {
    severity: 'warning',
    text: "option 'shaping' is set, and there is no tc program, or a kernel without its schedulers (tbf with fq_codel, or cake); the lines are not shaped",
    fix: 'opkg install tc-tiny kmod-sched-core, on a server apt install iproute2; then: bonding reload',
  },
  'shaping-rate': {
    severity: 'warning',
    text: "option 'shaping' is set, and neither end says what the line carries (option '{option}'); it is not shaped",
    fix: "set the link's option '{option}' at one of the ends, in kbit/s; docs/shaping.md says how to find it",
  },
  'equalise-missing': {
    severity: 'warning',
    text: "option 'equalise' is 'auto', and there is no tc program, or a kernel without its scheduler netem; lines of different delay are not equalised",
    fix: 'opkg install tc-tiny kmod-netem, on a server apt install iproute2; then: bonding reload',
  },
  'equalise-shaping': {
    severity: 'info',
    text: "options 'equalise' and 'shaping' are both in use: lines that are shaped are not equalised",
    fix: "set one of the two to 'off' or 0; docs/delay.md says which is worth more",
  },
  'equalise-driver': {
    severity: 'info',
    text: "option 'equalise' is 'auto', and the driver in use does not divide packets by turns, so there is nothing to equalise",
    fix: "take out option 'equalise', or use another driver (docs/drivers.md)",
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
    text: 'there is no nft program: TCP segment sizes are not clamped, nothing is translated and no port forwarded',
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
  'peer-mtu': {
    severity: 'warning',
    text: 'the mtu is {own} here and {other} at the other end: packets larger than {least} bytes may be lost',
    fix: "set option mtu of section 'bond' to {least} at both ends",
  },
  'peer-version': {
    severity: 'warning',
    text: 'the other end runs bonding {version}, here it is {own}, and they do not understand each other: there are no heartbeats, and the other end is not told the rates of the lines',
    fix: 'install the newer one of the two versions at both ends',
  },
  'path-narrow': {
    severity: 'warning',
    text: "packets of {size} bytes do not come through ({most} do); the bond's MTU is lowered here from {mtu} to {lower}",
    fix: "nothing needs to be done; to say no more of it, set option mtu of section 'bond' to {lower} at both ends, or let the line carry {size} bytes",
  },
  'heartbeat-port': {
    severity: 'warning',
    text: 'cannot listen for heartbeats on UDP port {port} ({reason}): a dead line is noticed late, by its tunnel alone; it is tried again',
    fix: "end the program that uses the port, or set another option heartbeat_port of section 'bond' at both ends",
  },
  'heartbeats-unheard': {
    severity: 'warning',
    text: 'no heartbeat arrives although the tunnels stand and both ends send them: a dead line is noticed late, by its tunnel alone',
    fix: "let UDP port {port} in at the server's firewall, and at its provider's where there is one (docs/server.md)",
  },
  'peer-heartbeats': {
    severity: 'warning',
    text: 'heartbeats go to UDP port {own} as it is set here, to {other} as it is set at the other end: none arrive, and a dead line is noticed late, by its tunnel alone',
    fix: "set option heartbeat_port of section 'bond' to the same at both ends, or take it out at both",
  },
  'peer-link-off': {
    severity: 'info',
    text: 'it is on here, but switched off at the other end (UDP port {port} of the server); it carries nothing',
    fix: 'switch it on there, or off here',
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
  'link-parked': {
    severity: 'warning',
    text: 'parked, this end sends nothing through it: {why}; {next}',
    fix: "see to that line; limits: options 'max_loss' and 'max_latency' of the link; to use it all the same: option parking '0' of section 'bond' (docs/lines-that-hurt.md)",
  },
  'link-twice': {
    severity: 'info',
    text: 'each of its packets is sent twice, so half as much goes over it: {why}',
    fix: "see to that line; where its volume is paid, option send_twice '0' leaves it out (docs/lines-that-hurt.md)",
  },
  'link-silent': {
    severity: 'warning',
    text: 'its tunnel stands, but nothing comes through the line any more, one way or both; it is left out until heartbeats are back',
    fix: 'nothing needs to be done if it comes back by itself; else look at the modem, or ask the provider',
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
  'action-refused': {
    severity: 'warning',
    text: "option 'watchdog_action' is '{action}': {reason}; no command is run, only the tunnels are restarted",
    fix: 'put what it does into a script, make that executable, and name its path there',
  },
  'watchdog-fired': {
    severity: 'error',
    text: 'no reply from {targets} for {seconds} s: {done}; without a reply, in {pause} s {next}',
    fix: 'see whether the server runs and has Internet; `ping -I {device} {target}` shows what the watchdog sees',
  },
  'watchdog-blind': {
    severity: 'warning',
    text: '{reason}; the watchdog cannot ask and does nothing',
    fix: 'install ping (opkg install iputils-ping, on a server apt install iputils-ping), or set option watchdog to 0',
  },
  'watchdog-action': {
    severity: 'warning',
    text: 'the command of option watchdog_action failed: {reason}',
    fix: 'run it by hand; it must be executable and end within a minute (docs/watchdog-and-hooks.md)',
  },
  'hook-failed': {
    severity: 'warning',
    text: 'the script {script} failed: {reason}; everything else went on',
    fix: 'run it by hand; it must end within {limit} s (docs/watchdog-and-hooks.md)',
  },
  'hook-not-executable': {
    severity: 'warning',
    text: 'the script {script} is not executable and was not run',
    fix: 'chmod +x {script}, or take it away',
  },
  'test-peer': {
    severity: 'error',
    text: 'the other end does not answer at {peer}, TCP port {port} ({reason}); nothing was measured',
    fix: 'run bonding of the same version there, and let TCP ports {port} to {last} in from the bond',
  },
  'test-refused': {
    severity: 'error',
    text: '{reason}; nothing was measured',
    fix: 'see: bonding status',
  },
  'test-broken': {
    severity: 'error',
    text: 'the speed test ended early: {reason}',
    fix: 'run it again; if it stays, see: bonding events (at both ends)',
  },
  'page-files': {
    severity: 'warning',
    text: 'the page cannot be read from {folder} ({reason}); it is not served, all else works',
    fix: 'build it (npm run build), or install the package again',
  },
  'page-listen': {
    severity: 'warning',
    text: 'cannot listen on {address} ({reason}); no page is served there, all else works',
    fix: 'end the program that uses it, or choose another port (option page_port, or --page)',
  },
  'join-code': {
    severity: 'error',
    text: 'the join code cannot be used: {reason}; nothing was changed',
    fix: 'copy the whole line that the server printed; a new one: bonding server code --name NAME',
  },
  'join-unreachable': {
    severity: 'error',
    text: 'nobody answers at {server}, TCP port {port} ({reason}); nothing was changed',
    fix: 'on the server: make a new code if this one is older than a day, see that the daemon runs, and let TCP port {port} in; if its address is another now: bonding server code --name NAME --public ADDRESS',
  },
  'join-stranger': {
    severity: 'error',
    text: '{server} is not the server that made the code (its certificate is {got}); it was told nothing, nothing was changed',
    fix: 'if the server was set up anew or its address changed, get a new code there: bonding server code --name NAME',
  },
  'join-refused': {
    severity: 'error',
    text: '{reason}; nothing was changed',
    fix: '{instead}',
  },
  'join-answer': {
    severity: 'error',
    text: 'what {server} answers cannot be used: {reason}; nothing was changed',
    fix: 'run bonding of the same version at both ends, and at the server: bonding check',
  },
  'join-unsure': {
    severity: 'error',
    text: 'the server may have taken this router in, but its answer did not come ({reason}); nothing was changed here',
    fix: 'do the same again: the code still works for this router',
  },
  'join-wans': {
    severity: 'error',
    text: '{reason}; nothing was changed',
    fix: 'bring a line up, or name the WANs: bonding join CODE --wan wan --wan wwan',
  },
  'join-write': {
    severity: 'error',
    text: '{path} cannot be written: {reason}; nothing was changed',
    fix: 'run as root; make room or mend the permissions, then do the same again',
  },
  'join-waiting': {
    severity: 'info',
    text: 'no router has joined yet; who has the join code can, at TCP port {port}',
    fix: 'on the router: bonding join CODE, or paste the code in LuCI; another code: bonding server code',
  },
  'join-port': {
    severity: 'error',
    text: 'a join code is outstanding, and no router can join: {reason}',
    fix: 'end the program that holds TCP port {port}, or see what is wrong with the key folder; this is tried again by itself',
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

/**
 * Takes one line of our log. Commands and events are `info`; what the user should look at is a
 * `warning` or an `error`.
 */
export type Log = (line: string, severity?: Severity) => void;

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
