import type { Config, Role } from '../config/types.ts';
import { wirePort } from '../config/wire-port.ts';
import type { HeartbeatState } from '../monitor/heartbeats.ts';
import type { LineFigures } from '../monitor/latency.ts';
import type { Links } from '../monitor/links.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import { tenth, tenthOrNull } from '../monitor/tenth.ts';
import { lineRate, sendingShares } from '../plan/shares.ts';
import type { HeartbeatSnapshot, LinkSnapshot } from './snapshot.ts';

/** What is said of rates and weights, at both ends. */
export interface Told {
  /** By the port of the link's tunnel at the server. */
  peer: ReadonlyMap<number, PeerLink>;
  /** bit/s that this end can send, by link. */
  learned: ReadonlyMap<string, number>;
}

/** A line's figures from its heartbeats; null where those have heard nothing yet. */
export function beatFigures(state: HeartbeatState | null): LineFigures | null {
  if (state === null || state.verdict === 'unknown') return null;
  // The last figures of a line that is dead now would make it look well.
  if (state.verdict === 'silent') return { latency: null, jitter: null, packetloss: 100 };
  const { rtt, jitter, loss } = state;
  const percent = loss === null ? null : tenth(100 * loss);
  return { latency: tenthOrNull(rtt), jitter: tenthOrNull(jitter), packetloss: percent };
}

/** What is shown of a link's heartbeats. */
export function heartbeatView(state: HeartbeatState | null): HeartbeatSnapshot | null {
  if (state === null) return null;
  const { verdict, interval, rtt, peerOut: peer_out, behind, pathMtu: path_mtu } = state;
  return { state: verdict, interval, rtt: tenthOrNull(rtt), peer_out, behind, path_mtu };
}

/**
 * The part of the packets, 0 to 1, that goes over each link each way, by its name. `tx` is ours. `rx`
 * is what the peer sends, as far as it follows from what both ends are told; null where it may have
 * learned something else. `even`: we send the same over all, whatever is said.
 */
export function weightsOf(
  config: Config,
  links: Links,
  { peer, learned }: Told,
  even: boolean,
): Map<string, LinkSnapshot['weight']> {
  const equal = new Map(config.links.map(({ name }) => [name, 1]));
  const own = even ? equal : sendingShares(config, peer, learned);
  const sent = partsOf(own, (name) => links.get(name)?.phase === 'up');
  // It may send over a link that is out only of what we send.
  const lives = (name: string): boolean => {
    const link = links.get(name);
    return link?.connected === true && !link.silent;
  };
  const theirs = isTold(config, peer) ? sendingShares(...fromThere(config, peer), new Map()) : null;
  const got = theirs === null ? null : partsOf(theirs, lives);
  const view = (name: string): LinkSnapshot['weight'] => {
    return { rx: got === null ? null : (got.get(name) ?? 0), tx: sent.get(name) ?? 0 };
  };
  return new Map(config.links.map(({ name }) => [name, view(name)]));
}

function partsOf(
  weights: ReadonlyMap<string, number>,
  counts: (name: string) => boolean,
): Map<string, number> {
  const used = [...weights].filter(([name]) => counts(name));
  const total = used.reduce((sum, [, weight]) => sum + weight, 0);
  return new Map(used.map(([name, weight]) => [name, Math.round((1000 * weight) / total) / 1000]));
}

/** Whether what the peer sends follows from the options of both ends. */
function isTold(config: Config, peer: ReadonlyMap<number, PeerLink>): boolean {
  const way = config.role === 'router' ? 'download' : 'upload';
  const links = config.links.filter(({ enabled }) => enabled);
  const told = (link: (typeof links)[number]) => peer.get(wirePort(config, link));
  const weighed = links.some((link) => (link.weight ?? told(link)?.weight ?? null) !== null);
  return weighed || links.every((link) => lineRate(config, link, peer, way) !== null);
}

/** The configuration as the peer sees it, with what it knows of us. */
function fromThere(
  config: Config,
  peer: ReadonlyMap<number, PeerLink>,
): [config: Config, peer: Map<number, PeerLink>] {
  const role: Role = config.role === 'router' ? 'server' : 'router';
  const ours = new Map<number, PeerLink>();
  const links = config.links.map((link) => {
    const port = wirePort(config, link);
    const { download, upload, weight } = link;
    ours.set(port, { port, download, upload, weight });
    const theirs = peer.get(port) ?? { download: null, upload: null, weight: null };
    const there = { download: theirs.download, upload: theirs.upload, weight: theirs.weight };
    return { ...link, ...there, localPort: port, remotePort: port };
  });
  return [{ ...config, role, links }, ours];
}
