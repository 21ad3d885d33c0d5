import { useState } from 'preact/hooks';
import { _ } from '../i18n.ts';
import { timeText } from './axis.ts';
import { condensed, FIGURES, type Figure, type Frame, times } from './series.ts';
import { isRate, readingAt, valueText } from './summary.ts';

interface Props {
  frame: Frame;
  titles: Readonly<Record<Figure, string>>;
}

const NONE: ReadonlySet<string> = new Set();

/** The charts' figures as a table: the last ten seconds, or the means of the day's hours. */
export function FiguresTable({ frame, titles }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details
      class="bonding-figures"
      onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}
    >
      <summary>{_('Show as table')}</summary>
      {open && <Figures frame={frame} titles={titles} />}
    </details>
  );
}

function Figures({ frame, titles }: Props) {
  const live = frame.step < 60;
  const rows = live ? condensed(frame, 10, 1) : condensed(frame, 24, Math.round(3600 / frame.step));
  const moments = times(rows);
  const latestFirst = moments.map((_time, index) => moments.length - 1 - index);
  return (
    <div class="bonding-figures-scroll">
      <table>
        <caption>
          {live ? _('The last ten seconds.') : _('Means over an hour, each up to the time given.')}
        </caption>
        <thead>
          <tr>
            <th rowSpan={2} scope="col">
              {_('Time')}
            </th>
            <th colSpan={2} scope="colgroup">
              {_('All links')}
            </th>
            {frame.links.map(({ name }) => (
              <th key={name} colSpan={FIGURES.length} scope="colgroup">
                {name}
              </th>
            ))}
          </tr>
          <tr>
            {[null, ...frame.links].flatMap((link) =>
              FIGURES.filter((figure) => link || isRate(figure)).map((figure) => (
                <th key={`${link?.name}/${figure}`} scope="col">
                  {titles[figure]}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {latestFirst.map((index) => (
            <tr key={moments[index]}>
              <th scope="row">{timeText(moments[index] ?? 0, frame.step)}</th>
              {FIGURES.filter(isRate).map((figure) => (
                <td key={figure}>
                  {valueText(figure, readingAt(rows, figure, index, NONE).total)}
                </td>
              ))}
              {rows.links.flatMap((link) =>
                FIGURES.map((figure) => (
                  <td key={`${link.name}/${figure}`}>
                    {valueText(figure, link[figure][index] ?? null)}
                  </td>
                )),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
