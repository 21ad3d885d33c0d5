import type { LinkConfig } from './types.ts';

/**
 * The link of a server where routers join: by TCP, at the number of its tunnel's UDP port. The first
 * that is switched on; null: there is none.
 */
export function joinLink(links: readonly LinkConfig[]): LinkConfig | null {
  return links.find(({ enabled }) => enabled) ?? null;
}
