import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readText, writeWhole } from '../effects/text-file.ts';

/** The secret of the page on this machine: 128 random bits, new with each daemon. */
export interface PageToken {
  /** 32 hex digits. */
  readonly text: string;
  /** Compares without telling by its time how much of it was right. */
  matches(text: string): boolean;
}

/** A new token. */
export function makeToken(): PageToken {
  const text = randomBytes(16).toString('hex');
  const digest = (of: string): Buffer => createHash('sha256').update(of).digest();
  const mine = digest(text);
  return { text, matches: (other) => timingSafeEqual(digest(other), mine) };
}

/**
 * Writes the page's address with the token into the run folder (0600): for `bonding page`, and for
 * whoever starts us.
 */
export function keepAddress(runFolder: string, address: string, { text }: PageToken): void {
  writeWhole(fileIn(runFolder), `${address}#token=${text}\n`);
}

/** Takes the file away again. */
export function forgetAddress(runFolder: string): void {
  rmSync(fileIn(runFolder), { force: true });
}

/** The address in the run folder, with its token: `http://127.0.0.1:8470/#token=…`; null: there is none. */
export function readAddress(runFolder: string): string | null {
  const line = readText(fileIn(runFolder))?.trim();
  return line && /^\S{1,400}#token=[0-9a-f]{32}$/.test(line) ? line : null;
}

function fileIn(runFolder: string): string {
  return join(runFolder, 'page-token');
}
