import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { _ } from '../i18n.ts';
import { timeText } from './axis.ts';
import { linkColour } from './colour.ts';
import { createPlot, type Plot, type PlotOptions } from './plot.ts';
import { type Figure, type Frame, times } from './series.ts';
import { isRate, readingAt, sentence, valueText } from './summary.ts';
import type { Theme } from './theme.ts';

interface Props {
  frame: Frame;
  figure: Figure;
  title: string;
  theme: Theme;
  /** Names of links that are not drawn. */
  hidden: ReadonlySet<string>;
  /** The entry that is looked at; null: the latest. */
  marked: number | null;
  point: PlotOptions['point'];
  /** A key on the chart; true when it meant something. */
  press: (key: string, figure: Figure) => boolean;
  blur: () => void;
  toggle: (name: string) => void;
  /** Tab goes to the link switches of one chart; those of the others do the same. */
  primary: boolean;
}

/** One figure of all links over time: its values at the cursor, and the plot. */
export function Chart(props: Props) {
  const { frame, figure, title, hidden, marked } = props;
  const index = marked ?? frame.count - 1;
  const reading = readingAt(frame, figure, index, hidden);
  const label = useCalm(sentence(title, figure, reading));
  const host = usePlot(props);
  const time = timeText(frame.time - (frame.count - 1 - index) * frame.step, frame.step);
  return (
    <div class={`bonding-chart bonding-chart-${figure}`}>
      <p class="bonding-chart-head">
        <span>{title}</span>
        {isRate(figure) && <strong>{valueText(figure, reading.total)}</strong>}
        <time>{marked === null ? '' : time}</time>
      </p>
      <Legend {...props} index={index} />
      <div
        class="bonding-plot"
        ref={host}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys.
        tabIndex={0}
        role="application"
        aria-roledescription={_('chart')}
        aria-label={label.text}
        onFocus={label.hold}
        onBlur={() => {
          label.release();
          props.blur();
        }}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.altKey && !event.metaKey && props.press(event.key, figure)) {
            event.preventDefault();
          }
        }}
      />
    </div>
  );
}

function Legend({ frame, figure, hidden, toggle, primary, index }: Props & { index: number }) {
  return (
    <div class="bonding-entries">
      {frame.links.map((link, place) => (
        <button
          key={link.name}
          type="button"
          class="bonding-entry"
          aria-pressed={!hidden.has(link.name)}
          tabIndex={primary ? 0 : -1}
          title={link.name}
          onClick={() => toggle(link.name)}
        >
          <i style={{ background: linkColour(place) }} />
          <span>{link.name}</span>
          <b>{hidden.has(link.name) ? '' : valueText(figure, link[figure][index] ?? null)}</b>
        </button>
      ))}
    </div>
  );
}

/** Keeps a plot in the element of the ref that is returned, and what it draws up to date. */
function usePlot({ frame, figure, theme, hidden, marked, point }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(point);
  latest.current = point;
  const places = frame.links.map((_link, place) => place);
  const links = places.filter((place) => !hidden.has(frame.links[place]?.name ?? ''));
  // Says it of `links`, which is a new list each time.
  const key = links.join();
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = createPlot(host.current, {
      figure,
      links,
      dense: frame.step >= 60,
      theme,
      point: (index, touch) => latest.current(index, touch),
    });
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [figure, key]);
  useLayoutEffect(() => {
    const rows = links.map((place) => frame.links[place]?.[figure] ?? []);
    plot.current?.draw({ step: frame.step, times: times(frame), rows });
  }, [frame, figure, key]);
  useLayoutEffect(() => plot.current?.mark(marked), [marked, key]);
  useLayoutEffect(() => plot.current?.paint(theme), [theme]);
  return host;
}

/** A label that does not change while its element has the focus: it would be read out each time. */
function useCalm(text: string) {
  const [held, setHeld] = useState<string | null>(null);
  return { text: held ?? text, hold: () => setHeld(text), release: () => setHeld(null) };
}
