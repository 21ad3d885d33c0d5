import { option, type SectionSpec } from './option.ts';

/** `config link`. The texts are in schema-texts.ts. */
export const LINK_SECTION: SectionSpec = {
  type: 'link',
  name: null,
  options: [
    option('enabled', { kind: 'bool' }, { default: '1' }),
    option(
      'interface',
      { kind: 'word' },
      { required: ['router'], meaning: 'the WAN', strict: true },
    ),
    option('gateway', { kind: 'ipv4' }, { derived: true, strict: true, roles: ['router'] }),
    option(
      'tunnel',
      { kind: 'ifname' },
      {
        derived: true,
        strict: true,
      },
    ),
    option('local_port', { kind: 'port', zero: true }, { derived: true, strict: true }),
    option(
      'remote_port',
      { kind: 'port', zero: false },
      {
        derived: true,
        strict: true,
        roles: ['router'],
      },
    ),
    option(
      'server',
      { kind: 'host' },
      {
        required: ['router'],
        meaning: 'address or name of the server',
        strict: true,
        roles: ['router'],
      },
    ),
    option('routing_table', { kind: 'table' }, { derived: true, strict: true }),
    option('active', { kind: 'bool' }, { default: '0', roles: ['router'], effect: 'none' }),
  ],
};
