import { _ } from '../i18n.ts';
import { CONFIG } from './fields.ts';
import { settingsForm } from './form.ts';
import type { SettingsLuci } from './luci.ts';
import { showProblems } from './problems.ts';

/** What LuCI's `view.extend` is given. Save, Save & Apply and Reset are LuCI's own. */
export interface SettingsView {
  load(): Promise<boolean>;
  render(loaded: boolean): Promise<Node>;
}

/** Network → Bonding → Settings. The build puts LuCI's prelude around it (luci-ui/vite.config.ts). */
export function settings(luci: SettingsLuci): SettingsView {
  const { uci, E } = luci;
  return {
    load: () =>
      uci.load(CONFIG).then(
        () => true,
        () => false,
      ),
    async render(loaded) {
      if (!loaded) {
        const text = _('The file /etc/config/bonding is missing or cannot be read.');
        return E('div', { class: 'alert-message warning' }, [text]);
      }
      const boxes = E('div', {}, []);
      // Not waited for: the check starts OpenVPN to try its options.
      void showProblems(luci, boxes);
      return E('div', {}, [boxes, await settingsForm(luci).render()]);
    },
  };
}
