import { BOND_SECTION } from '../../../backend/src/config/schema.ts';
import { _ } from '../i18n.ts';
import { addBond } from './bond.ts';
import { CONFIG } from './fields.ts';
import { addForwards } from './forwards.ts';
import { addLinks } from './links.ts';
import type { FormMap, SettingsLuci } from './luci.ts';
import { addOpenvpn } from './openvpn.ts';
import { html } from './texts.ts';

/**
 * LuCI's form for `/etc/config/bonding`, made of the schema; the file must be loaded. Saving writes
 * nothing that means what the file says already, and leaves alone what the schema does not know.
 */
export function settingsForm(luci: SettingsLuci): FormMap {
  const map = new luci.form.Map(
    CONFIG,
    html(_('Bonding')),
    html(
      _(
        'Several Internet lines act as one. Each line carries a tunnel to the same server; the tunnels together are the bond.',
      ),
    ),
  );
  // Everything needs it, so that there is no button for it.
  if (luci.uci.get(CONFIG, 'bond') == null) luci.uci.add(CONFIG, BOND_SECTION.type, 'bond');
  const { role } = addBond(luci, map);
  addLinks(luci, map, role);
  addForwards(luci, map);
  addOpenvpn(luci, map);
  return map;
}
