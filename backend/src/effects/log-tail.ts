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
  /** What came since the last call; a file that became shorter is read from its start. */
  read(): LogPiece;
}

/** A piece of a log. */
export interface LogPiece {
  /** Whole lines. */
  lines: string[];
  /** How much was read, bytes: never more than CHUNK. */
  read: number;
  /** How much was left out in the middle, bytes: the log grows faster than it is read. */
  skipped: number;
}

/** A log longer than this is cut once it has been read (bytes); it lies in RAM on a router. */
const KEEP = 64 * 1024;

/** Longest stretch read at once, bytes. */
export const CHUNK = 256 * 1024;

/** What waits to be read, bytes: of more, only the beginning and the end are read. */
const BACKLOG = 2 * 1024 * 1024;

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

  const readAt = (file: number, length: number): string => {
    const buffer = Buffer.alloc(length);
    const count = length === 0 ? 0 : readSync(file, buffer, 0, length, offset);
    offset += count;
    return buffer.toString('utf8', 0, count);
  };

  const linesOf = (text: string): string[] => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
    lastState = lines.filter(isState).at(-1) ?? lastState;
    return lines;
  };

  /** Its beginning, and its end from the next whole line on; what lay between is gone with the rest. */
  const skip = (file: number, size: number): LogPiece => {
    const begin = linesOf(readAt(file, CHUNK / 2));
    const skipped = size - CHUNK / 2 - offset;
    offset = size - CHUNK / 2;
    rest = '';
    const end = linesOf(readAt(file, CHUNK / 2)).slice(1);
    offset = cut(file, lastState);
    return { lines: [...begin, ...end], read: CHUNK, skipped };
  };

  return {
    read(): LogPiece {
      const file = follow();
      if (file === null) return { lines: [], read: 0, skipped: 0 };
      const { size } = fstatSync(file);
      if (size < offset) startOver();
      if (size - offset > BACKLOG) return skip(file, size);
      const length = Math.min(size - offset, CHUNK);
      const lines = linesOf(readAt(file, length));
      // Looked at again: what has been written meanwhile must not be cut away.
      if (offset >= KEEP && offset === fstatSync(file).size) offset = cut(file, lastState);
      return { lines, read: length, skipped: 0 };
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
