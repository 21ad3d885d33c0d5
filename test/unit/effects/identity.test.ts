import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ensureIdentity } from '../../../backend/src/effects/identity.ts';
import { belongTogether, fingerprintOf } from '../../../backend/src/effects/keys.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const read = (path: string) => readFileSync(path, 'utf8');

describe('our identity', () => {
  it('is made at the first call, for root alone', () => {
    const made = ensureIdentity(folder.at('keys'));
    expect(made).toMatchObject({
      certificate: folder.at('keys', 'bonding.crt'),
      key: folder.at('keys', 'bonding.key'),
    });
    expect(modeOf(folder.at('keys'))).toBe('700');
    expect(modeOf(made.key)).toBe('600');
    expect(modeOf(made.certificate)).toBe('600');
    expect(readdirSync(folder.at('keys')).sort()).toEqual(['bonding.crt', 'bonding.key']);
    expect(made.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(made.fingerprint).toBe(fingerprintOf(read(made.certificate)));
    expect(belongTogether({ certPem: read(made.certificate), keyPem: read(made.key) })).toBe(true);
  });

  it('takes a folder that is open to others for itself', () => {
    mkdirSync(folder.at('keys'));
    chmodSync(folder.at('keys'), 0o755);
    ensureIdentity(folder.at('keys'));
    expect(modeOf(folder.at('keys'))).toBe('700');
  });

  it('is the same the second time, and another one elsewhere', () => {
    const first = ensureIdentity(folder.at('keys'));
    const texts = [read(first.key), read(first.certificate)];
    expect(ensureIdentity(folder.at('keys'))).toEqual(first);
    expect([read(first.key), read(first.certificate)]).toEqual(texts);
    expect(ensureIdentity(folder.at('other')).fingerprint).not.toBe(first.fingerprint);
  });

  it.each(['bonding.key', 'bonding.crt'])('is made anew when %s is lost', (name) => {
    const first = ensureIdentity(folder.at('keys'));
    rmSync(folder.at('keys', name));
    const { certificate, key, fingerprint } = ensureIdentity(folder.at('keys'));
    expect(fingerprint).not.toBe(first.fingerprint);
    expect(belongTogether({ certPem: read(certificate), keyPem: read(key) })).toBe(true);
  });

  it('throws, naming the place, where there can be no folder', () => {
    writeFileSync(folder.at('file'), '');
    expect(() => ensureIdentity(folder.at('file', 'keys'))).toThrow(folder.at('file', 'keys'));
  });

  it.each(['bonding.crt', 'bonding.key'])('is made anew when %s was damaged', (name) => {
    const before = ensureIdentity(folder.at('keys'));
    writeFileSync(folder.at('keys', name), '');
    const after = ensureIdentity(folder.at('keys'));
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(belongTogether({ certPem: read(after.certificate), keyPem: read(after.key) })).toBe(
      true,
    );
    expect(readdirSync(folder.at('keys'))).toContain(`${name}.broken`);
  });

  it('made anew leaves alone what `keys rotate` has prepared', () => {
    ensureIdentity(folder.at('keys'));
    for (const name of ['bonding.crt', 'bonding.key']) {
      writeFileSync(folder.at('keys', name), '');
      writeFileSync(folder.at('keys', `${name}.new`), 'prepared');
    }
    ensureIdentity(folder.at('keys'));
    expect(read(folder.at('keys', 'bonding.crt.new'))).toBe('prepared');
    expect(read(folder.at('keys', 'bonding.key.new'))).toBe('prepared');
  });
});
