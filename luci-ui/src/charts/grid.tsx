import { useEffect, useRef, useState } from 'preact/hooks';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { _ } from '../i18n.ts';
import { directions } from '../words.ts';
import { timeText } from './axis.ts';
import { Chart } from './chart.tsx';
import { type Cursor, cursorIndex, momentOf, moved } from './cursor.ts';
import { FIGURES, type Figure, type Frame, hasValue, times } from './series.ts';
import { readingAt, sentence } from './summary.ts';
import { FiguresTable } from './table.tsx';
import type { Theme } from './theme.ts';

interface Props {
  frame: Frame;
  /** False while it is not known yet whether there are figures. */
  settled: boolean;
  role: Snapshot['role'];
  theme: Theme;
}

/** The four charts with one cursor, what a screen reader hears of it, and the table. */
export function Grid({ frame, settled, role, theme }: Props) {
  const [cursor, setCursor] = useState<Cursor>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const { heard, say } = useVoice();
  const measured = useMeasured(frame, settled);
  const quiet = settled ? absence(frame, measured) : null;
  const root = useRef<HTMLDivElement>(null);
  useTapOutside(root, () => setCursor(null));
  const names = directions(role);
  const titles: Record<Figure, string> = {
    rx: names.rx,
    tx: names.tx,
    latency: _('Latency'),
    packetloss: _('Packet loss'),
  };
  const press = (key: string, figure: Figure): boolean => {
    const next = moved(cursor, frame, key);
    if (next === undefined) return false;
    setCursor(next);
    const index = cursorIndex(next, frame);
    if (index !== null) {
      const reading = readingAt(frame, figure, index, hidden);
      const time = timeText(times(frame)[index] ?? frame.time, frame.step);
      say(`${time}. ${sentence(titles[figure], figure, reading)}`);
    }
    return true;
  };
  const chart = (figure: Figure) => (
    <Chart
      // A plot is made for its step.
      key={`${figure} ${frame.step}`}
      frame={frame}
      figure={figure}
      title={titles[figure]}
      theme={theme}
      hidden={hidden}
      marked={cursorIndex(cursor, frame)}
      point={(index, touch) => {
        if (index === null) setCursor(null);
        else setCursor(touch ? momentOf(index, frame) : { at: 'index', index });
      }}
      press={press}
      blur={() => {
        setCursor(null);
        say('');
      }}
      toggle={(name) => setHidden(toggled(hidden, name))}
      primary={figure === 'rx'}
    />
  );
  return (
    <>
      <div class="bonding-grid" ref={root}>
        {FIGURES.filter((figure) => measured(figure)).map(chart)}
      </div>
      {quiet && <p class="bonding-quiet">{quiet}</p>}
      <p class="bonding-heard" aria-live="polite">
        {heard}
      </p>
      <FiguresTable frame={frame} titles={titles} />
    </>
  );
}

/** Why there is less to see than there could be; null when all is there. */
function absence(frame: Frame, measured: (figure: Figure) => boolean): string | null {
  const known = (figure: Figure) => frame.links.some((link) => hasValue(link[figure]));
  if (!FIGURES.some(known)) return _('Nothing has been recorded for this time yet.');
  if (!measured('latency')) return _('Latency is not measured here.');
  return measured('packetloss') ? null : _('Packet loss is not measured here.');
}

/** Rates always are. A figure that was once measured is not given up for a gap of minutes. */
function useMeasured(frame: Frame, settled: boolean): (figure: Figure) => boolean {
  const seen = useRef(new Set<Figure>(['rx', 'tx']));
  for (const figure of FIGURES) {
    if (frame.links.some((link) => hasValue(link[figure]))) seen.current.add(figure);
  }
  return (figure) => !settled || seen.current.has(figure);
}

/** After the last key, ms: a screen reader shall not fall behind. */
const CALM = 250;

/** A text to be read out, once the keys rest. */
function useVoice() {
  const [heard, setHeard] = useState('');
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const say = (text: string): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setHeard(text), CALM);
  };
  return { heard, say };
}

/** A finger's mark goes when it taps elsewhere. */
function useTapOutside(root: { current: HTMLElement | null }, tapped: () => void): void {
  const latest = useRef(tapped);
  latest.current = tapped;
  useEffect(() => {
    const down = (event: PointerEvent): void => {
      if (!(event.target instanceof Node && root.current?.contains(event.target))) latest.current();
    };
    document.addEventListener('pointerdown', down);
    return () => document.removeEventListener('pointerdown', down);
  }, [root]);
}

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return next;
}
