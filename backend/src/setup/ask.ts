import { createInterface } from 'node:readline/promises';
import type { Given } from './request.ts';

/**
 * Asks whether to go on: yes with `--yes`, no for all but y and yes. Throws Error where there is
 * nobody to ask.
 */
export async function confirmed(question: string, given: Given): Promise<boolean> {
  if (given.yes === true) return true;
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new Error('nobody is here to be asked; look at it with --plan, then say --yes');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(`${question} [y/N] `));
  } finally {
    lines.close();
  }
}
