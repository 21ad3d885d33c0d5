import type { OptionType } from '../../../backend/src/config/option.ts';
import { readValue } from '../../../backend/src/config/value.ts';
import { _, fill } from '../i18n.ts';

/**
 * LuCI's own type, where it has one that takes all that the daemon takes; it may take more, since
 * `checkOf` comes after it. LuCI's messages are translated into all its languages. None for an
 * address with a prefix: after its `ip4addr` LuCI hands the prefix alone to `checkOf`.
 */
export function datatypeOf(type: OptionType): string | null {
  switch (type.kind) {
    case 'integer':
      return `and(integer,range(${type.min},${type.max}))`;
    case 'decimal':
      return `and(ufloat,range(${type.min},${type.max}))`;
    case 'port':
      return type.zero ? 'port' : 'and(port,min(1))';
    case 'ipv4':
      return 'ip4addr("nomask")';
    case 'ifname':
      return 'netdevname';
    default:
      return null;
  }
}

/** LuCI's `validate` of an option: true, or what is expected, in the user's language. */
export type Check = (section: string, value: string) => true | string;

/**
 * Takes exactly what the daemon's loader takes, because it is the same code. An empty field is no
 * value at all; whether that will do is asked elsewhere (`rmempty`).
 */
export function checkOf(type: OptionType): Check {
  return (_section, value) => {
    if (value === '' || readValue(type, value) !== null) return true;
    return fill(_('Expecting: {what}'), { what: expected(type) });
  };
}

/** As `expectation` of the daemon's messages, in the user's language. */
function expected(type: OptionType): string {
  switch (type.kind) {
    case 'bool':
      return _('0 or 1');
    case 'integer':
    case 'decimal':
      return fill(_('a number from {min} to {max}'), { min: type.min, max: type.max });
    case 'port':
      return fill(_('a number from {min} to {max}'), { min: type.zero ? 0 : 1, max: 65_535 });
    case 'ports':
      return _('a port from 1 to 65535, or a range like 8000-8010');
    case 'ipv4':
      return _('an address like 10.0.0.1');
    case 'address':
      return _('an address like 10.0.0.2 or 10.0.0.2/24');
    case 'netmask':
      return _('a netmask like 255.255.255.0 or a prefix length like 24');
    case 'cidr':
      return _('a network like 192.168.1.0/24');
    case 'ifname':
      return _('a device name: at most 15 bytes, no blanks, no / : or %');
    case 'word':
      return _('a name of at most 32 letters, digits and . _ - @');
    case 'host':
      return _('an IPv4 address or a host name');
    case 'table':
      return _('a number that is free for a routing table, or a name');
    case 'fingerprint':
      return _('a SHA-256 fingerprint: 32 bytes in hex with colons');
    case 'path':
      return _('a path of at most 1024 bytes');
    case 'text':
      return _('a text of one line, at most 1024 bytes');
    case 'enum':
      return fill(_('one of {values}'), { values: type.values.join(', ') });
  }
}
