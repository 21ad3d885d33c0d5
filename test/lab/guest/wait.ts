/** The guest's clock, ms: monotonic, and virtual in a machine with a virtual clock. */
export function now(): number {
  return performance.now();
}

/** Waits in guest time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Choices for {@link until}, ms of guest time. */
export interface UntilOptions {
  timeout?: number;
  every?: number;
}

/**
 * Asks again and again until `check` gives something other than false, null or undefined; returns
 * that and how long it took. Throws naming `what`, with the last error `check` threw, after
 * `timeout` (10 s).
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  { timeout = 10_000, every = 50 }: UntilOptions = {},
): Promise<{ value: T; after: number }> {
  const start = now();
  let last = '';
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) {
        return { value, after: now() - start };
      }
    } catch (error) {
      last = ` (${error instanceof Error ? error.message : String(error)})`;
    }
    if (now() - start > timeout) throw new Error(`waited ${timeout} ms for ${what}${last}`);
    await sleep(every);
  }
}
