/**
 * Does all of `work`, `most` at a time, in order. The first failure starts nothing more and is thrown
 * when what is under way has ended.
 */
export async function allOf(work: readonly (() => Promise<void>)[], most: number): Promise<void> {
  const rest = [...work];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
        rest.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, most) }, worker));
  if (failures.length > 0) throw failures[0];
}
