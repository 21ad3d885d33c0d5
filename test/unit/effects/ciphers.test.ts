import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cipherSpeed, parseSpeed } from '../../../backend/src/effects/ciphers.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

describe('how fast the processor encrypts', () => {
  it('is measured once, and kept', () => {
    const begun = performance.now();
    const found = cipherSpeed(folder.path, true);
    expect(performance.now() - begun).toBeLessThan(2_000);
    // Some hundred MB/s on a PC, ten on a router.
    expect(found?.aes).toBeGreaterThan(1);
    expect(found?.chacha).toBeGreaterThan(1);
    expect(parseSpeed(readFileSync(folder.at('ciphers'), 'utf8'))).toEqual(found);
    writeFileSync(folder.at('ciphers'), '7 9\n');
    expect(cipherSpeed(folder.path, true)).toEqual({ aes: 7, chacha: 9 });
  });

  it('is measured and not kept for a dry run, or where nothing can be written', () => {
    expect(cipherSpeed(folder.path, false)).not.toBeNull();
    expect(existsSync(folder.at('ciphers'))).toBe(false);
    expect(cipherSpeed(folder.at('no-such-folder'), true)).not.toBeNull();
  });

  it.each(['', '7', '7 9', 'a b\n', '-7 9\n', '1e9 2\n', null])('%j is nothing known', (text) => {
    expect(parseSpeed(text)).toBeNull();
  });
});
