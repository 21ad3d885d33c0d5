import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of its own for each test of a file; `path` is valid inside of tests and their hooks. */
export function testFolder(): { readonly path: string; at(...parts: string[]): string } {
  const folder = { path: '', at: (...parts: string[]) => join(folder.path, ...parts) };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'bonding-test-'));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Writes a program for /bin/sh at `path`. */
export function script(path: string, ...lines: string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

/** Puts `folder` before everything else on PATH, for as long as a test takes. */
export function programsIn(folder: string): void {
  const before = process.env.PATH ?? '';
  process.env.PATH = `${folder}${delimiter}${before}`;
  restore.push(() => {
    process.env.PATH = before;
  });
}

const restore: (() => void)[] = [];
afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});
