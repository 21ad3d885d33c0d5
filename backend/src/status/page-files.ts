import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the page, held in memory. */
export interface PageFile {
  body: Buffer;
  /** Content-Type. */
  type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const MAX_FILES = 32;
const MAX_BYTES = 1024 * 1024;

/**
 * Reads the built page once: every html, js, css and svg file directly in `folder`, by its URL path
 * (`/page.js`; `/` is index.html). What is not in this map does not exist for the server, so no URL
 * can reach another file. Rejects when the folder cannot be read, has no index.html, or holds more
 * than 32 such files or one over 1 MiB.
 */
export async function loadPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const type = TYPES[/\.([a-z]+)$/.exec(entry.name)?.[1] ?? ''];
    if (!type || !entry.isFile() || !/^[\w.-]+$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (files.size >= MAX_FILES) throw new Error(`more than ${MAX_FILES} files`);
    if ((await stat(path)).size > MAX_BYTES) throw new Error(`${entry.name} is over 1 MiB`);
    files.set(`/${entry.name}`, { body: await readFile(path), type });
  }
  const index = files.get('/index.html');
  if (!index) throw new Error('no index.html');
  return files.set('/', index);
}
