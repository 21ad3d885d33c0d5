import { _ } from '../i18n.ts';
import type { SettingsLuci } from './luci.ts';

/** As ubus method `check` answers: what `bonding check` prints about the file on disk. */
interface Checked {
  text: string;
}

/** Which box of LuCI's a line gets, by its first word (config/report.ts). */
const BOXES: Readonly<Record<string, string>> = {
  error: 'danger',
  warning: 'warning',
  info: 'notice',
};

/**
 * What the daemon says about the saved file, in boxes above the form. Says nothing where there is no
 * daemon: the form works without it.
 */
export async function showProblems({ rpc, E }: SettingsLuci, into: HTMLElement): Promise<void> {
  const check = rpc.declare({ object: 'bonding', method: 'check', reject: true });
  const answer: unknown = await check().catch(() => null);
  if (!isChecked(answer)) return;
  const lines = answer.text.split('\n').flatMap((line) => {
    const found = /^(error|warning|info): (.*)$/.exec(line);
    return found === null ? [] : [{ severity: found[1] ?? '', text: found[2] ?? '' }];
  });
  for (const [severity, box] of Object.entries(BOXES)) {
    const items = lines.filter((line) => line.severity === severity);
    if (items.length === 0) continue;
    const list = E(
      'ul',
      {},
      items.map(({ text }) => E('li', {}, [text])),
    );
    const head = E('summary', {}, [`${titleOf(severity)} (${items.length})`]);
    const open = severity === 'error' ? { open: '' } : {};
    into.append(E('div', { class: `alert-message ${box}` }, [E('details', open, [head, list])]));
  }
}

function titleOf(severity: string): string {
  if (severity === 'error') return _('The saved settings do not work');
  if (severity === 'warning') return _('The saved settings work, but not as written');
  return _('Worth knowing about the saved settings');
}

function isChecked(answer: unknown): answer is Checked {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    typeof (answer as Partial<Checked>).text === 'string'
  );
}
