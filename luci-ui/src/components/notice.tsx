import { useEffect, useState } from 'preact/hooks';
import { textOf } from '../actions/answers.ts';
import { fullTime } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Store } from '../store.ts';
import type { Connection, Daemon } from '../transport.ts';
import { Button } from './buttons.tsx';
import { type TroubleWords, troubleWords } from './trouble.ts';

interface Props {
  store: Store;
  settingsUrl?: string | undefined;
}

/** Says when there is no status, why, and what to do; the older figures stay below. */
export function Notice({ store, settingsUrl }: Props) {
  const connection = store.connection.value;
  const empty = store.snapshot.value === null;
  if (connection.state === 'lost') {
    const words = troubleWords(connection.trouble, settingsUrl !== undefined);
    return (
      <div class={`alert-message ${words.kind ?? 'warning'} bonding-trouble`} role="alert">
        <h4>{words.title}</h4>
        <p>{words.text}</p>
        <Reason connection={connection} />
        {words.offer === 'check' && <Check daemon={store.daemon} settingsUrl={settingsUrl} />}
        <Reload words={words} />
        <p>
          <small>
            {[
              words.retried && _('It is tried again every few seconds.'),
              !empty &&
                fill(_('The figures below are from {time}.'), {
                  time: fullTime(new Date(connection.since), new Date()),
                }),
            ]
              .filter(Boolean)
              .join(' ')}
          </small>
        </p>
      </div>
    );
  }
  if (!empty) return null;
  // Its style shows it late: on a quick machine it would only flash.
  return <p class="bonding-waiting spinning">{_('Waiting for the bonding daemon…')}</p>;
}

/** The words of whoever reported it, where they say more than ours. */
function Reason({ connection }: { connection: Connection & { state: 'lost' } }) {
  const { trouble, reason } = connection;
  if (!reason || ['unconfigured', 'expired', 'full'].includes(trouble)) return null;
  return (
    <p>
      <small>{fill(_('Reported: {reason}.'), { reason: reason.replace(/\.$/, '') })}</small>
    </p>
  );
}

function Reload({ words }: { words: TroubleWords }) {
  if (words.offer !== 'login' && words.offer !== 'reload') return null;
  const label = words.offer === 'login' ? _('Log in again') : _('Reload the page');
  return (
    <p>
      <Button label={label} kind="action" onClick={() => location.reload()} />
    </p>
  );
}

/** What is wrong with the configuration, and the way to the settings. */
function Check({ daemon, settingsUrl }: { daemon: Daemon; settingsUrl?: string | undefined }) {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    daemon.call('check').then(
      (answer) => void (gone || setText(textOf(answer))),
      // The title has said what matters; the check is only a help.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [daemon]);
  return (
    <>
      {text && <pre class="bonding-output">{text}</pre>}
      <p>
        {settingsUrl === undefined ? (
          _('Write it into /etc/config/bonding.')
        ) : (
          <a class="btn cbi-button cbi-button-action" href={settingsUrl}>
            {_('Open the settings')}
          </a>
        )}
      </p>
    </>
  );
}
