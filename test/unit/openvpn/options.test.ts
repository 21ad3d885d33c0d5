import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPENVPN_SECTION } from '../../../backend/src/config/schema.ts';
import { seriesOf, takes } from '../../../backend/src/openvpn/options.ts';

/**
 * matrix.txt: each option as it was tried, and what four builds said. `[all] ok`, or per build
 * `[2.6.22o] REJECTED`; `o` built with OpenWrt's flags, `d` Debian's.
 */
const BUILDS = ['2.5.8o', '2.6.14d', '2.6.22o', '2.7.6o'] as const;

interface Tried {
  option: string;
  said: Record<string, string>;
}

const matrix: Tried[] = readFileSync(join(import.meta.dirname, 'matrix.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.includes('\t['))
  .map((line) => {
    const [tried = '', ...answers] = line.split('\t');
    const said: Record<string, string> = {};
    for (const answer of answers) {
      const found = /^\[([^\]]+)\] (.*)$/.exec(answer);
      for (const build of found?.[1] === 'all' ? BUILDS : [found?.[1] ?? ''])
        said[build] = found?.[2] ?? '';
    }
    return { option: tried.split(' ')[0] ?? '', said };
  });

/** Refused for its own sake, not for what else was (or was not) on the command line. */
const REFUSED = /^REJECTED|was removed in OpenVPN|REMOVED OPTION/;

describe('what OpenVPN takes', () => {
  it('the matrix was read', () => {
    expect(matrix.length).toBeGreaterThan(150);
    expect(matrix.find(({ option }) => option === 'keysize')?.said).toMatchObject({
      '2.7.6o': 'REJECTED',
    });
  });

  const passed = OPENVPN_SECTION.options
    .filter(({ policy }) => policy?.kind === 'pass')
    .map(({ name }) => name.replaceAll('_', '-'));
  const written = [
    ...passed,
    'peer-fingerprint',
    'disable-dco',
    'explicit-exit-notify',
    'multihome',
  ];

  it.each(BUILDS)('nothing is written that %s refuses', (build) => {
    const series = seriesOf(`OpenVPN ${build.slice(0, -1)} x`);
    const refused = matrix.filter(
      ({ option, said }) =>
        written.includes(option) && takes(series, option) && REFUSED.test(said[build] ?? ''),
    );
    expect(refused).toEqual([]);
  });

  // tls-crypt-v2 is in all of them since 2.5; extra is no option of OpenVPN.
  it('each option that passes was tried, but for two', () => {
    const tried = new Set(matrix.map(({ option }) => option));
    expect(passed.filter((name) => !tried.has(name))).toEqual(['tls-crypt-v2', 'extra']);
  });

  it.each([
    ['OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]', 206],
    ['OpenVPN 2.5.8 mipsel-openwrt-linux-gnu', 205],
    ['OpenVPN 3.10 x', 310],
    ['OpenVPN 2.7_alpha1 x86_64', 207],
    ['openvpn: not found', null],
    ['OpenVPN 2.666 x', null],
  ])('%s is %s', (text, series) => expect(seriesOf(text)).toBe(series));

  it('knows what came and went', () => {
    expect([205, 206, 207].map((series) => takes(series, 'disable-dco'))).toEqual([
      false,
      true,
      true,
    ]);
    expect([205, 206, 207].map((series) => takes(series, 'persist-key'))).toEqual([
      true,
      true,
      false,
    ]);
    expect(takes(null, 'keepalive')).toBe(true);
  });
});
