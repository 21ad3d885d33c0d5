import { clockTime } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Connection } from '../transport.ts';

/** Says when there is no daemon to listen to. `empty`: there are no older figures to look at. */
export function Notice({ connection, empty }: { connection: Connection; empty: boolean }) {
  if (connection.state === 'lost') {
    const time = clockTime(new Date(connection.since));
    return (
      <div class="alert-message warning" role="status">
        <p>
          <strong>
            {fill(_('No connection to the bonding daemon: {reason}.'), {
              reason: connection.reason,
            })}
          </strong>{' '}
          {_('It is tried again every few seconds.')}{' '}
          {empty
            ? _('Is the daemon running?')
            : fill(_('The figures below are from {time}.'), { time })}
        </p>
      </div>
    );
  }
  if (!empty) return null;
  // Its style shows it late: on a quick machine it would only flash.
  return <p class="bonding-waiting">{_('Waiting for the bonding daemon…')}</p>;
}
