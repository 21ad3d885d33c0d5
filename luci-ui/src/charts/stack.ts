import type { Series } from '../../../backend/src/status/history.ts';

/**
 * The upper edge of each layer when they lie on one another, the first at the bottom. A layer without
 * a value has no height there; where none has one the edges are null, a gap. All have equal length.
 */
export function stack(layers: readonly Series[]): Series[] {
  const edges: Series[] = layers.map(() => []);
  const length = layers[0]?.length ?? 0;
  for (let index = 0; index < length; index += 1) {
    const measured = layers.some((layer) => isMeasured(layer[index]));
    let sum = 0;
    for (const [row, layer] of layers.entries()) {
      sum += layer[index] ?? 0;
      edges[row]?.push(measured ? sum : null);
    }
  }
  return edges;
}

/** The sum of what has a value; null when nothing has. */
export function sum(values: readonly (number | null | undefined)[]): number | null {
  const measured = values.filter(isMeasured);
  return measured.length > 0 ? measured.reduce((total, value) => total + value, 0) : null;
}

/** The largest value; 0 when there is none. */
export function largest(rows: readonly Series[]): number {
  let most = 0;
  for (const row of rows) for (const value of row) if (value !== null && value > most) most = value;
  return most;
}

function isMeasured(value: number | null | undefined): value is number {
  return typeof value === 'number';
}
