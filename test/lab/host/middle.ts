/** The middle one of some values, of an even number the upper of the two; NaN, which is good for nothing, of none. */
export function middle(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
