import type { Config, LinkConfig } from './types.ts';

/** What both ends know a link by: the UDP port of its tunnel at the server. */
export function wirePort(
  { role }: Pick<Config, 'role'>,
  { localPort, remotePort }: Pick<LinkConfig, 'localPort' | 'remotePort'>,
): number {
  return role === 'router' ? remotePort : localPort;
}
