import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCode,
  encodeCode,
  type JoinCode,
  type OnlineCode,
} from '../../../backend/src/join/code.ts';
import { crc32 } from '../../../backend/src/join/crc32.ts';
import { printOf, settingsOf } from '../../fakes/join.ts';

const ONLINE: OnlineCode = {
  kind: 'online',
  host: 'bond.example.net',
  port: 1194,
  fingerprint: printOf('3F'),
  secret: Uint8Array.from({ length: 16 }, (_, index) => index * 16),
};

const OFFLINE: JoinCode = {
  kind: 'offline',
  settings: settingsOf(3, { mtu: 1400 }),
  certificate: Uint8Array.from([1, 2, 3]),
  key: Uint8Array.from([4]),
};

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const print = bytes(32).map((all) =>
  [...all].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'),
);
const host = fc.oneof(
  fc.ipV4(),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9](\.[a-z][a-z0-9]{0,10}){0,3}$/),
);
const online = fc.record({
  kind: fc.constant('online' as const),
  host,
  port: fc.integer({ min: 1, max: 65_535 }),
  fingerprint: print,
  secret: bytes(16),
});

const said = (text: string): string => {
  const decoded = decodeCode(text);
  return decoded.ok ? 'a code' : decoded.reason;
};

/** A code of these bytes, with a right check sum. */
function codeOf(...values: number[]): string {
  const body = Buffer.from(values);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return `bonding1_${Buffer.concat([body, check]).toString('base64url')}`;
}

describe('a join code', () => {
  it('has the form that older programs read (made with Python: struct, zlib, base64)', () => {
    expect(encodeCode(ONLINE)).toBe(
      'bonding1_AQAAQgSqPz8_Pz8_Pz8_Pz8_Pz8_Pz8_Pz8_Pz8_Pz8_Pz8_Pz8AECAwQFBgcICQoLDA0ODwYm9uZC5leGFtcGxlLm5ldJGi3a0',
    );
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(online, (code) => {
        expect(decodeCode(encodeCode(code))).toEqual({ ok: true, code });
      }),
    );
    expect(decodeCode(encodeCode(OFFLINE))).toEqual({ ok: true, code: OFFLINE });
    const bare = { ...OFFLINE, settings: settingsOf(8, { tlsCrypt: null, lan: [] }) };
    expect(decodeCode(encodeCode(bare))).toEqual({ ok: true, code: bare });
  });

  it('may be pasted with blanks, line ends and what mail programs put in', () => {
    const text = encodeCode(ONLINE);
    const odd = `  ${text.slice(0, 20)}\r\n\t${text.slice(20, 60)}\u200b${text.slice(60)}\u00a0\n`;
    expect(decodeCode(odd)).toEqual({ ok: true, code: ONLINE });
  });

  it.each([
    ['', 'there is none'],
    [' \n', 'there is none'],
    ['bond', 'a part of it is missing'],
    ['bonding1_', 'a part of it is missing'],
    ['hello', 'it does not begin with bonding1_'],
    ['bonding2_AAAA', 'it was made by a newer version of bonding; update this one'],
    [codeOf(2, 0, 0, 0), 'it was made by a newer version of bonding; update this one'],
    [codeOf(1, 2, 0, 0), 'it was made by a newer version of bonding; update this one'],
    [codeOf(1, 0, 0, 0), 'what it holds makes no sense'],
    [codeOf(1, 1, 0, 1, 7), 'what it holds makes no sense'],
    ['bonding1_AQAA§', "the character '§' is in no join code"],
    ['x'.repeat(20_000), 'it is longer than any join code'],
  ])('%j: %s', (text, reason) => {
    expect(said(text)).toBe(reason);
  });

  it.each([ONLINE, OFFLINE])('says that it was cut off, wherever ($kind)', (code) => {
    const text = encodeCode(code);
    for (let length = 1; length < text.length; length += 1) {
      expect(said(text.slice(0, length))).toBe('a part of it is missing');
    }
  });

  it.each([ONLINE, OFFLINE])('no slip of one character goes unseen ($kind)', (code) => {
    const text = encodeCode(code);
    const places = Array.from({ length: text.length }, (_, at) => at);
    for (const at of code.kind === 'online' ? places : places.filter((at) => at % 7 === 0)) {
      for (const char of 'AQgZaz09_-') {
        if (char === text[at]) continue;
        expect(said(`${text.slice(0, at)}${char}${text.slice(at + 1)}`)).not.toBe('a code');
      }
      expect(said(`${text.slice(0, at)}${text.slice(at + 1)}`)).not.toBe('a code');
      expect(said(`${text.slice(0, at)}Q${text.slice(at)}`)).not.toBe('a code');
    }
  });

  it('two characters that changed places are seen', () => {
    const text = encodeCode(ONLINE);
    for (let at = 9; at + 1 < text.length; at += 1) {
      const [a = '', b = ''] = [text[at], text[at + 1]];
      if (a === b) continue;
      expect(said(`${text.slice(0, at)}${b}${a}${text.slice(at + 2)}`)).not.toBe('a code');
    }
  });

  it('garbage is an answer, never an exception, also where the check sum is right', () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeCode(text)));
    fc.assert(fc.property(fc.base64String(), (text) => void decodeCode(`bonding1_${text}`)));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1 }),
        fc.uint8Array({ maxLength: 200 }),
        (flags, body) => {
          const decoded = decodeCode(codeOf(1, flags, 0, body.length, ...body));
          if (decoded.ok) expect(encodeCode(decoded.code)).toMatch(/^bonding1_/);
        },
      ),
    );
  });

  it('what a server could put in is looked at as closely as what a stranger does', () => {
    const evil = (more: object) =>
      encodeCode({ ...OFFLINE, settings: { ...settingsOf(1), ...more } });
    expect(said(evil({}))).toBe('a code');
    expect(said(evil({ server: "a'\n\toption x 'y" }))).toBe('what it holds makes no sense');
    expect(said(evil({ links: [{ name: '../x', port: 1 }] }))).toBe('what it holds makes no sense');
    expect(said(encodeCode({ ...ONLINE, host: 'a b' }))).toBe('what it holds makes no sense');
  });
});
