import type { OptionSpec, SectionSpec } from '../../../backend/src/config/option.ts';
import { _, fill } from '../i18n.ts';
import { checkOf, datatypeOf } from './datatypes.ts';
import type { FormOption, FormSection, LuciClass, SettingsLuci, Value } from './luci.ts';
import { flag, same, shown } from './stored.ts';
import { html, optionText } from './texts.ts';

/** The UCI file. */
export const CONFIG = 'bonding';

/** Where a field goes. */
export interface Place {
  section: FormSection;
  spec: SectionSpec;
  /** Null: the section has no tabs. */
  tab: string | null;
}

/** What makes a field: the place, the option, its title. */
export interface Field {
  place: Place;
  option: OptionSpec;
  title: string;
  /** Who adds the field shows its default in it. */
  showsDefault?: boolean;
}

/** The option's field, with the widget that suits its type. Nothing is written that means the same. */
export function addField(luci: SettingsLuci, field: Field): FormOption {
  const { option } = field;
  const made = make(luci, field);
  // LuCI takes a hidden field's value out of the file otherwise: the other role's, or what is below
  // a tick that is off.
  made.retain = true;
  if (isNetwork(field)) asNetworks(luci, made, option);
  else if (option.type.kind === 'bool') asFlag(luci, made, option);
  else asText(luci, made, option);
  return made;
}

function make(luci: SettingsLuci, field: Field): FormOption {
  const { place, option, title } = field;
  const kind = widgetOf(luci, place.spec, option);
  const { section, tab } = place;
  const unit = option.unit === null ? title : `${title} (${option.unit})`;
  const shows = field.showsDefault ?? showsDefault(luci, kind, option);
  const said = optionText(place.spec, option, shows);
  // "Use this link" needs no "Use this link." below it.
  const text = said === `${html(title)}.` ? '' : said;
  return tab === null
    ? section.option(kind, option.name, html(unit), text)
    : section.taboption(tab, kind, option.name, html(unit), text);
}

/** The widget for an option. */
function widgetOf(
  luci: SettingsLuci,
  spec: SectionSpec,
  option: OptionSpec,
): LuciClass<FormOption> {
  const { form, widgets } = luci;
  if (isNetwork({ place: { spec }, option })) return widgets.NetworkSelect;
  if (option.type.kind === 'bool') return form.Flag;
  if (option.type.kind === 'enum') return form.ListValue;
  return option.list ? form.DynamicList : form.Value;
}

/** Options whose word is a name of netifd's, all in `interface` and `link`. */
function isNetwork({
  place,
  option,
}: {
  place: { spec: SectionSpec };
  option: OptionSpec;
}): boolean {
  return option.type.kind === 'word' && !place.spec.type.startsWith('openvpn');
}

/** A tick is its own default; a placeholder shows a default that is a plain text. */
function showsDefault(
  { form }: SettingsLuci,
  kind: LuciClass<FormOption>,
  option: OptionSpec,
): boolean {
  if (kind === form.Flag) return true;
  return option.default !== null && (kind === form.Value || kind === form.ListValue);
}

function asText({ uci }: SettingsLuci, made: FormOption, option: OptionSpec): void {
  const { type, name } = option;
  const datatype = datatypeOf(type);
  if (datatype !== null) made.datatype = datatype;
  made.validate = checkOf(type);
  if (option.default !== null) made.placeholder = option.default;
  if (type.kind === 'enum') {
    for (const value of type.values) made.value(value);
    made.optional = true;
    made.placeholder = fill(_('default ({value})'), { value: option.default ?? '–' });
  }
  made.load = function load(section) {
    const value = shown(option, uci.get(CONFIG, section, name));
    // A select would show its first choice for a value that is none, and write it.
    if (type.kind === 'enum' && typeof value === 'string' && !this.keylist?.includes(value)) {
      this.value(value, fill(_('{value} (wrong)'), { value }));
    }
    return value;
  };
  keepMeaning({ uci }, made, option, true);
}

function asFlag({ uci }: Pick<SettingsLuci, 'uci'>, made: FormOption, option: OptionSpec): void {
  const { name } = option;
  const standard = option.default ?? '0';
  made.default = standard;
  // LuCI would take out what is as the default, though the user wrote it.
  made.rmempty = false;
  made.load = (section) => {
    const stored = uci.get(CONFIG, section, name) ?? null;
    return stored === null ? null : flag(option, stored, standard);
  };
  made.write = (section, value) => {
    const stored = uci.get(CONFIG, section, name);
    if (flag(option, stored, standard) === value) return;
    if (value === standard) uci.unset(CONFIG, section, name);
    else uci.set(CONFIG, section, name, value);
  };
}

/** Names of netifd's interfaces, and those of the file that netifd does not know (yet). */
function asNetworks(luci: SettingsLuci, made: FormOption, option: OptionSpec): void {
  const { uci, widgets, network } = luci;
  const { name, list } = option;
  made.multiple = list;
  made.nocreate = true;
  made.validate = checkOf(option.type);
  made.load = async function load(section) {
    await widgets.NetworkSelect.prototype.load.call(this, section);
    const known = (this.networks ?? []).map((one) => one.getName());
    // Of all sections: one widget's list serves every row of the table.
    const type = uci.get(CONFIG, section)?.['.type'];
    const used = uci
      .sections(CONFIG, type)
      .flatMap((one) => texts(shown(option, asValue(one[name]))));
    const foreign = [...new Set(used)].filter((one) => !known.includes(one));
    this.networks = [
      ...(this.networks ?? []),
      ...foreign.map((one) => network.instantiateNetwork(one)),
    ];
    return shown(option, uci.get(CONFIG, section, name));
  };
  keepMeaning(luci, made, option, false);
}

function keepMeaning(
  { uci }: Pick<SettingsLuci, 'uci'>,
  made: FormOption,
  option: OptionSpec,
  ordered: boolean,
): void {
  const { name } = option;
  const isSame = (section: string, value: Value): boolean =>
    same(option, uci.get(CONFIG, section, name), value, ordered);
  made.write = (section, value) => {
    if (!isSame(section, value)) uci.set(CONFIG, section, name, value);
  };
  made.remove = (section) => {
    if (!isSame(section, null)) uci.unset(CONFIG, section, name);
  };
}

function asValue(data: unknown): Value {
  return typeof data === 'string' || Array.isArray(data) ? data : null;
}

function texts(value: Value): string[] {
  if (value === null) return [];
  return typeof value === 'string' ? [value] : value;
}
