import { readText, writeWhole } from './text-file.ts';

/** Numbers by name that an earlier daemon has kept; those that are not above 0, and what is no JSON, are left out. */
export function readNumbers(path: string): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(readText(path) ?? '{}') as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, number] => Number(entry[1]) > 0));
  } catch {
    return new Map();
  }
}

/** Keeps them for the next daemon. Where that fails it finds out anew: no more than that. */
export function keepNumbers(path: string, numbers: ReadonlyMap<string, number>): void {
  try {
    writeWhole(path, JSON.stringify(Object.fromEntries(numbers)));
  } catch {
    // Said above.
  }
}
