import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ensureIdentity, finishSwitch } from '../../../backend/src/effects/identity.ts';
import {
  cancelRotation,
  finishRotation,
  prepareRotation,
  readPairs,
} from '../../../backend/src/setup/keys.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** What openssl says of a certificate and its key, independent of us. */
function openssl(name: string): { fingerprint: string; match: boolean } {
  const run = (...argv: string[]): string =>
    spawnSync('openssl', argv, { encoding: 'utf8', cwd: folder.path }).stdout.trim();
  const print = run('x509', '-noout', '-fingerprint', '-sha256', '-in', `bonding.crt${name}`);
  const ofCert = run('x509', '-noout', '-pubkey', '-in', `bonding.crt${name}`);
  const ofKey = run('pkey', '-pubout', '-in', `bonding.key${name}`);
  return { fingerprint: print.replace(/^.*=/, ''), match: ofCert !== '' && ofCert === ofKey };
}

describe('a change of keys', () => {
  it('prepares, switches, and keeps the old', () => {
    const { fingerprint: first } = ensureIdentity(folder.path);
    const { pair, made } = prepareRotation(folder.path);
    expect(made).toBe(true);
    expect(pair.fingerprint).not.toBe(first);
    // The daemon goes on with the old one.
    expect(ensureIdentity(folder.path).fingerprint).toBe(first);
    expect(openssl('.new')).toEqual({ fingerprint: pair.fingerprint, match: true });
    expect(prepareRotation(folder.path)).toMatchObject({ made: false, pair });

    expect(finishRotation(folder.path)).toMatchObject({
      fingerprint: pair.fingerprint,
      whole: true,
    });
    expect(openssl('')).toEqual({ fingerprint: pair.fingerprint, match: true });
    expect(openssl('.old')).toEqual({ fingerprint: first, match: true });
    expect(ensureIdentity(folder.path).fingerprint).toBe(pair.fingerprint);
    expect(readdirSync(folder.path).sort()).toEqual([
      'bonding.crt',
      'bonding.crt.old',
      'bonding.key',
      'bonding.key.old',
    ]);
    for (const name of readdirSync(folder.path))
      expect(statSync(folder.at(name)).mode & 0o777, name).toBe(0o600);
  });

  it('a second one replaces the old of the first', () => {
    ensureIdentity(folder.path);
    prepareRotation(folder.path);
    const { fingerprint: second } = finishRotation(folder.path);
    prepareRotation(folder.path);
    finishRotation(folder.path);
    expect(readPairs(folder.path).old).toMatchObject({ fingerprint: second, whole: true });
  });

  it('can be called off', () => {
    const { fingerprint } = ensureIdentity(folder.path);
    prepareRotation(folder.path);
    expect(cancelRotation(folder.path)).toBe(true);
    expect(cancelRotation(folder.path)).toBe(false);
    expect(readdirSync(folder.path).sort()).toEqual(['bonding.crt', 'bonding.key']);
    expect(() => finishRotation(folder.path)).toThrow('no new key is prepared');
    expect(ensureIdentity(folder.path).fingerprint).toBe(fingerprint);
  });

  it('cut off by a power cut between the two files is completed, not thrown away', () => {
    ensureIdentity(folder.path);
    const { pair } = prepareRotation(folder.path);
    renameSync(folder.at('bonding.key.new'), folder.at('bonding.key'));
    expect(ensureIdentity(folder.path).fingerprint).toBe(pair.fingerprint);
    expect(readdirSync(folder.path).sort()).toEqual(['bonding.crt', 'bonding.key']);
  });

  it('a prepared pair is not taken for a damaged one in use', () => {
    ensureIdentity(folder.path);
    const { pair } = prepareRotation(folder.path);
    writeFileSync(folder.at('bonding.key'), 'damaged');
    finishSwitch(folder.path);
    expect(readFileSync(folder.at('bonding.key'), 'utf8')).toBe('damaged');
    expect(ensureIdentity(folder.path).fingerprint).not.toBe(pair.fingerprint);
  });

  it('needs a pair in use, and a prepared one that is whole', () => {
    expect(() => prepareRotation(folder.path)).toThrow('no key');
    ensureIdentity(folder.path);
    prepareRotation(folder.path);
    writeFileSync(folder.at('bonding.key.new'), 'damaged');
    expect(() => finishRotation(folder.path)).toThrow('no new key is prepared');
    expect(prepareRotation(folder.path).made).toBe(true);
  });
});
