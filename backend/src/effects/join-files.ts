import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { toBytes } from '../uci/bytes.ts';

/** A file to be written. */
export interface NewFile {
  path: string;
  text: string;
  /** For a file that is not there yet; one that is keeps its own. Null: 0600, whatever was there. */
  mode: number | null;
}

/** Files that lie on the disk beside those they replace. */
export interface Staged {
  /** Puts all in place, in the order given. Throws Error; then all is as it was. */
  commit(): void;
  /** Takes all away again. */
  drop(): void;
}

/**
 * Writes the files beside their places, so that all that can go wrong (a full disk, a folder that
 * cannot be written) goes wrong before anything is changed. Folders are made (0700). Throws Error,
 * with nothing left behind, naming the file in `path`.
 */
export function stageFiles(files: readonly NewFile[]): Staged {
  const ready: { from: string; to: string }[] = [];
  const drop = (): void => {
    for (const { from } of ready) rmSync(from, { force: true });
  };
  for (const file of files) {
    try {
      mkdirSync(dirname(file.path), { recursive: true, mode: 0o700 });
      const to = targetOf(file.path);
      // A leading dot: uci takes every other name in /etc/config for a package.
      const from = join(dirname(to), `.${basename(to)}.new`);
      ready.push({ from, to });
      writeFlushed(from, file.text, file.mode === null ? 0o600 : modeOf(to, file.mode));
    } catch (error) {
      drop();
      throw Object.assign(error as Error, { path: file.path });
    }
  }
  return { commit: () => exchange(ready), drop };
}

/** The old files are kept under a second name until the last new one is in place. */
function exchange(ready: readonly { from: string; to: string }[]): void {
  const old = (to: string): string => join(dirname(to), `.${basename(to)}.old`);
  const moved: string[] = [];
  try {
    for (const { to } of ready) {
      rmSync(old(to), { force: true });
      if (existsSync(to)) linkSync(to, old(to));
    }
    for (const { from, to } of ready) {
      renameSync(from, to);
      moved.push(to);
    }
  } catch (error) {
    for (const to of moved) {
      if (existsSync(old(to))) renameSync(old(to), to);
      else rmSync(to, { force: true });
    }
    throw error;
  } finally {
    for (const { from, to } of ready)
      for (const path of [from, old(to)]) rmSync(path, { force: true });
  }
}

/** Writes one file whole or not at all, keeping its mode. Throws Error. */
export function replaceFile(path: string, text: string): void {
  stageFiles([{ path, text, mode: 0o600 }]).commit();
}

/** Behind a link lies the file that is meant. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function modeOf(path: string, fallback: number): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? fallback : found.mode & 0o777;
}

function writeFlushed(path: string, text: string, mode: number): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', mode);
  try {
    const bytes = toBytes(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  // The umask may have taken something away.
  chmodSync(path, mode);
}
