import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The text of a file, or null when it cannot be read: gone, not ours, or a process that has ended. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Writes a file so that a reader sees the old or the new text, never half of it. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
