import { run } from './run.ts';

/** What the kernel and the network tools would tell anybody who looks, by command. */
const QUESTIONS: readonly (readonly string[])[] = [
  ['ip', '-j', '-4', 'rule'],
  ['ip', '-j', '-6', 'rule'],
  ['ip', '-j', '-4', 'route', 'show', 'table', 'all'],
  ['ip', '-j', '-6', 'route', 'show', 'table', 'all'],
  ['ip', '-j', 'address'],
  ['ip', '-j', 'netconf'],
  ['tc', '-j', 'qdisc'],
  ['nft', '-j', 'list', 'ruleset'],
];

/** Kept per network namespace, and easily left changed. */
const SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.default.rp_filter',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.ignore_routes_with_linkdown',
  'net.ipv4.tcp_reordering',
];

/**
 * Everything about a namespace's network that must be as before after `stop`: rules, routes of all
 * tables, devices with addresses, queueing, nft, some sysctls. One text per question, one item per
 * line, for a readable difference.
 */
export function snapshotNetwork(ns: string): Record<string, string> {
  const answers = QUESTIONS.map((argv): [string, string] => {
    const text = run(argv, { ns }).trim();
    return [argv.join(' '), normalise(text === '' ? [] : JSON.parse(text))];
  });
  const sysctls = run(['busybox', 'sysctl', ...SYSCTLS, ...devicesOf(ns)], { ns });
  return { ...Object.fromEntries(answers), sysctl: sysctls };
}

/** The settings of each device that the daemon may change. */
function devicesOf(ns: string): string[] {
  const names = run(['ls', '/proc/sys/net/ipv4/conf'], { ns }).trim().split('\n');
  return names.flatMap((name) =>
    ['rp_filter', 'accept_redirects'].map((setting) => `net/ipv4/conf/${name}/${setting}`),
  );
}

/** Numbers that count or are handed out anew each time, and times that run down. */
const CHANGING = new Set([
  'ifindex',
  'link_index',
  'link_netnsid',
  'handle',
  'index',
  'packets',
  'bytes',
  'expires',
  'valid_life_time',
  'preferred_life_time',
  'stable_secret',
]);

/**
 * One line per item, sorted, without what changes by itself. `ip -j` and `tc -j` answer with a list,
 * `nft -j` with a list in an object, whose first item tells nft's version.
 */
export function normalise(answer: unknown): string {
  const list = Array.isArray(answer) ? answer : (answer as { nftables?: unknown[] }).nftables;
  const items = (list ?? []).filter((item) => !(isRecord(item) && 'metainfo' in item));
  return items
    .map((item) => JSON.stringify(strip(item)))
    .filter((line) => line !== '{}')
    .sort()
    .join('\n');
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !CHANGING.has(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Lines only in one of two snapshots, `-` before and `+` after; empty when they are the same. */
export function compareSnapshots(
  before: Record<string, string>,
  after: Record<string, string>,
): string[] {
  return Object.keys({ ...before, ...after }).flatMap((question) => {
    const was = (before[question] ?? '').split('\n');
    const is = (after[question] ?? '').split('\n');
    return [
      ...without(was, is).map((line) => `${question}: - ${line}`),
      ...without(is, was).map((line) => `${question}: + ${line}`),
    ];
  });
}

/** `lines` less one of each in `others`: a rule left twice is a difference. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return lines.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
