import { hasHeartbeats } from '../config/heartbeats.ts';
import type { Config } from '../config/types.ts';

/** What decides about the rules of heartbeats. */
type HeartbeatConfig = Pick<Config, 'role' | 'bond' | 'links'>;

/**
 * Heartbeats get the DSCP that routers on the way and cake look at, and the priority (TC_PRIO_CONTROL)
 * by which pfifo_fast, prio and mq of our own WAN's device sort: behind a full queue they would be
 * late by its length, and a line that is only busy would look dead.
 */
export function planHeartbeats({ role, bond, links }: HeartbeatConfig): string[] {
  if (!hasHeartbeats({ bond, links })) return [];
  const port = `${role === 'router' ? 'dport' : 'sport'} ${bond.heartbeatPort}`;
  return [`udp ${port} ip dscp set cs6 meta priority set 0:7`];
}

/**
 * A probe of the path's MTU that came in fragments was too long. Node cannot have the kernel send it
 * whole or not at all: one that does not fit what the kernel knows of the path is cut in two at the
 * sender, and other cutting is done on the way. So the first piece, the one with the ports, is dropped
 * here, and the rest is never put together. No other heartbeat is ever long enough.
 */
export function planPieces({ role, bond, links }: HeartbeatConfig): string[] {
  if (!hasHeartbeats({ bond, links })) return [];
  const port = `${role === 'router' ? 'sport' : 'dport'} ${bond.heartbeatPort}`;
  return [`iifname != "${bond.ifname}" ip frag-off & 0x3fff != 0 udp ${port} drop`];
}
