import type { UciSection } from '../uci/types.ts';
import { BASE_PORT, BASE_TABLE, LINK_LIMIT, LINK_NAME_LENGTH } from './numbers.ts';
import { LINK_SECTION } from './schema-link.ts';
import { complain, cut, type Place, type Reader, readSection, type Values } from './section.ts';
import type { DeviceType, LinkConfig } from './types.ts';
import { expectation } from './value.ts';

/** What links may not take from the bond. */
export interface Surroundings {
  deviceType: DeviceType;
  /** The bond's device, or null when the bond itself is wrong. */
  bond: string | null;
}

/** Reads all `config link`; a link that is wrong is left out, the others stay. */
export function loadLinks(
  reader: Reader,
  sections: readonly UciSection[],
  surroundings: Surroundings,
): LinkConfig[] {
  const links: LinkConfig[] = [];
  for (const [index, section] of sections.entries()) {
    const place: Place = {
      section,
      subject: `link '${cut(section.name)}'`,
      consequence: 'link skipped',
    };
    const link = loadLink(reader, place, index, surroundings.deviceType);
    if (link === null || isTaken(reader, place, link, links, surroundings.bond)) continue;
    links.push(link);
  }
  return links;
}

function loadLink(
  reader: Reader,
  place: Place,
  index: number,
  deviceType: DeviceType,
): LinkConfig | null {
  const { name } = place.section;
  if (index >= LINK_LIMIT) {
    complain(reader, place, null, 'link-limit', { limit: LINK_LIMIT });
    return null;
  }
  if (name.length > LINK_NAME_LENGTH) {
    const { consequence } = place;
    complain(reader, place, null, 'name-long', { limit: LINK_NAME_LENGTH, consequence });
    return null;
  }
  const router = reader.role === 'router';
  const foreign = router ? null : ofRouter(place.section);
  const values = readSection(
    reader,
    foreign ? { ...place, section: foreign } : place,
    LINK_SECTION,
  );
  const localPort = values.number('local_port') ?? (router ? 0 : BASE_PORT + index);
  if (!router && localPort === 0) {
    const expected = expectation({ kind: 'port', zero: false });
    const wrong = { option: 'local_port', value: '0', expected, consequence: place.consequence };
    complain(reader, place, 'local_port', 'option-wrong', wrong);
    return null;
  }
  if (!values.usable) return null;
  if (foreign !== null) {
    const ignored = NOT_AT_A_SERVER.filter((option) =>
      Object.hasOwn(place.section.options, option),
    );
    const args = { port: localPort, options: ignored.join(', ') };
    complain(reader, place, null, 'link-of-router', args);
  }
  if (router) tellTable(reader, place, values.text('routing_table'), index);
  return {
    name,
    index,
    enabled: values.flag('enabled'),
    interface: values.text('interface'),
    gateway: values.text('gateway'),
    tunnel: values.text('tunnel') ?? `${deviceType}${index}`,
    localPort,
    remotePort: router ? (values.number('remote_port') ?? BASE_PORT + index) : 0,
    server: router ? values.text('server') : null,
    routingTable: tableOf(values, index),
    active: values.flag('active'),
    sendTwice: sendTwiceOf(values.text('send_twice')),
    ...readLine(values),
  };
}

function sendTwiceOf(text: string | null): LinkConfig['sendTwice'] {
  return text === '1' ? 'always' : text === '0' ? 'never' : 'auto';
}

/** What is said of the line itself: the same options at both ends. */
function readLine(
  values: Values,
): Pick<
  LinkConfig,
  'weight' | 'download' | 'upload' | 'heartbeatInterval' | 'maxLoss' | 'maxLatency'
> {
  const scaled = (name: string, factor: number): number | null => {
    const number = values.number(name);
    return number === null ? null : number * factor;
  };
  return {
    weight: values.number('weight'),
    download: scaled('download', 1000),
    upload: scaled('upload', 1000),
    heartbeatInterval: values.number('heartbeat_interval'),
    maxLoss: scaled('max_loss', 0.01),
    maxLatency: values.number('max_latency'),
  };
}

/** What the router's description of a link says to its server too; all else is about its own end. */
const AT_BOTH_ENDS = [
  'enabled',
  'tunnel',
  'remote_port',
  'download',
  'upload',
  'weight',
  'heartbeat_interval',
  'max_loss',
  'max_latency',
];
const NOT_AT_A_SERVER = LINK_SECTION.options
  .map(({ name }) => name)
  .filter((name) => !AT_BOTH_ENDS.includes(name));

/**
 * A link with `server` in a server's file is the router's: one file may serve both ends, as the
 * HOWTO's did. What it says for a server is where the router calls, its `remote_port`. Null: the link
 * is the server's own.
 */
function ofRouter(section: UciSection): UciSection | null {
  const { remote_port, ...rest } = section.options;
  if (rest.server === undefined) return null;
  const kept = Object.entries(rest).filter(([name]) => !NOT_AT_A_SERVER.includes(name));
  const port = remote_port === undefined ? {} : { local_port: remote_port };
  return { ...section, options: { ...Object.fromEntries(kept), ...port } };
}

/** The HOWTO's tables had names; ours need none. */
function tellTable(reader: Reader, place: Place, text: string | null, index: number): void {
  if (text === null || /^\d+$/.test(text)) return;
  const args = { name: cut(text), table: BASE_TABLE + index };
  complain(reader, place, 'routing_table', 'table-name', args);
}

/** A name means the automatic number: names would need an entry in /etc/iproute2/rt_tables. */
function tableOf(values: Values, index: number): number {
  const text = values.text('routing_table');
  return text !== null && /^\d+$/.test(text) ? Number(text) : BASE_TABLE + index;
}

/** Whether the link wants what the bond or an earlier link has; then there is a problem about it. */
function isTaken(
  reader: Reader,
  place: Place,
  link: LinkConfig,
  earlier: readonly LinkConfig[],
  bond: string | null,
): boolean {
  if (link.tunnel === bond) {
    const args = { option: 'tunnel', value: bond, other: 'the bond' };
    complain(reader, place, 'tunnel', 'link-taken', args);
    return true;
  }
  for (const other of earlier) {
    const clash = clashOf(link, other, reader.role === 'router');
    if (clash === null) continue;
    const args = { ...clash, other: `link '${other.name}'` };
    complain(reader, place, clash.option, 'link-taken', args);
    return true;
  }
  const shared = earlier.find(
    (other) => link.interface === other.interface && link.gateway === other.gateway,
  );
  if (reader.role === 'router' && shared !== undefined && link.interface !== null) {
    const args = { wan: link.interface, other: `link '${shared.name}'` };
    complain(reader, place, 'interface', 'link-shared', args);
  }
  return false;
}

interface Clash {
  option: string;
  value: string | number;
}

/** The first thing that both links want and only one can have. */
function clashOf(link: LinkConfig, other: LinkConfig, router: boolean): Clash | null {
  if (link.tunnel === other.tunnel) return { option: 'tunnel', value: link.tunnel };
  if (link.routingTable === other.routingTable) {
    return { option: 'routing_table', value: link.routingTable };
  }
  // Listening on one address and listening on all of them exclude each other.
  const near =
    link.interface === other.interface || link.interface === null || other.interface === null;
  if (near && link.localPort !== 0 && link.localPort === other.localPort) {
    return { option: 'local_port', value: link.localPort };
  }
  // A server's tunnel serves one router's tunnel: two would throw each other out.
  if (router && link.server === other.server && link.remotePort === other.remotePort) {
    return { option: 'remote_port', value: link.remotePort };
  }
  return null;
}
