import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { openvpnVersion } from '../../../backend/src/effects/read.ts';
import { tryOptions } from '../../../backend/src/effects/try-options.ts';
import { configOf } from '../../fakes/config.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** With these options, in the order of the lines. */
function withLines(...lines: string[]): Config {
  const options = lines.map((line) => {
    const [name = '', ...rest] = line.split(' ');
    return { name, value: rest.length === 0 ? null : rest.join(' ') };
  });
  const config = configOf(1);
  return { ...config, bond: { ...config.bond, peerFingerprint: [] }, openvpn: { options } };
}

const calls = (): number => readFileSync(folder.at('calls'), 'utf8').length;

describe('with a stand-in for OpenVPN', () => {
  beforeEach(() => {
    writeFileSync(folder.at('calls'), '');
    const refuse = (words: string): string => `{ echo "1.000000 ${words}"; exit 1; }`;
    const error = 'b000 Options error:';
    script(
      folder.at('openvpn'),
      `[ "$*" = '--machine-readable-output --config stdin --version' ] || exit 9`,
      `printf x >> '${folder.at('calls')}'`,
      'number=0',
      'while read -r line; do number=$((number + 1)); case "$line" in',
      `gone*) ${refuse(`${error} Unrecognized option in stdin:$number: gone (2.9.1)`)};;`,
      `odd*) ${refuse(`${error} unknown odd parameter`)};;`,
      `fatal*) ${refuse('10 fatal is fatal')};;`,
      'esac; done',
      'echo "1.000000 1001 OpenVPN 2.9.1 x"',
    );
    programsIn(folder.path);
  });

  it('asks once when everything is taken', async () => {
    const { refused, version } = await tryOptions(withLines('a 1', 'b 2', 'c'), '2.9.1');
    expect(refused).toEqual([]);
    expect(version).toBe('2.9.1');
    expect(calls()).toBe(1);
  });

  it('asks once more for each line that it names', async () => {
    const { refused } = await tryOptions(withLines('gone 1', 'a', 'gone 2', 'b'), '2.9.1');
    expect(refused.map(({ line }) => line)).toEqual(['gone 1', 'gone 2']);
    expect(calls()).toBe(3);
  });

  it('finds by halves what it does not name', async () => {
    const many = Array.from({ length: 60 }, (_, index) => `a${index}`);
    const lines = [...many.slice(0, 41), 'odd x', ...many.slice(41), 'fatal'];
    const { refused } = await tryOptions(withLines(...lines), '2.9.1');
    expect(refused).toEqual([
      { line: 'odd x', why: 'unknown odd parameter' },
      { line: 'fatal', why: 'fatal is fatal' },
    ]);
    expect(calls()).toBeLessThanOrEqual(2 * (1 + 7) + 1);
  });

  it('does not ask again about the same, but when the program is another', async () => {
    const config = withLines('a', 'gone');
    const first = await tryOptions(config, '2.9.1');
    const before = calls();
    expect(await tryOptions(config, '2.9.1', first)).toBe(first);
    expect(calls()).toBe(before);
    expect((await tryOptions(config, '2.9.2', first)).version).toBe('2.9.2');
    expect(calls()).toBeGreaterThan(before);
    expect((await tryOptions(withLines('a'), '2.9.1', first)).refused).toEqual([]);
  });

  it('takes no answer for no refusal', async () => {
    script(folder.at('openvpn'), 'exit 3');
    expect((await tryOptions(withLines('a'), '2.9.1')).refused).toEqual([]);
  });
});

const version = await openvpnVersion();

describe.skipIf(version === null)('with the OpenVPN of this machine', () => {
  it('finds what it refuses, and takes the rest', async () => {
    const config = withLines(
      'verb 2',
      'key-method 2',
      'mtu-disc bogus',
      'up-delay 1',
      'ca /nowhere/ca.crt',
      'tls-auth /nowhere/ta.key 1',
      'up /nowhere/script',
      'setenv X 1',
      'keepalive 5 30',
      `setenv LONG ${'x'.repeat(300)}`,
    );
    const { refused } = await tryOptions(config, version ?? '');
    expect(refused.map(({ line }) => line.slice(0, 14)).sort()).toEqual(
      [
        'key-method 2',
        'mtu-disc bogus',
        'setenv LONG xx',
        'setenv X 1',
        'up /nowhere/sc',
        'up-delay 1',
      ].sort(),
    );
    expect(refused.every(({ why }) => why.length > 10 && !why.includes('stdin'))).toBe(true);
  });
});
