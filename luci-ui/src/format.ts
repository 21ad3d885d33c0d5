/**
 * Numbers for people. No Intl: the router's Node has none, and the same figures shall look the same
 * on the page and in the terminal. What is not a number, or negative, is shown as a dash.
 */

const NOTHING = '–';

/** A rate from bit/s, in decimal units as lines are sold: `0 bit/s`, `950 bit/s`, `20.4 Mbit/s`. */
export function bitRate(bits: unknown): string {
  return scaled(bits, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
}

/** A size from bytes, in binary units as LuCI shows them: `0 B`, `1.20 GiB`. */
export function byteCount(bytes: unknown): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

/** A part of a whole, from 0 to 1: `42 %`; `<1 %` for what is little but not nothing. */
export function percent(part: unknown): string {
  if (!isAmount(part)) return NOTHING;
  if (part > 0 && part < 0.01) return '<1 %';
  return `${Math.round(part * 100)} %`;
}

/** A time span from seconds, in its two largest units: `5 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: unknown): string {
  if (!isAmount(seconds)) return NOTHING;
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A time of day, as the browser's zone has it: `09:05:00`. */
export function clockTime(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** A time of day without seconds, with its date when that is not today's: `14:02`, `2026-11-20 14:02`. */
export function shortTime(time: Date, now: Date): string {
  return dated(time, now, clockTime(time).slice(0, 5));
}

/** The same with seconds: `14:02:07`, `2026-11-20 14:02:07`. */
export function fullTime(time: Date, now: Date): string {
  return dated(time, now, clockTime(time));
}

/** A round trip or its jitter from ms: `0.4 ms`, `9.8 ms`, `20 ms`. */
export function milliseconds(ms: unknown): string {
  if (!isAmount(ms)) return NOTHING;
  return `${ms > 0 && ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Packet loss from percent, 0 to 100: `0 %`, `0.4 %`, `12 %`. */
export function loss(percentage: unknown): string {
  if (!isAmount(percentage)) return NOTHING;
  if (percentage === 0 || percentage >= 9.95) return `${Math.round(percentage)} %`;
  return percentage < 0.05 ? '<0.1 %' : `${percentage.toFixed(1)} %`;
}

function dated(time: Date, now: Date, clock: string): string {
  const day = dateOf(time);
  return day === dateOf(now) ? clock : `${day} ${clock}`;
}

function dateOf(time: Date): string {
  const parts = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

/** Three significant digits, never as many as the next unit's one: 999.6 k is 1.00 M. */
function scaled(amount: unknown, base: number, units: readonly string[]): string {
  if (!isAmount(amount)) return NOTHING;
  let value = amount;
  let unit = 0;
  while (Math.round(value) >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${units[unit]}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
