import type { Role } from '../../../backend/src/config/types.ts';
import { roleOf } from './bond.ts';
import type { FormSection, SettingsLuci } from './luci.ts';

/**
 * Shows a `TypedSection` at one end only. Which end is looked up when LuCI loads the form, not later:
 * a role that is just being saved must not let LuCI read fields that were never made.
 */
export function onlyFor({ uci, form, E }: SettingsLuci, section: FormSection, role: Role): void {
  let fits = false;
  section.load = function load() {
    fits = roleOf(uci) === role;
    return form.TypedSection.prototype.load.call(this);
  };
  section.filter = () => fits;
  section.render = function render() {
    if (!fits) return Promise.resolve(E('span', {}, []));
    return form.TypedSection.prototype.render.call(this);
  };
}
