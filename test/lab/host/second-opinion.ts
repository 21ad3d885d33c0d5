/**
 * Measures, and measures once more on a new machine when the first result is not good. In hundreds of
 * runs one plain line once carried 87 % of its rate, and nobody knows why; what is really broken is
 * broken twice.
 */
export async function secondOpinion<T>(
  measure: () => Promise<T>,
  good: (result: T) => boolean,
): Promise<T> {
  const first = await measure();
  if (good(first)) return first;
  process.stderr.write('lab: not good enough; a second machine decides\n');
  return measure();
}
