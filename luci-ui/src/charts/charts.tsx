import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { _ } from '../i18n.ts';
import type { Store } from '../store.ts';
import { createFeed, type Feed, type Span, type Surroundings } from './feed.ts';
import { Grid } from './grid.tsx';
import { type Theme, watchTheme } from './theme.ts';

const BROWSER: Surroundings = { now: () => Date.now() / 1000, hidden: () => document.hidden };

/** Traffic, latency and loss of the links over the last three minutes or the last day. */
export function Charts({ store }: { store: Store }) {
  const feed = useMemo(() => createFeed(store, BROWSER), [store]);
  useEffect(() => feed.start(), [feed]);
  const root = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState<Theme | null>(null);
  useLayoutEffect(() => (root.current ? watchTheme(root.current, setTheme) : undefined), []);
  const role = useComputed(() => store.snapshot.value?.role ?? 'router');
  return (
    <div class="cbi-section bonding-charts" ref={root}>
      <div class="bonding-charts-head">
        <h3>{_('Traffic')}</h3>
        <Spans feed={feed} />
      </div>
      {theme && (
        <Grid
          frame={feed.frame.value}
          settled={feed.settled.value}
          role={role.value}
          theme={theme}
        />
      )}
    </div>
  );
}

function Spans({ feed }: { feed: Feed }) {
  const choice = (span: Span, text: string) => (
    <button type="button" aria-pressed={feed.span.value === span} onClick={() => feed.choose(span)}>
      {text}
    </button>
  );
  return (
    <fieldset class="bonding-spans" aria-label={_('Time span')}>
      {choice(180, _('3 minutes'))}
      {choice(86400, _('24 hours'))}
    </fieldset>
  );
}
