/** With one digit after the point: figures are shown so. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The same of what may not be known. */
export function tenthOrNull(value: number | null): number | null {
  return value === null ? null : tenth(value);
}
