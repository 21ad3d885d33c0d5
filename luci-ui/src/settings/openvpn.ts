import type { OptionSpec, SectionSpec } from '../../../backend/src/config/option.ts';
import { OPENVPN_SECTION, OPENVPN_SERVER_SECTION } from '../../../backend/src/config/schema.ts';
import type { Role } from '../../../backend/src/config/types.ts';
import { _ } from '../i18n.ts';
import { addField, CONFIG } from './fields.ts';
import { openvpnTitle } from './labels.ts';
import type { FormMap, FormSection, SettingsLuci, UciSectionData } from './luci.ts';
import { onlyFor } from './only-for.ts';
import { flag } from './stored.ts';
import { html, whyIdle } from './texts.ts';

/** The list of the options that are set; the rows below show those that are in it. */
const CHOOSER = '_chosen';

/** `config openvpn` and `config openvpn-server`; only that of the stored role is shown. */
export function addOpenvpn(luci: SettingsLuci, map: FormMap): void {
  addEnd(luci, map, OPENVPN_SECTION, 'router');
  addEnd(luci, map, OPENVPN_SERVER_SECTION, 'server');
}

function addEnd(luci: SettingsLuci, map: FormMap, spec: SectionSpec, role: Role): void {
  const { form, E } = luci;
  const text = html(
    _('For the tunnels of all links. Without this section the defaults are used; they are good.'),
  );
  const section = map.section(form.TypedSection, spec.type, html(_('OpenVPN')), text);
  section.anonymous = true;
  section.addremove = true;
  section.addbtntitle = _('Add options of OpenVPN');
  section.renderSectionAdd = function renderSectionAdd(extraClass) {
    if (this.cfgsections().length > 0) return E('span', {}, []);
    return form.TypedSection.prototype.renderSectionAdd.call(this, extraClass);
  };
  onlyFor(luci, section, role);
  for (const option of spec.options) {
    if (option.policy?.kind !== 'used') continue;
    const place = { section, spec, tab: null };
    addField(luci, { place, option, title: openvpnTitle(option.name) });
  }
  addChooser(luci, section, spec);
  for (const option of offered(spec)) addChosen(luci, section, spec, option);
  addIdle(luci, section, spec);
}

/** Those that a user may choose: what is passed on to OpenVPN. */
function offered(spec: SectionSpec): OptionSpec[] {
  return spec.options.filter(({ policy }) => policy?.kind === 'pass');
}

/** One list in place of a row for each of OpenVPN's options: who is in it has a row. */
function addChooser({ uci, form }: SettingsLuci, section: FormSection, spec: SectionSpec): void {
  const names = offered(spec).map(({ name }) => name);
  const made = section.option(
    form.MultiValue,
    CHOOSER,
    html(_('Options that are set')),
    html(_('Choose an option to set it below; take it out of the list to go back to its default.')),
  );
  made.rmempty = true;
  made.display_size = 4;
  made.dropdown_size = 12;
  for (const name of [...names].sort()) made.value(name, openvpnTitle(name));
  const chosen = (id: string): string[] =>
    names.filter((name) => uci.get(CONFIG, id, name) != null);
  const keep = (id: string, kept: readonly string[]): void => {
    for (const name of chosen(id)) if (!kept.includes(name)) uci.unset(CONFIG, id, name);
  };
  made.load = chosen;
  made.write = (id, value) => keep(id, typeof value === 'string' ? [value] : value);
  made.remove = (id) => keep(id, []);
}

/** The row of an option that is in the list: it needs a value, its default is filled in. */
function addChosen(
  luci: SettingsLuci,
  section: FormSection,
  spec: SectionSpec,
  option: OptionSpec,
): void {
  const { uci } = luci;
  const { name } = option;
  const place = { section, spec, tab: null };
  const made = addField(luci, { place, option, title: openvpnTitle(name) });
  made.depends({ [CHOOSER]: name, '!contains': true });
  made.rmempty = false;
  if (option.type.kind !== 'bool') {
    made.default = option.default;
    return;
  }
  // Who takes a switch into the list wants it on.
  made.default = '1';
  made.write = (id, value) => {
    const stored = uci.get(CONFIG, id, name);
    if (stored == null || flag(option, stored, '0') !== value) uci.set(CONFIG, id, name, value);
  };
}

/** What the file has and bonding does not pass on: why, and a button that takes it out. */
function addIdle({ uci, form, E }: SettingsLuci, section: FormSection, spec: SectionSpec): void {
  const idle = (id: string): OptionSpec[] =>
    spec.options.filter(
      (option) => whyIdle(option) !== null && uci.get(CONFIG, id, option.name) != null,
    );
  const list = section.option(form.DummyValue, '_idle', html(_('Options without effect')));
  list.cfgvalue = (id) => {
    const items = idle(id).map((option) => {
      const line = `${option.name} ${textIn(uci.get(CONFIG, id), option.name)}`;
      return E('li', {}, [E('code', {}, [line]), ' ', whyIdle(option) ?? '']);
    });
    return E('ul', { style: 'margin: 0 0 0 1.2em' }, items);
  };
  const button = section.option(form.Button, '_clean', html(_('Tidy up')));
  button.inputtitle = _('Take them out of the file');
  button.inputstyle = 'remove';
  button.onclick = (_event, id) => {
    for (const { name } of idle(id)) uci.unset(CONFIG, id, name);
    return section.map.save();
  };
  for (const field of [list, button]) {
    const render = field.render;
    field.render = function renderIdle(index, id, inTable) {
      if (idle(id).length === 0) return Promise.resolve(E('span', {}, []));
      return render.call(this, index, id, inTable);
    };
  }
}

function textIn(stored: UciSectionData | null, name: string): string {
  const value = stored?.[name];
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}
