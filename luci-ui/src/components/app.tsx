import { Charts } from '../charts/charts.tsx';
import { _, fill } from '../i18n.ts';
import type { Store } from '../store.ts';
import { Events } from './events.tsx';
import { Head } from './head.tsx';
import { Links } from './links.tsx';
import { Notice } from './notice.tsx';
import { Problems } from './problems.tsx';
import { SpeedTest } from './speed-test.tsx';
import { Tools } from './tools.tsx';
import { Watchdog } from './watchdog.tsx';

interface Props {
  store: Store;
  css: string;
  /** LuCI's page with the settings; absent outside of LuCI. */
  settingsUrl?: string | undefined;
}

/** The whole page. */
export function App({ store, css, settingsUrl }: Props) {
  return (
    <div class="cbi-map bonding">
      <style>{css}</style>
      <h2>{_('Bonding')}</h2>
      <Notice store={store} settingsUrl={settingsUrl} />
      <Status store={store} settingsUrl={settingsUrl} />
    </div>
  );
}

/** What there is to show once a snapshot has come; grey while the connection is lost. */
function Status({ store, settingsUrl }: Omit<Props, 'css'>) {
  const snapshot = store.snapshot.value;
  const words = store.headline.value;
  const connection = store.connection.value;
  if (!snapshot || !words) return null;
  return (
    <div class={connection.state === 'lost' ? 'bonding-stale' : undefined}>
      <Head snapshot={snapshot} words={words} daemon={store.daemon} />
      <Problems problems={store.problems.value} links={snapshot.links} />
      <Charts store={store} />
      <Links snapshot={snapshot} store={store} settingsUrl={settingsUrl} />
      <SpeedTest store={store} role={snapshot.role} links={snapshot.links} />
      {snapshot.watchdog && <Watchdog watchdog={snapshot.watchdog} />}
      <Events store={store} />
      <Tools daemon={store.daemon} />
      <p class="bonding-foot">
        <small>
          {fill(_('bonding {version}'), { version: snapshot.version })}
          {connection.state === 'live' &&
            connection.by === 'polling' &&
            ` · ${_('Updated once a second by polling; the live connection is not available.')}`}
        </small>
      </p>
    </div>
  );
}
