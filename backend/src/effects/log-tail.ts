import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';

/** Follows one growing text file by its size: no process, no watch, a stat and a read when asked. */
export interface LogTail {
  /** The whole lines that came since the last call; a file that became shorter is read from its start. */
  read(): string[];
}

/** A log longer than this is cut once it has been read (bytes); it lies in RAM on a router. */
const KEEP = 64 * 1024;

/** Longest stretch read at once, bytes. */
const CHUNK = 256 * 1024;

/** Longest line that is waited for (characters); OpenVPN cuts its own at 1280. */
const LINE_LIMIT = 64 * 1024;

/**
 * Follows `path`. `isState` tells which lines say the state of the tunnel: when the log is cut, the
 * last of them is kept, since the next daemon learns the state by reading the log from its start.
 */
export function tailLog(path: string, isState: (line: string) => boolean): LogTail {
  // Kept open while it is followed: a new file can then not be given its inode number.
  let held: { file: number; inode: number } | null = null;
  let offset = 0;
  let rest = '';
  let lastState = '';

  const startOver = (): void => {
    offset = 0;
    rest = '';
    lastState = '';
  };

  /** The file that is at `path` now; a tunnel that was started anew has a new one. */
  const follow = (): number | null => {
    const file = tryOpen(path);
    if (file === null) return null;
    const inode = fstatSync(file).ino;
    if (held?.inode === inode) {
      closeSync(file);
      return held.file;
    }
    if (held !== null) closeSync(held.file);
    held = { file, inode };
    startOver();
    return file;
  };

  return {
    read(): string[] {
      const file = follow();
      if (file === null) return [];
      const { size } = fstatSync(file);
      if (size < offset) startOver();
      const buffer = Buffer.alloc(Math.min(size - offset, CHUNK));
      const count = buffer.length === 0 ? 0 : readSync(file, buffer, 0, buffer.length, offset);
      offset += count;
      const lines = (rest + buffer.toString('utf8', 0, count)).split('\n');
      rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
      lastState = lines.filter(isState).at(-1) ?? lastState;
      if (offset >= KEEP && offset === size) offset = cut(file, lastState);
      return lines;
    },
  };
}

/** Empties the log but for `line`; returns the new length. The writer appends, so nothing else moves. */
function cut(file: number, line: string): number {
  ftruncateSync(file, 0);
  if (line === '') return 0;
  const text = Buffer.from(`${line}\n`, 'utf8');
  writeAll(file, text);
  return text.length;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_APPEND);
  } catch {
    return null;
  }
}
