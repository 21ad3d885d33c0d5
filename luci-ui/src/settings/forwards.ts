import { FORWARD_SECTION } from '../../../backend/src/config/schema.ts';
import { _, fill } from '../i18n.ts';
import { addField } from './fields.ts';
import { forwardOptions } from './labels.ts';
import { wrongName } from './links.ts';
import type { FormMap, SettingsLuci } from './luci.ts';
import { onlyFor } from './only-for.ts';
import { html } from './texts.ts';

/** `config forward`: ports of a server; on a router they would do nothing, and are not shown. */
export function addForwards(luci: SettingsLuci, map: FormMap): void {
  const { form, uci, ui, E } = luci;
  const text = html(
    _(
      'A port of this server that leads to a host behind the router. What listens there on the server itself is then not reached from outside any more, SSH on port 22 as well.',
    ),
  );
  const section = map.section(
    form.TypedSection,
    FORWARD_SECTION.type,
    html(_('Forwarded ports')),
    text,
  );
  section.anonymous = false;
  section.addremove = true;
  section.addbtntitle = _('Add forward');
  section.handleAdd = function handleAdd(event, name = '') {
    const wrong = wrongName(uci, name);
    if (wrong !== null) return ui.addNotification(null, E('p', {}, [wrong]), 'warning');
    return form.TypedSection.prototype.handleAdd.call(this, event, name);
  };
  section.renderSectionAdd = function renderSectionAdd(extraClass) {
    const node = form.TypedSection.prototype.renderSectionAdd.call(this, extraClass);
    const example = fill(_('Name, e.g. {name}'), { name: 'web' });
    node.querySelector('input')?.setAttribute('placeholder', example);
    return node;
  };
  onlyFor(luci, section, 'server');
  for (const [name, title] of Object.entries(forwardOptions())) {
    const option = FORWARD_SECTION.options.find((one) => one.name === name);
    if (option === undefined) continue;
    const place = { section, spec: FORWARD_SECTION, tab: null };
    const made = addField(luci, { place, option, title });
    if (option.required.length > 0) made.rmempty = false;
  }
}
