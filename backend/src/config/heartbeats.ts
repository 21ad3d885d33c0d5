import type { BondConfig, LinkConfig } from './types.ts';

/** What says how often heartbeats are sent. */
export interface HeartbeatOptions {
  bond: Pick<BondConfig, 'heartbeatInterval'>;
  links: readonly Pick<LinkConfig, 'heartbeatInterval'>[];
}

/** Time between two heartbeats on a link, ms: its own goes before the bond's; 0: none. */
export function beatInterval(
  bond: HeartbeatOptions['bond'],
  link: HeartbeatOptions['links'][number],
): number {
  return link.heartbeatInterval ?? bond.heartbeatInterval;
}

/** Whether heartbeats are sent on any link. */
export function hasHeartbeats({ bond, links }: HeartbeatOptions): boolean {
  return links.some((link) => beatInterval(bond, link) > 0);
}
