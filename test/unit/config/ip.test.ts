import { describe, expect, it } from 'vitest';
import {
  formatAddress,
  formatNetwork,
  isHost,
  maskOf,
  networkOf,
  otherEnd,
  overlap,
  parseAddress,
  parseCidr,
  parsePrefix,
} from '../../../backend/src/config/ip.ts';

const number = (text: string): number => parseAddress(text) ?? Number.NaN;

describe('addresses', () => {
  it.each(['0.0.0.0', '10.0.0.1', '192.168.255.254', '255.255.255.255'])(
    '%s there and back',
    (text) => {
      expect(formatAddress(number(text))).toBe(text);
    },
  );

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.1 ',
    '1.2.3.4.5',
    '0x0a.0.0.1',
    '10.0.0.-1',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeNull());
});

describe('prefixes', () => {
  it.each([
    ['255.255.255.0', 24],
    ['255.255.255.252', 30],
    ['0.0.0.0', 0],
    ['255.255.255.255', 32],
    ['/30', 30],
    ['8', 8],
  ])('%s is /%d', (text, prefix) => expect(parsePrefix(text)).toBe(prefix));

  it.each(['255.0.255.0', '255.255.255.1', '33', '-1', '', 'a'])('%j is none', (text) =>
    expect(parsePrefix(text)).toBeNull(),
  );

  it('makes masks', () =>
    expect([0, 1, 31, 32].map(maskOf)).toEqual([0, 0x80000000, 0xfffffffe, 0xffffffff]));
});

describe('networks', () => {
  it('switches host bits off, also above 127', () => {
    expect(formatNetwork(networkOf(number('192.168.1.77'), 24))).toBe('192.168.1.0/24');
    expect(formatNetwork(networkOf(number('203.0.113.77'), 1))).toBe('128.0.0.0/1');
  });

  it('reads CIDR with a length or a mask, and nothing else', () => {
    expect(parseCidr('10.0.0.2/30')).toEqual({ address: number('10.0.0.2'), prefix: 30 });
    expect(parseCidr('10.0.0.2/255.255.255.0')).toEqual({
      address: number('10.0.0.2'),
      prefix: 24,
    });
    for (const text of ['10.0.0.2', '10.0.0.2/', '10.0.0.2//24', '10.0.0.2/24/8', '/24']) {
      expect(parseCidr(text)).toBeNull();
    }
  });

  it.each([
    ['10.0.0.0', 24, false],
    ['10.0.0.255', 24, false],
    ['10.0.0.1', 24, true],
    ['10.0.1.1', 24, false],
    ['10.0.0.0', 31, true],
    ['10.0.0.1', 31, true],
    ['10.0.0.3', 30, false],
  ])('%s as a host of 10.0.0.0/%d: %s', (text, prefix, host) => {
    expect(isHost(networkOf(number('10.0.0.0'), prefix), number(text))).toBe(host);
  });

  it('sees overlaps both ways round', () => {
    const wide = networkOf(number('10.0.0.0'), 8);
    const narrow = networkOf(number('10.1.0.0'), 16);
    const apart = networkOf(number('11.0.0.0'), 8);
    expect([overlap(wide, narrow), overlap(narrow, wide), overlap(wide, apart)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['10.0.0.1', 30, '10.0.0.2'],
    ['10.0.0.6', 30, '10.0.0.5'],
    ['10.0.0.4', 31, '10.0.0.5'],
    ['10.0.0.5', 31, '10.0.0.4'],
    ['10.0.0.2', 24, '10.0.0.1'],
    ['10.0.0.1', 24, '10.0.0.2'],
    ['10.0.0.3', 24, null],
  ])('the other end of %s/%d is %s', (text, prefix, other) => {
    const found = otherEnd(number(text), prefix);
    expect(found === null ? null : formatAddress(found)).toBe(other);
  });
});
