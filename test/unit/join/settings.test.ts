import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../backend/src/join/settings.ts';
import { formatTlsKey, tlsKeyBytes } from '../../../backend/src/join/tls-key.ts';
import { printOf, settingsOf, TLS_KEY } from '../../fakes/join.ts';

describe('readSettings', () => {
  it('takes what a server says, also what it adds one day', () => {
    const said = JSON.parse(JSON.stringify({ ...settingsOf(8), colour: 'green' })) as unknown;
    expect(readSettings(said)).toEqual(settingsOf(8));
    expect(readSettings(settingsOf(1, { deviceType: 'tun', mtu: 1440, tlsCrypt: null }))).toEqual(
      settingsOf(1, { deviceType: 'tun', mtu: 1440, tlsCrypt: null }),
    );
  });

  it('gives every value in one spelling', () => {
    const odd = {
      ...settingsOf(1),
      lan: ['192.168.1.7/255.255.255.0'],
      fingerprint: 'ab'.repeat(32),
      tlsCrypt: `# mine\r\n${TLS_KEY.replaceAll('\n', '\r\n')}`,
    };
    expect(readSettings(odd)).toEqual(settingsOf(1));
  });

  it.each<[string, object]>([
    ['no name', { name: undefined }],
    ['a name with a line end', { name: 'a\nb' }],
    ['a server with a quote', { server: "a'b" }],
    ['a server that is a number', { server: 7 }],
    ['no links', { links: [] }],
    ['nine links', { links: settingsOf(9).links }],
    ['two links of one name', { links: [settingsOf(1).links[0], settingsOf(1).links[0]] }],
    ['a link that cannot be a section', { links: [{ name: "x'y", port: 1194 }] }],
    ['a link with a long name', { links: [{ name: 'x'.repeat(33), port: 1194 }] }],
    ['port 0', { links: [{ name: 'a', port: 0 }] }],
    ['a port that is text', { links: [{ name: 'a', port: '1194' }] }],
    ['half a port', { links: [{ name: 'a', port: 1.5 }] }],
    ['an address without prefix', { address: '10.0.0.2' }],
    ['an address that is none', { address: '10.0.0.256/30' }],
    ['a peer with a prefix', { peer: '10.0.0.1/30' }],
    ['a short fingerprint', { fingerprint: printOf('AB').slice(3) }],
    ['a network that is none', { lan: ['192.168.1.0/33'] }],
    ['too many networks', { lan: Array(65).fill('10.0.0.0/8') }],
    ['no list of networks', { lan: '10.0.0.0/8' }],
    ['another device', { deviceType: 'tin' }],
    ['an MTU out of bounds', { mtu: 100 }],
    ['no word about the MTU', { mtu: undefined }],
    ['a key that is none', { tlsCrypt: 'key' }],
    ['a key that is too short', { tlsCrypt: TLS_KEY.replace('000102', '00') }],
    ['no word about a key', { tlsCrypt: undefined }],
  ])('refuses %s', (_, more) => {
    expect(readSettings({ ...settingsOf(1), ...more })).toBeNull();
  });

  it('refuses anything else', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => readSettings(json) === null));
  });
});

describe('the tls-crypt key', () => {
  it('comes back from its text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), (key) => {
        const text = formatTlsKey(key);
        expect(Uint8Array.from(tlsKeyBytes(text) ?? [])).toEqual(key);
        // As `openvpn --genkey secret` writes it.
        expect(text.split('\n')).toHaveLength(22);
      }),
    );
  });
});
