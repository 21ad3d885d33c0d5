import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { shortTime } from '../format.ts';
import { _ } from '../i18n.ts';
import type { Store } from '../store.ts';
import { carries, directions } from '../words.ts';
import { LinkCard } from './link.tsx';

interface Props {
  snapshot: Snapshot;
  store: Store;
  settingsUrl?: string | undefined;
}

/** One card per link. */
export function Links({ snapshot, store, settingsUrl }: Props) {
  const { links, role, state } = snapshot;
  const moments = store.moments.value;
  const now = new Date();
  const carrying = links.filter(carries).length;
  const timeOf = (name: string): string => shortTime(new Date(moments.get(name)?.at ?? now), now);
  return (
    <div class="cbi-section">
      <h3>{_('Links')}</h3>
      {links.length === 0 && <NoLinks settingsUrl={settingsUrl} />}
      <ul class="bonding-list">
        {links.map((link, index) => (
          <LinkCard
            link={link}
            index={index}
            names={directions(role)}
            time={timeOf(link.name)}
            alone={carries(link) && carrying === 1}
            daemon={store.daemon}
            stopped={state === 'stopped'}
            key={link.name}
          />
        ))}
      </ul>
    </div>
  );
}

function NoLinks({ settingsUrl }: Pick<Props, 'settingsUrl'>) {
  return (
    <div class="bonding-descr">
      <p>{_('There are no links yet. Each line needs one.')}</p>
      {settingsUrl === undefined ? (
        <p>{_('Write a section "config link" for each into /etc/config/bonding.')}</p>
      ) : (
        <p>
          <a class="btn cbi-button cbi-button-action" href={settingsUrl}>
            {_('Add links in the settings')}
          </a>
        </p>
      )}
    </div>
  );
}
