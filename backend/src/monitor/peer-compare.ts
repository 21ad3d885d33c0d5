import { hasHeartbeats } from '../config/heartbeats.ts';
import type { Config } from '../config/types.ts';
import { wirePort } from '../config/wire-port.ts';
import { type Problem, problem } from '../errors.ts';
import type { Links } from './links.ts';
import type { PeerContent } from './peer-messages.ts';

/** What this end tells of itself. `driver`: how it divides its packets, null: not decided yet. */
export function contentOf(
  { role, bond, links }: Pick<Config, 'role' | 'bond' | 'links'>,
  states: Links,
  version: string,
  driver: string | null,
): PeerContent {
  return {
    version,
    driver,
    mtu: bond.mtu,
    deviceType: bond.deviceType,
    heartbeatPort: hasHeartbeats({ bond, links }) ? bond.heartbeatPort : 0,
    links: links.map((link) => ({
      port: wirePort({ role }, link),
      download: link.download,
      upload: link.upload,
      weight: link.weight,
      name: link.name,
      on: link.enabled && states.get(link.name)?.parked !== true,
    })),
  };
}

/**
 * What does not fit between the two ends, from what each says of itself. A wrong type of tunnel
 * device is not here: with two types no packet passes, and OpenVPN says so.
 */
export function comparePeers(ifname: string, own: PeerContent, peer: PeerContent): Problem[] {
  const bond = `bond '${ifname}'`;
  const problems: Problem[] = [];
  if (own.mtu !== peer.mtu) {
    const least = Math.min(own.mtu, peer.mtu);
    problems.push(problem('peer-mtu', bond, { own: own.mtu, other: peer.mtu, least }));
  }
  const [here, other] = [own.heartbeatPort, peer.heartbeatPort];
  if (here !== 0 && other !== 0 && here !== other)
    problems.push(problem('peer-heartbeats', bond, { own: here, other }));
  const there = new Map(peer.links.map((link) => [link.port, link]));
  for (const { port, name, on } of own.links) {
    // One that is off here is so by the user's will; of one that the peer lacks, its tunnel tells.
    if (!on || there.get(port)?.on !== false) continue;
    problems.push(problem('peer-link-off', `link '${name}'`, { port }));
  }
  return problems;
}

/** The peer's daemon speaks in a form that is not ours. */
export function foreignPeer(ifname: string, own: string, version: string): Problem {
  return problem('peer-version', `bond '${ifname}'`, { own, version });
}
