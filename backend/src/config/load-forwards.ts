import type { UciSection } from '../uci/types.ts';
import { hasHeartbeats } from './heartbeats.ts';
import { contains, networkOf, parseAddress, parseCidr } from './ip.ts';
import { joinLink } from './join-link.ts';
import { FORWARD_LIMIT, LINK_NAME_LENGTH } from './numbers.ts';
import { FORWARD_SECTION } from './schema-forward.ts';
import { complain, cut, type Place, type Reader, readSection } from './section.ts';
import type { BondConfig, ForwardConfig, LinkConfig } from './types.ts';

/** What forwards must fit. */
export interface Surroundings {
  bond: Pick<BondConfig, 'peer' | 'lan' | 'heartbeatInterval' | 'heartbeatPort'>;
  links: readonly LinkConfig[];
}

/** Reads all `config forward` of a server; one that is wrong is left out, the others stay. */
export function loadForwards(
  reader: Reader,
  sections: readonly UciSection[],
  surroundings: Surroundings,
): ForwardConfig[] {
  const forwards: ForwardConfig[] = [];
  for (const [index, section] of sections.entries()) {
    const subject = `forward '${cut(section.name)}'`;
    const place: Place = { section, subject, consequence: 'forward skipped' };
    if (reader.role === 'router') {
      const hint = '; ports are forwarded by the server';
      complain(reader, place, null, 'section-unknown', { type: 'forward', hint });
    } else if (index === FORWARD_LIMIT) {
      complain(reader, place, null, 'forward-limit', { limit: FORWARD_LIMIT });
    } else if (index < FORWARD_LIMIT) {
      const forward = loadForward(reader, place, surroundings.bond);
      if (forward === null || isTaken(reader, place, forward, forwards, surroundings)) continue;
      forwards.push(forward);
    }
  }
  return forwards;
}

function loadForward(
  reader: Reader,
  place: Place,
  { peer, lan }: Surroundings['bond'],
): ForwardConfig | null {
  const { name } = place.section;
  const { consequence } = place;
  if (name.length > LINK_NAME_LENGTH) {
    complain(reader, place, null, 'name-long', { limit: LINK_NAME_LENGTH, consequence });
    return null;
  }
  const values = readSection(reader, place, FORWARD_SECTION);
  if (!values.usable) return null;
  const [first = 0, last = first] = (values.text('port') ?? '').split('-').map(Number);
  const address = values.text('dest_ip') ?? '';
  if (address !== peer && !lan.some((network) => isIn(network, address))) {
    complain(reader, place, 'dest_ip', 'forward-outside', { address, peer });
    return null;
  }
  const proto = values.text('proto');
  return {
    name,
    enabled: values.flag('enabled'),
    proto: proto === 'udp' || proto === 'tcpudp' ? proto : 'tcp',
    first,
    last,
    address,
    port: portOf(reader, place, values.number('dest_port'), last > first),
  };
}

/** nft would give each connection of a range any port from `dest_port` on, not the one that belongs to it. */
function portOf(reader: Reader, place: Place, port: number | null, range: boolean): number | null {
  if (port === null || !range) return port;
  const why = 'the ports of a range keep their numbers';
  complain(reader, place, 'dest_port', 'option-ours', { option: 'dest_port', why });
  return null;
}

function isIn(network: string, address: string): boolean {
  const cidr = parseCidr(network);
  const number = parseAddress(address);
  if (cidr === null || number === null) return false;
  return contains(networkOf(cidr.address, cidr.prefix), number);
}

/** Whether somebody else has one of its ports; then there is a problem about it. */
function isTaken(
  reader: Reader,
  place: Place,
  forward: ForwardConfig,
  earlier: readonly ForwardConfig[],
  { bond, links }: Surroundings,
): boolean {
  if (!forward.enabled) return false;
  const has = (proto: string, port: number): boolean =>
    forward.proto.includes(proto) && forward.first <= port && port <= forward.last;
  const base = joinLink(links);
  const own =
    links.find(({ localPort }) => has('udp', localPort)) ??
    (base !== null && has('tcp', base.localPort) ? base : undefined);
  const beats = hasHeartbeats({ bond, links }) && has('udp', bond.heartbeatPort);
  const before = earlier.find((one) => one.enabled && shareAPort(one, forward));
  const ours = own === undefined ? beats && 'the heartbeats' : `link '${own.name}'`;
  const other = ours || (before !== undefined && `forward '${before.name}'`);
  if (other === false) return false;
  complain(reader, place, 'port', 'forward-taken', { port: portsOf(forward), other });
  return true;
}

function shareAPort(a: ForwardConfig, b: ForwardConfig): boolean {
  const both = a.proto === b.proto || a.proto === 'tcpudp' || b.proto === 'tcpudp';
  return both && a.first <= b.last && b.first <= a.last;
}

/** `80`, or `8000-8010`. */
export function portsOf({ first, last }: Pick<ForwardConfig, 'first' | 'last'>): string {
  return first === last ? String(first) : `${first}-${last}`;
}
