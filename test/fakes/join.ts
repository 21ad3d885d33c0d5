import type { Settings } from '../../backend/src/join/settings.ts';
import { formatTlsKey } from '../../backend/src/join/tls-key.ts';

/** A fingerprint made of one byte. */
export const printOf = (byte: string): string => Array(32).fill(byte).join(':');

/** The text of a tls-crypt key: bytes 0 to 255. */
export const TLS_KEY = formatTlsKey(Uint8Array.from({ length: 256 }, (_, index) => index));

/** What a server with so many links tells. */
export function settingsOf(links: number, more: Partial<Settings> = {}): Settings {
  return {
    name: 'home',
    server: '203.0.113.5',
    links: Array.from({ length: links }, (_, index) => ({
      name: `link${index}`,
      port: 1194 + index,
    })),
    address: '10.80.0.2/30',
    peer: '10.80.0.1',
    fingerprint: printOf('AB'),
    lan: ['192.168.1.0/24'],
    deviceType: 'tap',
    mtu: null,
    tlsCrypt: TLS_KEY,
    ...more,
  };
}
