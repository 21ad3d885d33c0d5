/** Unix socket of the guest program `page` to which the host's forwarded port leads. */
export const PAGE_DOOR = '/run/lab/page-door.sock';

/** The first line on a connection, as JSON; `to` connects it to something in the guest. */
export type Way =
  /** The daemon's own page, the router's ubus, or a TCP port of the router on its LAN. */
  | { to: 'page' | 'ubus' | number }
  /** Kills or revives a line; answered by `done` and a newline. */
  | { line: number; alive: boolean };
