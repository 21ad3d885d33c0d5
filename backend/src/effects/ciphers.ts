import { createCipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CipherSpeed } from '../config/types.ts';
import { readText, writeWhole } from './text-file.ts';

/** Each cipher's turn, ms of the processor, and how many each has: a cold start must not decide, nor what else runs. */
const TURN = 2;
const TURNS = 12;

/** Bytes at a time: so many that a cipher's own work counts most (much more only measures the memory). */
const BLOCK = 16 * 1024;

/**
 * Bytes of a turn at most. What is encrypted is garbage that this Node collects late: with whole turns
 * the daemon had 78 MB resident instead of 48. So much is 50 µs where AES has instructions.
 */
const MOST = 64 * 1024;

/** Where in the run folder the result is kept: a second daemon must not find another, and start all anew. */
const FILE = 'ciphers';

/**
 * How fast this machine's processor encrypts; measured once between two boots (0.1 s) and kept in
 * `folder`, where `keep` is set. Null: this Node does not have one of the ciphers.
 */
export function cipherSpeed(folder: string, keep: boolean): CipherSpeed | null {
  const path = join(folder, FILE);
  const known = parseSpeed(readText(path));
  if (known !== null) return known;
  const found = measure();
  try {
    if (keep && found !== null) writeWhole(path, `${found.aes} ${found.chacha}\n`);
  } catch {
    // It is measured again at the next start.
  }
  return found;
}

/** Reads what was kept: two numbers in MB/s; null when it is nothing of the kind. */
export function parseSpeed(text: string | null): CipherSpeed | null {
  const found = /^(\d{1,6}) (\d{1,6})\n$/.exec(text ?? '');
  return found === null ? null : { aes: Number(found[1]), chacha: Number(found[2]) };
}

function measure(): CipherSpeed | null {
  const speed = { aes: 0, chacha: 0 };
  try {
    for (let turn = 0; turn < TURNS; turn += 1) {
      speed.aes = Math.max(speed.aes, encrypt('aes-256-gcm'));
      speed.chacha = Math.max(speed.chacha, encrypt('chacha20-poly1305'));
    }
    return speed;
  } catch {
    return null;
  }
}

/** MB per second of our processor's time, in which others have no part; at least 1. Throws without the cipher. */
function encrypt(name: 'aes-256-gcm' | 'chacha20-poly1305'): number {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher =
    name === 'aes-256-gcm'
      ? createCipheriv(name, key, iv)
      : createCipheriv(name, key, iv, { authTagLength: 16 });
  const block = Buffer.alloc(BLOCK);
  cipher.update(block);
  const before = process.cpuUsage();
  let bytes = 0;
  let used = 0;
  while (used < TURN && bytes < MOST) {
    cipher.update(block);
    bytes += BLOCK;
    const { user, system } = process.cpuUsage(before);
    used = (user + system) / 1_000;
  }
  return Math.max(1, Math.round(bytes / 1_000 / Math.max(used, 0.1)));
}
