import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * Writes a file beside its place and moves it there: after a power cut there is the old one or the
 * new one, whole. Nobody but us can read it before it has its mode. Throws the system's error.
 */
export function replaceFile(path: string, mode: number, bytes: Uint8Array): void {
  const beside = `${path}.making`;
  rmSync(beside, { force: true });
  try {
    const file = openSync(beside, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(beside, mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
