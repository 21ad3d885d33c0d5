import { useState } from 'preact/hooks';
import { fullTime } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Store } from '../store.ts';

/** So many are shown before "Show all". */
const FEW = 20;

/** What has happened, newest first. */
export function Events({ store }: { store: Store }) {
  const [all, setAll] = useState(false);
  const events = [...store.events.value].reverse();
  const now = new Date();
  return (
    <div class="cbi-section">
      <h3>{_('Events')}</h3>
      {events.length === 0 && <p class="bonding-descr">{_('None yet.')}</p>}
      {events.length > 0 && (
        <ol class="bonding-events">
          {(all ? events : events.slice(0, FEW)).map(({ id, time, subject, text }) => (
            <li key={id}>
              <span class="bonding-time">{fullTime(new Date(time * 1000), now)}</span>
              <strong>{subject}</strong>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      )}
      {events.length > FEW && (
        <button
          type="button"
          class="btn cbi-button cbi-button-neutral"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? _('Show fewer') : fill(_('Show all ({count})'), { count: events.length })}
        </button>
      )}
    </div>
  );
}
