import type { BondConfig, LinkConfig } from './types.ts';

/** What says how often heartbeats are sent. */
export interface HeartbeatOptions {
  bond: Pick<BondConfig, 'heartbeatInterval'>;
  links: readonly Pick<LinkConfig, 'heartbeatInterval'>[];
}

/** Whether heartbeats are sent on any link: a link's own interval goes before the bond's, 0 is none. */
export function hasHeartbeats({ bond, links }: HeartbeatOptions): boolean {
  return links.some((link) => (link.heartbeatInterval ?? bond.heartbeatInterval) > 0);
}
