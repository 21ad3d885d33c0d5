import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { optionsDocument, problemsDocument } from '../../../backend/src/config/document.ts';

/** The documents are made from the tables; UPDATE_DOCS=1 writes them anew. */
it.each([
  ['options.md', optionsDocument()],
  ['problems.md', problemsDocument()],
])('docs/%s says what the sources say', (name, text) => {
  const file = join(import.meta.dirname, '../../../docs', name);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
});
