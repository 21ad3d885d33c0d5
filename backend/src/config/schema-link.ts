import { BASE_PORT, BASE_TABLE } from './numbers.ts';
import { option, type SectionSpec } from './option.ts';

/** `config link`. N is the link's position in the file, from 0. */
export const LINK_SECTION: SectionSpec = {
  type: 'link',
  name: null,
  help: 'One line with its tunnel. One section per line, up to eight; the order counts, because defaults derive from the position N (0 for the first).',
  options: [
    option('enabled', { kind: 'bool' }, 'Use this link.', { default: '1' }),
    option(
      'interface',
      { kind: 'word' },
      "The WAN: the name of the interface in /etc/config/network; where there is no netifd, the device. On a server: listen on this device's address only.",
      { required: ['router'], strict: true },
    ),
    option(
      'gateway',
      { kind: 'ipv4' },
      'Next hop on this line, for two ISP boxes on one card where there is no netifd: both links then have the same `interface`, and each its `gateway`.',
      { derived: "that of the WAN's default route", strict: true, roles: ['router'] },
    ),
    option('tunnel', { kind: 'ifname' }, 'Name of the tunnel device.', {
      derived: '`tapN` or `tunN`, by `dev_type`',
      strict: true,
    }),
    option(
      'local_port',
      { kind: 'port', zero: true },
      'UDP port of the tunnel at this end; 0 (router only): the kernel chooses one.',
      { derived: `router: 0; server: ${BASE_PORT} + N`, strict: true },
    ),
    option('remote_port', { kind: 'port', zero: false }, 'UDP port of the tunnel at the server.', {
      derived: `${BASE_PORT} + N`,
      strict: true,
      roles: ['router'],
    }),
    option('server', { kind: 'host' }, 'Address or name of the server.', {
      required: ['router'],
      strict: true,
      roles: ['router'],
    }),
    option(
      'routing_table',
      { kind: 'table' },
      'Number of the routing table that keeps this tunnel on its own line. A name, as the HOWTO had it, is accepted and means the automatic number: no entry in rt_tables is needed.',
      { derived: `${BASE_TABLE} + N`, strict: true },
    ),
    option(
      'active',
      { kind: 'bool' },
      "In the HOWTO the line that got the default route back at the stop. Here the router's own default route is never touched, so nothing has to be given back.",
      { default: '0', roles: ['router'], effect: 'none' },
    ),
  ],
};
