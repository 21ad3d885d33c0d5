import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  format,
  fromBytes,
  optionNames,
  parse,
  toBytes,
  UciError,
  type UciPackage,
} from '../../../backend/src/uci/index.ts';
import { generatedName } from '../../../backend/src/uci/names.ts';
import { makeOptions } from '../../../backend/src/uci/options.ts';

/** Pieces that mean something to the format, or to JavaScript. */
const PIECES = [
  ...[
    "'",
    '"',
    '\\',
    '\\\n',
    '\\\r\n',
    '#',
    ';',
    "';",
    "'\\''",
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\v',
    '\f',
  ],
  ...[
    'config a b\n',
    'option v ',
    'list l ',
    'package p',
    'c',
    'o',
    'l',
    'p',
    'link',
    'x',
    '10',
    '=',
    '.',
  ],
  ...[
    '\x01',
    '\x7f',
    'ü',
    '€',
    '😀',
    '\ud83d',
    '\udcff',
    '\udcc3\udca9',
    '\ufeff',
    '__proto__',
    'yyyyyyyyyy',
  ],
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...PIECES, '\0'), fc.string({ unit: 'binary' })))
  .map((all) => all.join(''));
const value = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((all) => all.join('').replaceAll('\0', ''));
const name = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '0',
    '10',
    '9',
    '00',
    '4294967295',
    '_',
  ),
  fc.stringMatching(/^[A-Za-z0-9_]{1,6}$/),
);
const option = fc.tuple(
  name,
  fc.oneof(
    value.filter((text) => text !== ''),
    fc.array(value, { minLength: 1, maxLength: 4 }),
  ),
);
const section = fc.record({
  type: fc.stringMatching(/^[A-Za-z0-9_.@-]{1,6}$/),
  name: fc.option(name, { nil: null }),
  options: fc.uniqueArray(option, { selector: ([key]) => key, maxLength: 6 }).map(makeOptions),
});
const pkg: fc.Arbitrary<UciPackage> = fc
  .uniqueArray(section, { selector: (item) => item.name ?? Symbol('anonymous'), maxLength: 6 })
  .map((sections) => ({
    sections: sections.map(({ type, name: given, options }, index) => ({
      type,
      name: given ?? generatedName(type, index + 1),
      anonymous: given === null,
      options,
    })),
  }));

/** A package with its order of options made visible. */
const ordered = (given: UciPackage): unknown =>
  given.sections.map(({ options, ...rest }) => ({
    ...rest,
    options: optionNames(options).map((key) => [key, options[key]]),
  }));

test('what format writes, parse reads', () => {
  fc.assert(
    fc.property(pkg, fc.boolean(), (given, header) => {
      const read = parse(format(given, header ? 'bonding' : undefined));
      expect(read).toEqual(given);
      expect(ordered(read)).toEqual(ordered(given));
    }),
    { numRuns: 500 },
  );
});

describe('any text', () => {
  test('gives a package that is stable once written, or a UciError', () => {
    fc.assert(
      fc.property(soup, fc.boolean(), (text, inSection) => {
        let read: UciPackage;
        try {
          read = parse(inSection ? `config a b\noption v ${text}` : text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UciError);
          return;
        }
        // A type is written without quotes, as libuci does: one of these characters does not survive.
        if (read.sections.some(({ type }) => /['"#;\\]/.test(type))) return;
        expect(ordered(parse(format(read)))).toEqual(ordered(read));
      }),
      { numRuns: 2000 },
    );
  });

  test('cut anywhere, is a package or a UciError inside the text', () => {
    const text =
      "config a 'b'\n\toption v \"x\\\ny\"; # c\r\nlist l 'é\n'\\''' ;config a\n\to w\\ x\n";
    for (let end = 0; end <= text.length; end++) {
      try {
        parse(text.slice(0, end));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UciError);
        const { sourceLine, line } = thrown as UciError;
        expect(sourceLine - line).toBeOneOf([0, 1]);
        expect(sourceLine).toBeLessThanOrEqual(text.slice(0, end).split('\n').length);
      }
    }
  });
});

describe('bytes', () => {
  test('of any file come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(toBytes(fromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  test('of a configuration in latin1 come back through parse and format', () => {
    const bytes = Buffer.from(
      "\nconfig a 'b'\n\toption v 'Gr\xfc\xdf \xc3 \xe2\x82'\n\n",
      'latin1',
    );
    const written = toBytes(format(parse(fromBytes(bytes))));
    expect(Buffer.from(written).toString('latin1')).toBe(bytes.toString('latin1'));
  });

  test('in UTF-8 read as everywhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fromBytes(Buffer.from(text, 'utf8'))).toBe(text);
        expect(Buffer.from(toBytes(text)).toString('utf8')).toBe(text);
      }),
    );
  });

  test.each([
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf], '\udce0\udc80\udcaf'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['cut short', [0xe2, 0x82, 0x41], '\udce2\udc82A'],
    ['a byte order mark is kept', [0xef, 0xbb, 0xbf], '\ufeff'],
  ])('%s', (_title, bytes, text) => {
    expect(fromBytes(Uint8Array.from(bytes))).toBe(text);
    expect([...toBytes(text)]).toEqual(bytes);
  });

  test('that no file gave become U+FFFD', () => {
    expect([...toBytes('\ud800')]).toEqual([0xef, 0xbf, 0xbd]);
  });
});
