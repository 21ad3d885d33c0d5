import { HEARTBEAT, type OptionType, option, type SectionSpec } from './option.ts';

/** As SQM's options of these names are; a terabit is enough. */
const RATE: OptionType = { kind: 'integer', min: 1, max: 999_999_999 };

/** What option `send_twice` takes. */
const SEND_TWICE = ['auto', '1', '0'] as const;

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
    option('download', RATE, { derived: true, unit: 'kbit/s' }),
    option('upload', RATE, { derived: true, unit: 'kbit/s' }),
    option('weight', { kind: 'integer', min: 1, max: 1000 }, { derived: true }),
    option('heartbeat_interval', HEARTBEAT, { derived: true, unit: 'ms' }),
    option('max_loss', { kind: 'decimal', min: 0, max: 100 }, { derived: true, unit: '%' }),
    option('max_latency', { kind: 'integer', min: 1, max: 60_000 }, { derived: true, unit: 'ms' }),
    option('send_twice', { kind: 'enum', values: SEND_TWICE }, { default: 'auto' }),
    option('active', { kind: 'bool' }, { default: '0', roles: ['router'], effect: 'none' }),
  ],
};
