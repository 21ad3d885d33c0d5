import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../backend/src/config/nearest.ts';
import type { OptionType } from '../../../backend/src/config/option.ts';
import { readValue } from '../../../backend/src/config/value.ts';

const FINGERPRINT = 'ab'.repeat(32);

const GOOD: [OptionType, string, string][] = [
  [{ kind: 'bool' }, 'on', '1'],
  [{ kind: 'bool' }, 'disabled', '0'],
  [{ kind: 'integer', min: -20, max: 19 }, '-20', '-20'],
  [{ kind: 'integer', min: 0, max: 99 }, '007', '7'],
  [{ kind: 'port', zero: true }, '0', '0'],
  [{ kind: 'ports' }, '080', '80'],
  [{ kind: 'ports' }, '8000-8010', '8000-8010'],
  [{ kind: 'ports' }, '80-80', '80'],
  [{ kind: 'address' }, '10.0.0.2/255.255.255.0', '10.0.0.2/24'],
  [{ kind: 'netmask' }, '255.255.255.252', '30'],
  [{ kind: 'cidr' }, '192.168.1.9/24', '192.168.1.0/24'],
  [{ kind: 'ifname' }, 'fifteen-bytes-x', 'fifteen-bytes-x'],
  [{ kind: 'host' }, 'bond.example.net.', 'bond.example.net.'],
  [{ kind: 'table' }, 'link0', 'link0'],
  [{ kind: 'table' }, '4294967295', '4294967295'],
  [{ kind: 'fingerprint' }, FINGERPRINT, Array(32).fill('AB').join(':')],
  [{ kind: 'enum', values: ['a', 'b'], aliases: { '0': 'a' } }, '0', 'a'],
];

const BAD: [OptionType, string][] = [
  [{ kind: 'bool' }, '2'],
  [{ kind: 'bool' }, ''],
  [{ kind: 'integer', min: 0, max: 9 }, '10'],
  [{ kind: 'integer', min: 0, max: 9 }, '1e0'],
  [{ kind: 'integer', min: 0, max: 9 }, '99999999999999999999'],
  [{ kind: 'port', zero: true }, '65536'],
  [{ kind: 'port', zero: false }, '0'],
  [{ kind: 'ports' }, '0'],
  [{ kind: 'ports' }, '90-80'],
  [{ kind: 'ports' }, '80-'],
  [{ kind: 'ports' }, '80-90-100'],
  [{ kind: 'ports' }, '1-65536'],
  [{ kind: 'ifname' }, 'sixteen-bytes-xx'],
  [{ kind: 'ifname' }, 'tünnel-seven-by'],
  [{ kind: 'ifname' }, 'tun%d'],
  [{ kind: 'ifname' }, '-tun'],
  [{ kind: 'ifname' }, '..'],
  [{ kind: 'ifname' }, 'a/b'],
  [{ kind: 'word' }, '-rf'],
  [{ kind: 'host' }, '10.0.0.999'],
  [{ kind: 'host' }, 'a b'],
  [{ kind: 'host' }, '-x.example'],
  [{ kind: 'table' }, '0'],
  [{ kind: 'table' }, '254'],
  [{ kind: 'table' }, 'main'],
  [{ kind: 'table' }, '20200'],
  [{ kind: 'table' }, '4294967296'],
  [{ kind: 'fingerprint' }, FINGERPRINT.slice(2)],
  [{ kind: 'text' }, 'two\nlines'],
  [{ kind: 'text' }, 'x'.repeat(1025)],
  [{ kind: 'enum', values: ['a'], aliases: {} }, 'constructor'],
];

describe('readValue', () => {
  it.each(GOOD)('%j takes %j as %j', (type, text, value) =>
    expect(readValue(type, text)).toBe(value),
  );
  it.each(BAD)('%j refuses %j', (type, text) => expect(readValue(type, text)).toBeNull());
});

describe('nearest', () => {
  const names = ['interface', 'tunnel', 'server', 'mode', 'lan'];

  it.each([
    ['sever', 'server'],
    ['tunel', 'tunnel'],
    ['inteface', 'interface'],
    ['mod', 'mode'],
    ['watchdog', null],
    ['x', null],
    ['x'.repeat(10_000), null],
    ['nat', null],
  ])('%s → %s', (name, meant) => expect(nearest(name, names)).toBe(meant));

  it('counts letters to change', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abc', 'abc')).toBe(0);
  });
});
