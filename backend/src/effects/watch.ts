import { watch } from 'node:fs';

/**
 * Calls `changed` when a file in `folder` changes (inotify). Where that cannot be had, nothing is
 * called: whoever uses this must also look from time to time.
 */
export function watchFolder(folder: string, changed: () => void): { close(): void } {
  try {
    const watcher = watch(folder, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return { close() {} };
  }
}
