import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { belongTogether, fingerprintOf, makeIdentity } from './keys.ts';
import { replaceFile } from './whole-file.ts';

/** Our certificate and key on disk, and what the other end must know of them. */
export interface Identity {
  /** Paths, PEM. */
  certificate: string;
  key: string;
  /** SHA-256 of the certificate: `AA:BB:…`. */
  fingerprint: string;
}

/** Where certificate and key are kept in `folder`. */
export function identityPaths(folder: string): { certificate: string; key: string } {
  return { certificate: join(folder, 'bonding.crt'), key: join(folder, 'bonding.key') };
}

/**
 * Our identity in `folder` (0700), made at the first call: not at installation, when a router has no
 * entropy yet and an image would share its keys. The key is written before the certificate, so that
 * a certificate always has its key. A pair that is damaged (a power cut, a full disk) is put aside as
 * `NAME.broken` and made anew. Throws when the folder cannot be written.
 */
export function ensureIdentity(folder: string): Identity {
  const { certificate, key } = identityPaths(folder);
  finishSwitch(folder);
  if (!isWhole(certificate, key)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    for (const path of [certificate, key]) if (existsSync(path)) renameSync(path, `${path}.broken`);
    const made = makeIdentity('bonding');
    replaceFile(key, 0o600, Buffer.from(made.keyPem));
    replaceFile(certificate, 0o600, Buffer.from(made.certPem));
  }
  return { certificate, key, fingerprint: fingerprintOf(readFileSync(certificate, 'utf8')) };
}

/**
 * Completes the change to a new pair (`bonding keys rotate --finish`), where the new key is in its
 * place and the certificate still waits beside as `.new`: a power cut between the two.
 */
export function finishSwitch(folder: string): void {
  const { certificate, key } = identityPaths(folder);
  const next = `${certificate}.new`;
  if (!isWhole(certificate, key) && isWhole(next, key)) renameSync(next, certificate);
}

function isWhole(certificate: string, key: string): boolean {
  if (!existsSync(certificate) || !existsSync(key)) return false;
  const [certPem, keyPem] = [readFileSync(certificate, 'utf8'), readFileSync(key, 'utf8')];
  return belongTogether({ certPem, keyPem });
}
