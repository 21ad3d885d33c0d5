import {
  BASE_PORT,
  BASE_TABLE,
  LINK_LIMIT,
  LINK_NAME_LENGTH,
} from '../../../backend/src/config/numbers.ts';
import type { OptionSpec } from '../../../backend/src/config/option.ts';
import { LINK_SECTION } from '../../../backend/src/config/schema.ts';
import type { Role } from '../../../backend/src/config/types.ts';
import { _, fill } from '../i18n.ts';
import { addField, CONFIG } from './fields.ts';
import { linkOptions } from './labels.ts';
import type { FormMap, FormOption, FormSection, SettingsLuci } from './luci.ts';
import { html } from './texts.ts';

const TYPE = LINK_SECTION.type;

/** Columns of the table; everything else is in the dialogue. */
const COLUMNS = ['enabled', 'interface', 'server'];

/** Options whose default derives from the link's place; the dialogue has it as a placeholder. */
const BY_PLACE = ['remote_port', 'local_port', 'routing_table', 'tunnel'];

/** `config link`: a table with a row for each, and a dialogue with all options. */
export function addLinks(luci: SettingsLuci, map: FormMap, role: FormOption): FormSection {
  const { form, uci, E } = luci;
  const text = html(
    _(
      'One line with its tunnel, up to eight. The order counts: where a link does not say it, its ports, its tunnel and its routing table follow from its place. Drag to reorder.',
    ),
  );
  const section = map.section(form.GridSection, TYPE, html(_('Links')), text);
  section.addremove = true;
  section.sortable = true;
  section.anonymous = false;
  section.nodescriptions = true;
  section.addbtntitle = _('Add link');
  section.sectiontitle = (id) => linkName(uci, id);
  section.modaltitle = (id) => fill(_('Link {name}'), { name: linkName(uci, id) });
  const idle = uci.sections(CONFIG, TYPE).some((one) => hasIdle(one));
  for (const [name, title] of Object.entries(linkOptions())) {
    const option = LINK_SECTION.options.find((one) => one.name === name);
    if (option === undefined || (option.effect === 'none' && !idle)) continue;
    addColumn(luci, section, option, title);
  }
  section.addModalOptions = (modal, id) => {
    const end = role.formvalue('bond') === 'server' ? 'server' : 'router';
    for (const field of modal.children) fitField(luci, field, id, end);
  };
  section.handleAdd = async function handleAdd(event, name = '') {
    const wrong = wrongName(uci, name);
    if (wrong !== null) return luci.ui.addNotification(null, E('p', {}, [wrong]), 'warning');
    if (await isTaken(luci, map)) form.GridSection.prototype.handleAdd.call(this, event, name);
  };
  section.renderMoreOptionsModal = async function renderMoreOptionsModal(id, event) {
    if (!(await isTaken(luci, map))) return;
    return form.GridSection.prototype.renderMoreOptionsModal.call(this, id, event);
  };
  section.renderSectionAdd = function renderSectionAdd(extraClass) {
    if (this.cfgsections().length >= LINK_LIMIT) {
      const full = fill(_('There are {count} links, the most there can be.'), {
        count: LINK_LIMIT,
      });
      return E('em', {}, [full]);
    }
    const node = form.GridSection.prototype.renderSectionAdd.call(this, extraClass);
    node
      .querySelector('input')
      ?.setAttribute('placeholder', fill(_('Name, e.g. {name}'), { name: 'dsl' }));
    return node;
  };
  return section;
}

/**
 * LuCI reads the whole form anew when a dialogue is saved, and what was typed into it and not saved
 * would be gone; so it is taken over first. False, and said: something there is wrong. What is
 * missing only may come later.
 */
async function isTaken({ ui, E }: SettingsLuci, map: FormMap): Promise<boolean> {
  const isWrong = (field: FormOption, id: string): boolean =>
    !field.isValid(id) && (field.formvalue(id) ?? '').length > 0;
  const wrong = map.children.some((section) =>
    section.cfgsections().some((id) => section.children.some((field) => isWrong(field, id))),
  );
  if (wrong) {
    const text = _('Correct what is marked as wrong first; it would be lost.');
    ui.addNotification(null, E('p', {}, [text]), 'warning');
    return false;
  }
  await map.parse().catch(() => null);
  return true;
}

function addColumn(
  luci: SettingsLuci,
  section: FormSection,
  option: OptionSpec,
  title: string,
): void {
  const place = { section, spec: LINK_SECTION, tab: null };
  const made = addField(
    luci,
    BY_PLACE.includes(option.name)
      ? { place, option, title, showsDefault: true }
      : { place, option, title },
  );
  if (!COLUMNS.includes(option.name)) made.modalonly = true;
  if (option.name === 'enabled') made.editable = true;
}

/** Options that were needed once: offered only where they are set. */
function hasIdle(stored: Readonly<Record<string, unknown>>): boolean {
  return LINK_SECTION.options.some(
    ({ name, effect }) => effect === 'none' && stored[name] !== undefined,
  );
}

/**
 * What a field of the dialogue needs to know about its link: the role, which is outside the dialogue
 * (LuCI's `depends` does not look there), and the defaults that count from the link's place.
 */
function fitField({ uci }: SettingsLuci, field: FormOption, id: string, role: Role): void {
  const option = LINK_SECTION.options.find(({ name }) => name === field.option);
  if (option === undefined) return;
  const idle = option.effect === 'none' && uci.get(CONFIG, id, option.name) == null;
  field.disable = idle || !option.roles.includes(role);
  if (option.type.kind !== 'bool') field.rmempty = !option.required.includes(role);
  const place = uci.sections(CONFIG, TYPE).findIndex((one) => one['.name'] === id);
  field.placeholder = standardOf(uci, option.name, place, role) ?? field.placeholder ?? null;
}

/** The default that derives from the link's place; as load-links.ts has it. */
function standardOf(
  uci: SettingsLuci['uci'],
  name: string,
  place: number,
  role: Role,
): string | null {
  switch (name) {
    case 'remote_port':
      return String(BASE_PORT + place);
    case 'local_port':
      return role === 'router' ? '0' : String(BASE_PORT + place);
    case 'routing_table':
      return String(BASE_TABLE + place);
    case 'tunnel':
      return `${deviceType(uci, role)}${place}`;
    default:
      return null;
  }
}

function deviceType(uci: SettingsLuci['uci'], role: Role): 'tap' | 'tun' {
  const type = role === 'router' ? 'openvpn' : 'openvpn-server';
  const last = uci
    .sections(CONFIG, type)
    .filter((one) => one.dev_type !== undefined)
    .slice(-1)[0];
  return last?.dev_type === 'tun' ? 'tun' : 'tap';
}

/** Its name; a section without one is called by its place. */
function linkName(uci: SettingsLuci['uci'], id: string): string {
  const links = uci.sections(CONFIG, TYPE);
  const place = links.findIndex((one) => one['.name'] === id);
  return links[place]?.['.anonymous'] === true
    ? fill(_('no. {number}'), { number: place + 1 })
    : id;
}

/** Why a link or a forward cannot have the name, or null. LuCI has checked its letters. */
export function wrongName(uci: SettingsLuci['uci'], name: string): string | null {
  if (name.length > LINK_NAME_LENGTH) {
    return fill(_('The name has more than {limit} letters.'), { limit: LINK_NAME_LENGTH });
  }
  if (uci.get(CONFIG, name) == null) return null;
  return fill(_("There is a section '{name}' already. Take another name."), { name });
}
