import { type Problem, problem } from '../errors.ts';
import type { Repeated } from '../uci/parser.ts';
import type { UciPackage, UciSection } from '../uci/types.ts';
import { loadBond } from './load-bond.ts';
import { loadForwards } from './load-forwards.ts';
import { loadLinks } from './load-links.ts';
import { loadOpenvpn } from './load-openvpn.ts';
import { nearest } from './nearest.ts';
import { BASE_PORT, HEARTBEAT_PORT_ABOVE } from './numbers.ts';
import { SCHEMA } from './schema.ts';
import { complain, cut, type LineOf, type Reader } from './section.ts';
import type { Config, LinkConfig, Role } from './types.ts';
import { wirePort } from './wire-port.ts';

/** The configuration, or null when nothing can be started with it, and all that is odd about it. */
export interface Loaded {
  config: Config | null;
  problems: Problem[];
}

/** A file of nonsense is not worth more lines than this on anybody's screen. */
const PROBLEM_LIMIT = 100;

/**
 * What `/etc/config/bonding` means. A bad section never stops the others; never throws. `lineOf`
 * and `repeated` are the parser's (`parseWithLines`), so that problems can name lines and values that
 * were overwritten.
 */
export function load(
  pkg: UciPackage,
  lineOf: LineOf = () => null,
  repeated: readonly Repeated[] = [],
): Loaded {
  const of = (type: string): UciSection[] =>
    pkg.sections.filter((section) => section.type === type);
  const bondSection = of('interface').find(({ name }) => name === 'bond');
  const reader: Reader = { role: roleOf(bondSection), lineOf, problems: [] };
  const vpnSections = of(reader.role === 'router' ? 'openvpn' : 'openvpn-server');
  const pinned = bondSection?.options.peer_fingerprint !== undefined;
  const vpn = loadOpenvpn(reader, vpnSections, pinned);

  if (bondSection === undefined) reader.problems.push(problem('bond-missing', 'configuration', {}));
  const loaded = bondSection ? loadBond(reader, bondSection, vpn.deviceType) : null;
  const bond = loaded?.bond ?? null;
  if (loaded?.enabled === false) reader.problems.push(problem('bond-off', "interface 'bond'", {}));
  const { deviceType } = vpn;
  const links = loadLinks(reader, of('link'), { deviceType, bond: bond?.ifname ?? null });
  // The file as it is shipped: off, and nobody has written a link yet.
  const blank = loaded?.enabled === false && of('link').length === 0;
  if (links.length === 0 && !blank) {
    reader.problems.push(problem('links-none', 'configuration', {}));
  }
  if (bond?.peerFingerprint.length === 0 && !vpn.hasAuthority && !blank) {
    reader.problems.push(problem('peer-unknown', "interface 'bond'", {}));
  }
  if (bond !== null && bond.heartbeatPort === 0) bond.heartbeatPort = heartbeatPort(reader, links);
  const forwards = bond === null ? [] : loadForwards(reader, of('forward'), { bond, links });
  strangers(reader, pkg);
  const read = [bondSection, ...of('link'), ...vpnSections, ...of('forward')];
  overwritten(reader, read, repeated);
  const problems = limited(reader.problems);
  if (loaded === null) return { config: null, problems };
  const { role } = reader;
  const { openvpn } = vpn;
  const config = { enabled: loaded.enabled, role, bond: loaded.bond, links, openvpn, forwards };
  return { config, problems };
}

/** Both ends find the same one, whatever the links' order: by the least of the ports at the server. */
function heartbeatPort(reader: Reader, links: readonly LinkConfig[]): number {
  const ports = links.map((link) => wirePort(reader, link));
  const least = ports.length === 0 ? BASE_PORT : Math.min(...ports);
  return Math.min(least + HEARTBEAT_PORT_ABOVE, 65_535);
}

/** Read ahead of everything else: what the other options mean depends on it. */
function roleOf(section: UciSection | undefined): Role {
  return section?.options.role === 'server' ? 'server' : 'router';
}

/** Sections that nothing reads. */
function strangers(reader: Reader, pkg: UciPackage): void {
  const types = SCHEMA.map(({ type }) => type);
  for (const section of pkg.sections) {
    const { type, name } = section;
    const place = { section, subject: `${cut(type)} '${cut(name)}'`, consequence: 'ignored' };
    if (!types.includes(type)) {
      const guess = nearest(type, types);
      const hint = guess === null ? '' : `; did you mean '${guess}'?`;
      complain(reader, place, null, 'section-unknown', { type: cut(type), hint });
    } else if (type === 'interface' && name !== 'bond') {
      const hint = "; of the type 'interface' only 'bond' is read";
      complain(reader, place, null, 'section-unknown', { type, hint });
    }
  }
}

/** Values that an option of the same section took away again, as the HOWTO's `replay_window '512'`. */
function overwritten(
  reader: Reader,
  read: readonly (UciSection | undefined)[],
  repeated: readonly Repeated[],
): void {
  const last = new Map(repeated.map((found) => [`${found.section} ${found.option}`, found]));
  for (const { section: name, option, value, line } of last.values()) {
    const section = read.find((entry) => entry?.name === name);
    if (section === undefined) continue;
    const { type } = section;
    const subject = type.startsWith('openvpn') ? `section '${type}'` : `${type} '${cut(name)}'`;
    const place = { section, subject, consequence: 'ignored' };
    const args = { option: cut(option), value: cut(value) };
    complain({ ...reader, lineOf: () => line }, place, option, 'option-many', args);
  }
}

/** Errors first where not everything fits. */
function limited(problems: Problem[]): Problem[] {
  if (problems.length <= PROBLEM_LIMIT) return problems;
  const rank = { error: 0, warning: 1, info: 2 } as const;
  const sorted = [...problems].sort((a, b) => rank[a.severity] - rank[b.severity]);
  const more = problem('problems-more', 'configuration', { count: sorted.length - PROBLEM_LIMIT });
  return [...sorted.slice(0, PROBLEM_LIMIT), more];
}
