import { readFileSync } from 'node:fs';

/** The text of a file, or null when it cannot be read: gone, not ours, or a process that has ended. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
