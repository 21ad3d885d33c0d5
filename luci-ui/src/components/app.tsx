import { _ } from '../i18n.ts';
import type { Store } from '../store.ts';
import { Head } from './head.tsx';
import { Links } from './links.tsx';
import { Notice } from './notice.tsx';
import { Problems } from './problems.tsx';

/** The whole page. It reads the store here and nowhere below. */
export function App({ store, css }: { store: Store; css: string }) {
  const snapshot = store.snapshot.value;
  const connection = store.connection.value;
  const words = store.headline.value;
  const stale = connection.state === 'lost';
  return (
    <div class="cbi-map bonding">
      <style>{css}</style>
      <h2>{_('Bonding')}</h2>
      <Notice connection={connection} empty={!snapshot} />
      {snapshot && words && (
        <div class={stale ? 'bonding-stale' : undefined}>
          <Head snapshot={snapshot} words={words} />
          <Links snapshot={snapshot} />
          <Problems problems={store.problems.value} links={snapshot.links} />
        </div>
      )}
    </div>
  );
}
