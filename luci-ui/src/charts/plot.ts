import UPlot from 'uplot';
import type { Series } from '../../../backend/src/status/history.ts';
import { localZone, scaleFor, tickText, timeText, timeTicks } from './axis.ts';
import type { Figure } from './series.ts';
import { largest, stack } from './stack.ts';
import { isRate } from './summary.ts';
import { faded, type Theme } from './theme.ts';

/** What a plot draws: `times` in Unix seconds and as many values in each row. */
export interface PlotData {
  step: number;
  times: number[];
  rows: Series[];
}

export interface PlotOptions {
  figure: Figure;
  /** The links' places in the snapshot, one for each row: they give the colours. */
  links: readonly number[];
  /** Many entries to a pixel: edges would hide the areas. */
  dense: boolean;
  theme: Theme;
  /** The pointer is at an entry, or (null) has left; `touch`: a finger. */
  point: (index: number | null, touch: boolean) => void;
}

/** A canvas in `host`, as large as it; rates lie on one another, other figures are lines. */
export interface Plot {
  draw(data: PlotData): void;
  /** Marks an entry; null: none. */
  mark(index: number | null): void;
  paint(theme: Theme): void;
  destroy(): void;
}

const LEFT = 74;
const BOTTOM = 22;
const RIGHT = 6;

/** Lives until `destroy`. */
export function createPlot(host: HTMLElement, options: PlotOptions): Plot {
  const { figure, links } = options;
  const stacked = isRate(figure);
  let theme = options.theme;
  let data: PlotData = { step: 1, times: [], rows: [] };
  let marked: number | null = null;
  let scale = scaleFor(figure, 0, 3);

  const colour = (index: number): string =>
    theme.links[(links[index] ?? 0) % theme.links.length] ?? '';
  const axis = {
    stroke: () => theme.text,
    grid: { stroke: () => theme.grid, width: 1 },
    ticks: { show: false },
    gap: 6,
    font: `11px ${getComputedStyle(host).fontFamily}`,
  };
  const chart = new UPlot(
    {
      ...sizeOf(host),
      padding: [8, RIGHT, 0, 0],
      legend: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, bind: deaf },
      scales: {
        x: { time: false, range: (_self, from, to) => [from, to] },
        y: { range: () => [0, scale.top] },
      },
      axes: [
        {
          ...axis,
          size: BOTTOM,
          grid: { show: false },
          splits: (self, _axis, from, to) => {
            // Half of a label must find room to the right of its tick.
            const missing = textWidth(self.ctx, axis.font, timeText(to, data.step)) / 2 - RIGHT;
            const last = to - ((to - from) * missing) / (self.width - LEFT - RIGHT);
            const ticks = timeTicks(from, to, Math.max(3, self.width / 110), localZone);
            return ticks.filter((time) => time <= last);
          },
          values: (_self, splits) => splits.map((time) => timeText(time, data.step)),
        },
        {
          ...axis,
          size: LEFT,
          splits: () => scale.ticks,
          values: (_self, splits) => splits.map((value) => tickText(figure, value)),
        },
      ],
      series: [
        {},
        ...links.map((_link, index) => ({
          stroke: () => colour(index),
          width: widthOf(stacked, options.dense),
          ...(stacked ? { fill: () => faded(colour(index), 0.6) } : {}),
          points: {
            show: false,
            size: 3,
            fill: () => colour(index),
            filter: () => lonely(data.rows[index] ?? []),
          },
        })),
      ],
      // The area of a layer ends at the one below it.
      bands: stacked
        ? links.slice(1).map((_link, index) => ({ series: [index + 2, index + 1] }))
        : [],
    },
    [[], ...links.map(() => [])],
    host,
  );

  const mark = (): void => {
    const time = marked === null ? undefined : data.times[marked];
    const left = time === undefined ? -10 : chart.valToPos(time, 'x');
    chart.setCursor({ left, top: time === undefined ? -10 : 0 }, false);
  };
  const resized = new ResizeObserver(() => {
    const size = sizeOf(host);
    if (size.width === chart.width && size.height === chart.height) return;
    chart.batch(() => chart.setSize(size));
    mark();
  });
  resized.observe(host);
  listen(chart, options.point);

  return {
    draw(next) {
      const edges = stacked ? stack(next.rows) : next.rows;
      data = { ...next, rows: edges };
      scale = scaleFor(figure, largest(edges), host.clientHeight > 140 ? 4 : 3);
      chart.batch(() => chart.setData([data.times, ...edges]));
      mark();
    },
    mark(index) {
      marked = index;
      mark();
    },
    paint(next) {
      theme = next;
      chart.redraw(false);
    },
    destroy() {
      resized.disconnect();
      chart.destroy();
    },
  };
}

const deaf = Object.fromEntries(
  ['mousedown', 'mouseup', 'click', 'dblclick', 'mousemove', 'mouseleave', 'mouseenter'].map(
    (name) => [name, () => null],
  ),
);

/** CSS pixels that a text takes. */
function textWidth(context: CanvasRenderingContext2D, font: string, text: string): number {
  context.save();
  context.font = font;
  const { width } = context.measureText(text);
  context.restore();
  return width;
}

/** uPlot knows the mouse only; pointer events are one way for mouse, pen and finger. */
function listen(chart: UPlot, point: PlotOptions['point']): void {
  const { over } = chart;
  const move = (event: PointerEvent): void => {
    const { left, width } = over.getBoundingClientRect();
    const x = Math.min(width, Math.max(0, event.clientX - left));
    if (chart.data[0].length > 0) point(chart.posToIdx(x), event.pointerType === 'touch');
  };
  over.addEventListener('pointerdown', move);
  over.addEventListener('pointermove', move);
  // A finger that is lifted leaves its mark: else a tap would show nothing.
  over.addEventListener('pointerleave', (event) => {
    if (event.pointerType !== 'touch') point(null, false);
  });
}

function widthOf(stacked: boolean, dense: boolean): number {
  if (stacked) return dense ? 0.5 : 1.25;
  return dense ? 1.25 : 1.75;
}

/** Entries without neighbours: a line does not show them. Null: there are none. */
function lonely(row: Series): number[] | null {
  const alone = row.flatMap((value, index) =>
    value !== null && (row[index - 1] ?? null) === null && (row[index + 1] ?? null) === null
      ? [index]
      : [],
  );
  return alone.length > 0 ? alone : null;
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: Math.max(1, host.clientWidth), height: Math.max(1, host.clientHeight) };
}
