import { bitRate } from '../format.ts';
import type { Figure } from './series.ts';

/** A scale from 0 to `top` with its ticks, the first at 0; the last may be half a step below `top`. */
export interface Scale {
  top: number;
  ticks: number[];
}

/** The scale does not get finer than this, or noise near zero would look like much. */
const LEAST: Readonly<Record<Figure, number>> = { rx: 1000, tx: 1000, latency: 10, packetloss: 5 };

/**
 * Round figures that hold `most`, in about `about` steps. It changes rarely while `most` wavers.
 * The decimal steps 1, 2, 2.5 and 5 are those of the units (format.ts).
 */
export function scaleFor(figure: Figure, most: number, about: number): Scale {
  const reach = Math.max(LEAST[figure], Number.isFinite(most) ? most * 1.04 : 0);
  const limit = figure === 'packetloss' ? Math.min(reach, 100) : reach;
  const step = roundStep(limit / about);
  const halves = Math.ceil((limit / step) * 2 - 1e-9);
  const ticks = Array.from({ length: Math.floor(halves / 2) + 1 }, (_, index) => index * step);
  return { top: (halves * step) / 2, ticks };
}

function roundStep(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5].find((one) => one * magnitude >= least * (1 - 1e-9)) ?? 10;
  return factor * magnitude;
}

/** A tick in the figure's unit, without digits that say nothing: `20 Mbit/s`, `2.5 ms`, `0`. */
export function tickText(figure: Figure, value: number): string {
  if (value === 0) return '0';
  if (figure === 'rx' || figure === 'tx') {
    return bitRate(value)
      .replace(/(\.\d*?)0+ /, '$1 ')
      .replace('. ', ' ');
  }
  return `${Number(value.toPrecision(3))} ${figure === 'latency' ? 'ms' : '%'}`;
}

/** Steps between ticks of time, seconds: what reads well on a clock. */
const TIME_STEPS = [10, 30, 60, 300, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200];

/** Zones are whole quarters of an hour from UTC, so no tick is missed by going in these. */
const QUARTER = 900;

/**
 * Round moments of the local day between two moments (Unix seconds), at most `most` of them where
 * the steps allow it. `zone` gives the seconds that the local clock is ahead of UTC at a moment,
 * so that 06:00 stays 06:00 on the day the clocks change.
 */
export function timeTicks(
  from: number,
  to: number,
  most: number,
  zone: (time: number) => number,
): number[] {
  const step = TIME_STEPS.find((one) => (to - from) / one <= most) ?? 86400;
  const stride = Math.min(step, QUARTER);
  const ticks: number[] = [];
  for (let time = Math.ceil(from / stride) * stride; time <= to; time += stride) {
    if ((time + zone(time)) % step === 0) ticks.push(time);
  }
  return ticks;
}

/** The browser's zone for `timeTicks`. */
export function localZone(time: number): number {
  return new Date(time * 1000).getTimezoneOffset() * -60;
}

/** `14:02:31`, or `14:05` where entries are minutes apart; the browser's local time. */
export function timeText(time: number, step: number): string {
  const date = new Date(time * 1000);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts
    .slice(0, step < 60 ? 3 : 2)
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
