import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';

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

/** The last lines of a file, of its last 64 KiB; null when it cannot be read. */
export function readLastLines(path: string, count: number): string[] | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, 64 * 1024));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8', 0, read).trimEnd().split('\n');
    // The first line of such a piece may be half a one.
    return (size > buffer.length ? lines.slice(1) : lines).slice(-count);
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}
