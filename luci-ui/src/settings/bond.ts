import type { OptionSpec } from '../../../backend/src/config/option.ts';
import { BOND_SECTION } from '../../../backend/src/config/schema.ts';
import type { Role } from '../../../backend/src/config/types.ts';
import { _ } from '../i18n.ts';
import { addField, CONFIG } from './fields.ts';
import { bondOptions, type Tab, tabTitles } from './labels.ts';
import type { FormMap, FormOption, FormSection, SettingsLuci } from './luci.ts';
import { html } from './texts.ts';

/** The bond's section and the field that says which end this is. */
export interface BondForm {
  section: FormSection;
  role: FormOption;
}

/** Options that only count with another: hidden (and kept) while that is off. */
const NEEDS: Readonly<Record<string, string>> = {
  watchdog_ip: 'watchdog',
  watchdog_period: 'watchdog',
  watchdog_timeout: 'watchdog',
  watchdog_action: 'watchdog',
};

/** `config interface 'bond'`, in tabs. */
export function addBond(luci: SettingsLuci, map: FormMap): BondForm {
  const section = map.section(
    luci.form.NamedSection,
    'bond',
    BOND_SECTION.type,
    html(_('Bond')),
    html(_('Where the tunnels meet: this end, the other end, and what goes through.')),
  );
  for (const [tab, title] of Object.entries(tabTitles())) section.tab(tab, html(title));
  section.tab(
    'scripts',
    html(_('Scripts')),
    html(
      _(
        'Scripts of your own, run at these moments if they are there and executable. They are files on this device and no options.',
      ),
    ),
  );
  const fields = new Map<string, FormOption>();
  for (const [name, [tab, title]] of Object.entries(bondOptions())) {
    const option = BOND_SECTION.options.find((one) => one.name === name);
    if (option !== undefined) fields.set(name, addOption(luci, section, tab, option, title));
  }
  addScripts(luci, section);
  const role = fields.get('role');
  if (role === undefined) throw new Error('the schema has no role');
  asRole(luci, role);
  return { section, role };
}

function addOption(
  luci: SettingsLuci,
  section: FormSection,
  tab: Tab,
  option: OptionSpec,
  title: string,
): FormOption {
  const place = { section, spec: BOND_SECTION, tab };
  const made = addField(luci, { place, option, title });
  if (option.required.length > 0) made.rmempty = false;
  const needs: Record<string, string> = {};
  const [role] = option.roles;
  if (option.roles.length === 1 && role !== undefined) needs.role = role;
  const other = NEEDS[option.name];
  if (other !== undefined) needs[other] = '1';
  if (Object.keys(needs).length > 0) made.depends(needs);
  return made;
}

/** The role has no empty choice: everything else depends on it. */
function asRole({ uci }: SettingsLuci, made: FormOption): void {
  made.optional = false;
  made.rmempty = false;
  made.keylist = [];
  made.vallist = [];
  made.value('router', _('Router: at home, with the lines'));
  made.value('server', _('Server: the other end, on the Internet'));
  made.load = () => roleOf(uci);
}

/** Which end the stored configuration is for; as the daemon reads it. */
export function roleOf(uci: SettingsLuci['uci']): Role {
  return uci.get(CONFIG, 'bond', 'role') === 'server' ? 'server' : 'router';
}

function addScripts({ form }: SettingsLuci, section: FormSection): void {
  const moments = {
    preup: _('before the first command of a start'),
    up: _('when the bond first carries traffic after a start'),
    predown: _('before the first command of a stop'),
    down: _('after the last command of a stop'),
  };
  for (const [event, when] of Object.entries(moments)) {
    const path = `/etc/bonding/bonding-${event}.sh`;
    const made = section.taboption('scripts', form.DummyValue, `_${event}`, html(path));
    made.cfgvalue = () => when;
  }
}
