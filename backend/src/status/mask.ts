/**
 * What a text for a bug report must not tell. Secrets never; with a masker also what says whose
 * machine it is: the same thing gets the same new name everywhere, so that the reader can still follow.
 */

/** Inline blocks of an OpenVPN configuration that are secret. */
const BLOCKS =
  /<(key|secret|tls-auth|tls-crypt|tls-crypt-v2|pkcs12|auth-user-pass|http-proxy-user-pass|askpass)>[\s\S]*?(?:<\/\1>|$)/gi;

/** PEM, and what OpenVPN makes in its likeness: `OpenVPN Static key V1`, `OpenVPN tls-crypt-v2 … key`. */
const PEM = /-----BEGIN ([^\n]{0,60}?\bkey\b[^\n]{0,20}?)-----[\s\S]*?(?:-----END \1-----|$)/gi;

/** From `verb 7` on OpenVPN's log has the keys themselves: `Data Channel Encrypt: CIPHER KEY: …`. */
const LOGGED_KEY = /\b((?:CIPHER|HMAC) KEY:).*/gi;

/** A value that should be the path of a file; where it is none it may be the secret itself. */
const PASSWORD =
  /^([ \t]*(?:(?:option|list)[ \t]+)?['"]?[\w-]*(?:pass|passwd|password|passphrase|secret|psk)['"]?[ \t]+)(?!['"]?\/)\S.*/gim;

/** The words after the program's name: they may be anything, a key of some service too. */
const COMMAND = /^([ \t]*(?:option|list)[ \t]+['"]?watchdog_action['"]?[ \t]+['"]?[^\s'"]*).*/gim;

const LEFT_OUT = '(left out)';

/** The text without private keys, passwords and the like. */
export function withoutSecrets(text: string): string {
  return text
    .replace(PEM, LEFT_OUT)
    .replace(BLOCKS, `<$1>${LEFT_OUT}</$1>`)
    .replace(LOGGED_KEY, `$1 ${LEFT_OUT}`)
    .replace(PASSWORD, `$1${LEFT_OUT}`)
    .replace(COMMAND, `$1 ${LEFT_OUT}`);
}

/** The names of servers in a UCI text; also in one that is no good otherwise. */
export function serverNames(uci: string): string[] {
  const option =
    /^[ \t]*(?:option|list)[ \t]+['"]?(?:server|remote|http_proxy|public_ipaddr)['"]?[ \t]+['"]?([^\s'"#]+)/gim;
  const names = [...uci.matchAll(option)].map((found) => found[1] ?? '');
  return [...new Set(names)].filter((name) => /[a-z]/i.test(name) && !name.includes(':'));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?(?:-----END CERTIFICATE-----|$)/gi;
const FINGERPRINT = /[0-9a-f]{2}(?::[0-9a-f]{2}){15,}|(?<![0-9a-f])[0-9a-f]{40,}/gi;
const MAC = /[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}/gi;
const IPV4 = /(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g;
/** The second time also where a letter stands before it: what is left is masked, whatever it is. */
const IPV6 = [
  /(?<![0-9a-z])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z])/gi,
  /(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z])/gi,
];

/** Says the same of every text it is given; `names` are the servers' names. */
export function createMasker(names: readonly string[]): (text: string) => string {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  const called = (kind: string, what: string): string => {
    const key = `${kind} ${what}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    known.set(key, `${kind}-${count}`);
    return `${kind}-${count}`;
  };
  // The longest first: one may be a part of another.
  const patterns = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => ({ name: name.toLowerCase(), pattern: namePattern(name) }));

  return (text) => {
    let masked = text.replace(CERTIFICATE, LEFT_OUT);
    for (const { name, pattern } of patterns)
      masked = masked.replace(pattern, () => called('server', name));
    masked = masked
      .replace(FINGERPRINT, (found) => called('fingerprint', plain(found)))
      .replace(MAC, (found) => (isNobodys(found) ? found : called('mac', plain(found))))
      .replace(IPV4, (found) => (isPublic4(found) ? called('address', found) : found));
    for (const pattern of IPV6)
      masked = masked.replace(pattern, (found) => {
        const groups = readIpv6(found);
        return groups !== null && isPublic6(groups) ? called('address', groups.join(':')) : found;
      });
    return masked;
  };
}

/** A name with a dot is nothing else, wherever it stands; a plain word only where it stands alone. */
function namePattern(name: string): RegExp {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(name.includes('.') ? literal : `(?<![\\w.-])${literal}(?![\\w-])`, 'gi');
}

function plain(hex: string): string {
  return hex.replace(/[:-]/g, '').toLowerCase();
}

/** No card's address: nothing, or everybody. */
function isNobodys(mac: string): boolean {
  return /^0+$|^f+$/.test(plain(mac));
}

/** Not private, link-local, loopback, shared by a provider, or for many; nor a netmask. */
function isPublic4(address: string): boolean {
  const [a = 0, b = 0, ...rest] = address.split('.').map(Number);
  if ([a, b, ...rest].some((octet) => octet > 255)) return false;
  if ([0, 10, 127].includes(a) || a >= 224) return false;
  if (a === 172) return b < 16 || b > 31;
  if (a === 100) return b < 64 || b > 127;
  return !(a === 192 && b === 168) && !(a === 169 && b === 254);
}

/** Eight groups, or null: three numbers with colons may be a time of day. */
function readIpv6(text: string): number[] | null {
  const halves = text.split('::');
  const read = (half: string | undefined): number[] =>
    half === undefined || half === '' ? [] : half.split(':').map((part) => Number(`0x${part}`));
  const [head, tail] = [read(halves[0]), read(halves[1])];
  const count = head.length + tail.length;
  if (halves.length > 2 || (halves.length === 1 ? count !== 8 : count > 7)) return null;
  const groups = [...head, ...Array<number>(8 - count).fill(0), ...tail];
  return groups.some(Number.isNaN) ? null : groups;
}

/** Not ::, ::1, link-local, unique local or for many; one that has a card's address in it counts too. */
function isPublic6(groups: readonly number[]): boolean {
  const first = groups[0] ?? 0;
  // Also what stands before the IPv4 address in ::ffff:192.0.2.1.
  if (groups.slice(0, 7).every((group) => group === 0)) return false;
  const ofCard = ((groups[5] ?? 0) & 0xff) === 0xff && (groups[6] ?? 0) >> 8 === 0xfe;
  const local = (first & 0xffc0) === 0xfe80 || (first & 0xfe00) === 0xfc00;
  return local ? ofCard : (first & 0xff00) !== 0xff00;
}
