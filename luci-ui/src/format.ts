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
