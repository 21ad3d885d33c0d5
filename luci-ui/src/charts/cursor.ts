import type { Frame } from './series.ts';

/**
 * The entry that is looked at. A mouse stays where it is while the entries move on under it; what a
 * key or a finger has chosen is a moment, and moves with the chart.
 */
export type Cursor = { at: 'index'; index: number } | { at: 'time'; time: number } | null;

/** The entry of a cursor; null when there is none, or it has left the frame. */
export function cursorIndex(cursor: Cursor, { time, step, count }: Frame): number | null {
  if (!cursor) return null;
  const index = cursor.at === 'index' ? cursor.index : count - 1 - (time - cursor.time) / step;
  return Number.isInteger(index) && index >= 0 && index < count ? index : null;
}

/** A cursor that stays with the moment of an entry; one outside of the frame at its nearest end. */
export function momentOf(index: number, { time, step, count }: Frame): Cursor {
  const inside = Math.min(count - 1, Math.max(0, index));
  return { at: 'time', time: time - (count - 1 - inside) * step };
}

/** How far a key goes; one beyond the frame goes to its end. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageUp: -10,
  PageDown: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Where a key takes the cursor; undefined for a key that does not. Escape takes it away. */
export function moved(cursor: Cursor, frame: Frame, key: string): Cursor | undefined {
  const index = cursorIndex(cursor, frame);
  if (key === 'Escape') return index === null ? undefined : null;
  const step = STEPS[key];
  return step === undefined ? undefined : momentOf((index ?? frame.count) + step, frame);
}
