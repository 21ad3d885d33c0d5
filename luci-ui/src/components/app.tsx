import { useRef } from 'preact/hooks';
import { type Join, useJoin } from '../actions/use-join.ts';
import { Charts } from '../charts/charts.tsx';
import { _, fill } from '../i18n.ts';
import type { Store } from '../store.ts';
import { Events } from './events.tsx';
import { Forwards } from './forwards.tsx';
import { Head } from './head.tsx';
import { JoinCard } from './join.tsx';
import { type JoinPlace, joinPlace } from './join-place.ts';
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
  const join = useJoin(store.daemon);
  const place = useRef<JoinPlace>('none');
  place.current = joinPlace({
    snapshot: store.snapshot.value,
    connection: store.connection.value,
    mayWrite: store.daemon.mayWrite,
    inLuci: settingsUrl !== undefined,
    before: place.current,
    begun: join.begun,
  });
  return (
    <div class="cbi-map bonding">
      <style>{css}</style>
      <h2>{_('Bonding')}</h2>
      <Notice store={store} settingsUrl={settingsUrl} />
      {place.current === 'first' && <JoinCard join={join} />}
      <Status
        store={store}
        settingsUrl={settingsUrl}
        join={place.current === 'folded' ? join : null}
      />
    </div>
  );
}

interface StatusProps extends Omit<Props, 'css'> {
  /** Null: joining is not offered here. */
  join: Join | null;
}

/** What there is to show once a snapshot has come; grey while the connection is lost. */
function Status({ store, settingsUrl, join }: StatusProps) {
  const snapshot = store.snapshot.value;
  const words = store.headline.value;
  const connection = store.connection.value;
  if (!snapshot || !words) return null;
  // An older daemon has none.
  const forwards = snapshot.forwards ?? [];
  return (
    <div class={connection.state === 'lost' ? 'bonding-stale' : undefined}>
      <Head snapshot={snapshot} words={words} daemon={store.daemon} />
      <Problems problems={store.problems.value} links={snapshot.links} />
      <Charts store={store} />
      <Links snapshot={snapshot} store={store} settingsUrl={settingsUrl} />
      {forwards.length > 0 && <Forwards forwards={forwards} />}
      <SpeedTest store={store} role={snapshot.role} links={snapshot.links} />
      {snapshot.watchdog && <Watchdog watchdog={snapshot.watchdog} />}
      <Events store={store} />
      {join && <JoinCard join={join} folded={true} />}
      <Tools daemon={store.daemon} />
      <p class="bonding-foot" data-by={connection.state === 'live' ? connection.by : undefined}>
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
