import type { SectionSpec } from './option.ts';
import { BOND_SECTION } from './schema-bond.ts';
import { FORWARD_SECTION } from './schema-forward.ts';
import { LINK_SECTION } from './schema-link.ts';
import { OPENVPN_SECTION, OPENVPN_SERVER_SECTION } from './schema-openvpn.ts';

/**
 * Everything that `/etc/config/bonding` may hold. The loader, `bonding check`, docs/options.md and
 * the settings page all work from this table.
 */
export const SCHEMA: readonly SectionSpec[] = [
  BOND_SECTION,
  LINK_SECTION,
  OPENVPN_SECTION,
  OPENVPN_SERVER_SECTION,
  FORWARD_SECTION,
];

export { BOND_SECTION, FORWARD_SECTION, LINK_SECTION, OPENVPN_SECTION, OPENVPN_SERVER_SECTION };
