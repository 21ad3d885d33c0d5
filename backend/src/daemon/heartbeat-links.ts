import { beatInterval } from '../config/heartbeats.ts';
import { outerSize } from '../config/numbers.ts';
import { wirePort } from '../config/wire-port.ts';
import type { HeartbeatLink } from '../effects/heartbeats.ts';
import { type LinePlace, lineEnds } from '../monitor/line-ends.ts';

/**
 * The links that have heartbeats now: those that are connected, with an interval, by a port of their
 * own, and on a router by a line that can be told apart from the others without a mark. `refused`:
 * links that are out here because they are worse than the user allows; the peer is told.
 */
export function heartbeatLinks(place: LinePlace, refused: ReadonlySet<string>): HeartbeatLink[] {
  const { config, links } = place;
  const ends = config.role === 'router' ? lineEnds(place) : null;
  const largest = outerSize(config.bond.deviceType, config.bond.mtu);
  const found: HeartbeatLink[] = [];
  for (const link of config.links) {
    const { name, tunnel, enabled } = link;
    const interval = beatInterval(config.bond, link);
    const id = wirePort(config, link);
    const line = ends?.get(name) ?? null;
    if (!enabled || interval === 0 || links.get(name)?.connected !== true) continue;
    if (isShared(place, id) || (ends !== null && line === null)) continue;
    const server = line === null ? null : { address: line.server, port: config.bond.heartbeatPort };
    const at = { localAddress: line?.source ?? null, server };
    found.push({ name, id, interval, ...at, device: tunnel, out: refused.has(name), largest });
  }
  return found;
}

/** Numbers on the wire of the links whose tunnel is not there. */
export function endedLinks({ config, links }: LinePlace): number[] {
  return config.links
    .filter(({ name }) => links.get(name)?.connected !== true)
    .map((link) => wirePort(config, link));
}

/** Two links of one port could not be told apart at the other end. */
function isShared({ config }: LinePlace, id: number): boolean {
  return config.links.filter((link) => link.enabled && wirePort(config, link) === id).length > 1;
}
