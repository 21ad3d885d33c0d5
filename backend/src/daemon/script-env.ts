import type { Snapshot } from '../status/snapshot.ts';

/** Why something is started or stopped, as BONDING_REASON tells it. */
export type Reason = 'start' | 'user' | 'reload' | 'watchdog' | 'shutdown';

/** What a script of the user's is told; `shown` is null when there is no usable configuration. */
export function scriptEnv(
  event: string,
  reason: Reason,
  shown: Snapshot | null,
): Record<string, string> {
  const links = shown?.links.filter((link) => link.enabled) ?? [];
  const names = (list: typeof links): string => list.map(({ name }) => name).join(' ');
  return {
    BONDING_EVENT: event,
    BONDING_REASON: reason,
    BONDING_BOND: shown?.bond.ifname ?? '',
    BONDING_ADDRESS: shown?.bond.address.replace(/\/.*$/, '') ?? '',
    BONDING_PEER: shown?.bond.peer ?? '',
    BONDING_ROLE: shown?.role ?? '',
    BONDING_STATE: shown?.state ?? '',
    BONDING_LINKS: names(links),
    BONDING_LINKS_UP: names(links.filter(({ up }) => up)),
  };
}
