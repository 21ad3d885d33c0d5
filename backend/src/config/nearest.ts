/** Longest name that is compared; the work grows with the square. */
const LIMIT = 64;

/** The nearest of the names, if it is near enough to be meant; null otherwise. */
export function nearest(name: string, names: readonly string[]): string | null {
  if (name.length > LIMIT) return null;
  // Two slips, but not most of a short word.
  let best = Math.min(2, Math.floor(name.length / 3)) + 1;
  let found: string | null = null;
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

/** Levenshtein distance: letters to insert, delete or change. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
