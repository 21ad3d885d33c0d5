import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, serverNames, withoutSecrets } from '../../../backend/src/status/mask.ts';

const NAMES = ['vpn.example.com', 'example.com', 'vps'];
const mask = (text: string): string => createMasker(NAMES)(text);

describe('what is masked', () => {
  it.each([
    ['remote 203.0.113.5 1194', 'remote address-1 1194'],
    ['203.0.113.5:1194 203.0.113.6/24 203.0.113.5', 'address-1:1194 address-2/24 address-1'],
    ['[AF_INET]198.51.100.1:1194', '[AF_INET]address-1:1194'],
    ['"\\n203.0.113.5"', '"\\naddress-1"'],
    ['x203.0.113.5y', 'xaddress-1y'],
    [
      '2001:db8::1 2001:0DB8:0:0:0:0:0:1 [2001:db8::2]:1194',
      'address-1 address-1 [address-2]:1194',
    ],
    ['::ffff:203.0.113.5', '::ffff:address-1'],
    ['fe80::a8bb:ccff:fedd:eeff/64', 'address-1/64'],
    ['lladdr AA:bb:cc:dd:ee:ff, aa:bb:cc:dd:ee:ff: gone', 'lladdr mac-1, mac-1: gone'],
    ['01:aa:bb:cc:dd:ee:ff', 'mac-1:ff'],
    ['remote VPN.example.com, example.com., vps', 'remote server-1, server-2., server-3'],
    ['vps2 and a.vps stay', 'vps2 and a.vps stay'],
    [`${'AB:'.repeat(31)}cd ${'ab'.repeat(31)}CD`, 'fingerprint-1 fingerprint-1'],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', '(left out)\n'],
  ])('%j', (text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it.each([
    ...['10.80.0.1/30', '192.168.1.1', '172.16.3.4', '127.0.0.1', '169.254.1.1', '100.64.0.9'],
    ...['255.255.255.0', '0.0.0.0', '224.0.0.1', '999.1.1.1', '2.6.14', '1700000000.000001'],
    ...['::', '::1', 'fd12:3456::1', 'fe80::1', 'ff02::1', '14:02:11', '2025-11-21T07:43:00.000Z'],
    ...['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'link0', 'rx_bytes: 203, 0'],
  ])('%s stays', (text) => {
    expect(mask(text)).toBe(text);
  });

  it('is called the same in all texts', () => {
    const masker = createMasker(NAMES);
    expect(masker('203.0.113.5 and 203.0.113.6')).toBe('address-1 and address-2');
    expect(masker('203.0.113.6')).toBe('address-2');
  });

  it('does not survive anywhere, whatever stands around it', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const pair = octet.map((value) => value.toString(16).padStart(2, '0'));
    const joined = (part: fc.Arbitrary<string>, length: number, by: string) =>
      fc.array(part, { minLength: length, maxLength: length }).map((parts) => parts.join(by));
    const secret = fc.oneof(
      fc
        .tuple(
          fc.constantFrom(8, 51, 93, 172, 203),
          fc.integer({ min: 32, max: 255 }),
          octet,
          octet,
        )
        .map((octets) => octets.join('.')),
      joined(group, 7, ':').map((rest) => `2001:${rest}`),
      fc.tuple(group, group).map(([a, b]) => `2a02:${a}::${b}`),
      joined(pair, 6, ':').filter((mac) => !/^(00:)+00$|^(ff:)+ff$/.test(mac)),
      joined(pair, 32, ':'),
      joined(pair, 32, '').map((hex) => hex.toUpperCase()),
      fc.constantFrom(...NAMES.slice(0, 2)),
    );
    const around = fc.constantFrom(
      ...[' ', '\n', '\t', '"', "'", ',', '=', '(', ']', '/', '\\n', 'from ', '://', ' [AF_INET]'],
      ...['@', '|', '<', '%', '->', 'link0 '],
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(around, secret, fc.constantFrom(' ', '\n', '"', ',', '/24', ')', ':1 ')),
          {
            minLength: 1,
            maxLength: 20,
          },
        ),
        (pieces) => {
          const masked = mask(pieces.flat().join('')).toLowerCase();
          for (const [, hidden] of pieces) expect(masked).not.toContain(hidden.toLowerCase());
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes any text, and is quick', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof mask(text) === 'string'));
    const nasty = [
      'a:'.repeat(50_000),
      'aa:'.repeat(50_000),
      '1.'.repeat(50_000),
      'f'.repeat(99_999),
    ];
    const began = performance.now();
    for (const text of nasty) mask(text);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('secrets', () => {
  const key = (kind: string) =>
    `-----BEGIN ${kind}-----\nTOPSECRET\nSECRET2==\n-----END ${kind}-----`;

  it.each([
    key('PRIVATE KEY'),
    key('ENCRYPTED PRIVATE KEY'),
    key('EC PRIVATE KEY'),
    key('OpenVPN Static key V1'),
    key('OpenVPN tls-crypt-v2 client key'),
    key('PRIVATE KEY').replaceAll('\n', '\\n'),
    `-----BEGIN PRIVATE KEY-----\nTOPSECRET`,
    `<key>\nTOPSECRET\n</key>`,
    `<tls-crypt>\nTOPSECRET`,
    `<auth-user-pass>\nme\nTOPSECRET\n</auth-user-pass>`,
    `auth-user-pass TOPSECRET`,
    `\toption auth_user_pass 'TOPSECRET'`,
    `\toption 'password' "TOPSECRET"`,
    `list wpa_psk TOPSECRET`,
    `\toption watchdog_action '/usr/bin/notify --token TOPSECRET'`,
    `Outgoing Data Channel: CIPHER KEY: TOPSECRET`,
    `Incoming Data Channel: HMAC KEY: TOPSECRET`,
  ])('are left out: %j', (text) => {
    const clean = withoutSecrets(`before\n${text}\nafter`);
    expect(clean).not.toMatch(/SECRET/);
    expect(clean).toContain('before\n');
  });

  it('leave the rest as it is', () => {
    const text = [
      'auth-user-pass',
      'remote 203.0.113.5 1194',
      'auth-user-pass /etc/bonding/login',
      'key /etc/bonding/bonding.key',
      "\toption watchdog_action 'reboot'",
      '<peer-fingerprint>',
      'AB:CD',
      '</peer-fingerprint>',
      key('CERTIFICATE'),
      '',
    ].join('\n');
    expect(withoutSecrets(text)).toBe(text.replace("'reboot'", "'reboot (left out)"));
  });

  it('does not survive, wherever the block stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.base64String({ minLength: 40 }), (a, b, body) => {
        const text = `${a}\n-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n${b}`;
        expect(withoutSecrets(text)).not.toContain(body);
      }),
    );
  });
});

it('names of servers are found in any text that looks like UCI', () => {
  const uci = [
    "config link 'a'",
    "\toption server 'vpn.example.com'",
    '\toption server "203.0.113.5"',
    'option server vps # home',
    "\tlist server '2001:db8::1'",
    "\toption 'http_proxy' 'proxy.example.net 3128'",
    "\toption server 'unfinished",
    "\toption public_ipaddr 'bond.example.org'",
    "\toption serverless 'no'",
  ].join('\n');
  expect(serverNames(uci)).toEqual([
    ...['vpn.example.com', 'vps', 'proxy.example.net', 'unfinished'],
    'bond.example.org',
  ]);
});
