import { X509Certificate } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { finishSwitch, identityPaths } from '../effects/identity.ts';
import { belongTogether, fingerprintOf, makeIdentity } from '../effects/keys.ts';
import { readText } from '../effects/text-file.ts';
import { replaceFile } from '../effects/whole-file.ts';

/** A certificate with its key, as it lies in a key folder. */
export interface KeyPair {
  certificate: string;
  key: string;
  fingerprint: string;
  valid_from: string;
  valid_to: string;
  /** The key is that of the certificate. */
  whole: boolean;
}

/** All pairs of a key folder. */
export interface KeyPairs {
  current: KeyPair | null;
  /** Made by `keys rotate`, not yet in use. */
  prepared: KeyPair | null;
  /** In use before the last `keys rotate --finish`. */
  old: KeyPair | null;
}

/** What is behind the names of a prepared and of an old pair. */
const PREPARED = '.new';
const OLD = '.old';

/** Looks at what is in the folder; makes nothing. */
export function readPairs(folder: string): KeyPairs {
  return {
    current: readPair(folder, ''),
    prepared: readPair(folder, PREPARED),
    old: readPair(folder, OLD),
  };
}

/**
 * Makes the next pair beside the one in use, unless one is prepared: `made` says which. Throws Error
 * when there is no pair in use, or the folder cannot be written.
 */
export function prepareRotation(folder: string): { pair: KeyPair; made: boolean } {
  if (readPair(folder, '') === null) throw new Error(`there is no key in ${folder} yet`);
  const found = readPair(folder, PREPARED);
  if (found?.whole) return { pair: found, made: false };
  const { certificate, key } = pathsOf(folder, PREPARED);
  const identity = makeIdentity('bonding');
  replaceFile(key, 0o600, Buffer.from(identity.keyPem));
  replaceFile(certificate, 0o600, Buffer.from(identity.certPem));
  const pair = readPair(folder, PREPARED);
  if (pair === null) throw new Error(`the new certificate ${certificate} cannot be read`);
  return { pair, made: true };
}

/**
 * Puts the prepared pair in the place of the one in use, which is kept as `.old`. Two renames: between
 * them {@link finishSwitch}, which every reader calls, completes the second. Throws Error when none is
 * prepared.
 */
export function finishRotation(folder: string): KeyPair {
  const prepared = readPair(folder, PREPARED);
  if (prepared === null || !prepared.whole)
    throw new Error('no new key is prepared; first: bonding keys rotate');
  const [now, next, old] = [identityPaths(folder), pathsOf(folder, PREPARED), pathsOf(folder, OLD)];
  for (const part of ['key', 'certificate'] as const) {
    rmSync(old[part], { force: true });
    // A second name, so that the one in use never is not there.
    if (existsSync(now[part])) linkSync(now[part], old[part]);
  }
  renameSync(next.key, now.key);
  finishSwitch(folder);
  const pair = readPair(folder, '');
  if (pair === null || pair.fingerprint !== prepared.fingerprint)
    throw new Error(`the new certificate could not be put in its place in ${folder}`);
  return pair;
}

/** Throws away what was prepared; false when there was nothing. */
export function cancelRotation(folder: string): boolean {
  const { certificate, key } = pathsOf(folder, PREPARED);
  const there = existsSync(certificate) || existsSync(key);
  for (const path of [certificate, key]) rmSync(path, { force: true });
  return there;
}

function pathsOf(folder: string, suffix: string): { certificate: string; key: string } {
  const { certificate, key } = identityPaths(folder);
  return { certificate: certificate + suffix, key: key + suffix };
}

function readPair(folder: string, suffix: string): KeyPair | null {
  const { certificate, key } = pathsOf(folder, suffix);
  const [certPem, keyPem] = [readText(certificate), readText(key)];
  if (certPem === null) return null;
  try {
    const { validFrom, validTo } = new X509Certificate(certPem);
    return {
      certificate,
      key,
      fingerprint: fingerprintOf(certPem),
      valid_from: validFrom,
      valid_to: validTo,
      whole: keyPem !== null && belongTogether({ certPem, keyPem }),
    };
  } catch {
    return null;
  }
}
