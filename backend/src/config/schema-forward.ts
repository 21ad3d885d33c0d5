import { option, type SectionSpec } from './option.ts';

/** `config forward`, read on a server; the names are those of OpenWrt's firewall. Texts: schema-texts.ts. */
export const FORWARD_SECTION: SectionSpec = {
  type: 'forward',
  name: null,
  options: [
    option('enabled', { kind: 'bool' }, { default: '1' }),
    option(
      'proto',
      {
        kind: 'enum',
        values: ['tcp', 'udp', 'tcpudp'],
        aliases: { 'tcp udp': 'tcpudp', 'udp tcp': 'tcpudp' },
      },
      { default: 'tcp', strict: true },
    ),
    option(
      'port',
      { kind: 'ports' },
      { required: ['server'], meaning: 'the port of this server', strict: true },
    ),
    option(
      'dest_ip',
      { kind: 'ipv4' },
      { required: ['server'], meaning: 'the host behind the router', strict: true },
    ),
    option('dest_port', { kind: 'port', zero: false }, { derived: true, strict: true }),
  ],
};
