import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf, makeIdentity } from './keys.ts';

/** Our certificate and key on disk, and what the other end must know of them. */
export interface Identity {
  /** Paths, PEM. */
  certificate: string;
  key: string;
  /** SHA-256 of the certificate: `AA:BB:…`. */
  fingerprint: string;
}

/**
 * Our identity in `folder` (0700), made at the first call: not at installation, when a router has no
 * entropy yet and an image would share its keys. The key is written before the certificate, so that
 * a certificate always has its key. Throws when the folder cannot be written.
 */
export function ensureIdentity(folder: string): Identity {
  const certificate = join(folder, 'bonding.crt');
  const key = join(folder, 'bonding.key');
  if (!existsSync(certificate) || !existsSync(key)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const made = makeIdentity('bonding');
    writePrivate(key, made.keyPem);
    writePrivate(certificate, made.certPem);
  }
  return { certificate, key, fingerprint: fingerprintOf(readFileSync(certificate, 'utf8')) };
}

function writePrivate(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
