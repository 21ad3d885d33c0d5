import { describe, expect, test } from 'vitest';
import {
  format,
  optionNames,
  parse,
  parseWithLines,
  TEXT_LIMIT,
  UciError,
  type UciPackage,
} from '../../../backend/src/uci/index.ts';

/** What `parse` throws for a text. */
function fault(text: string, limit?: number): UciError {
  try {
    parse(text, limit === undefined ? {} : { limit });
  } catch (thrown) {
    if (thrown instanceof UciError) return thrown;
    throw thrown;
  }
  throw new Error(`this parses: ${text}`);
}

/** The options of the first section. */
function firstOptions(pkg: UciPackage): Record<string, string | string[]> {
  const [section] = pkg.sections;
  if (section === undefined) throw new Error('no section');
  return section.options;
}

const one = (options: Record<string, string | string[]>): UciPackage => ({
  sections: [{ type: 'a', name: 'b', anonymous: false, options }],
});

describe('options', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

  test('with names of Object.prototype are names like any other', () => {
    const text = `\nconfig a 'b'\n${names.map((name) => `\toption ${name} 'x'\n`).join('')}\n`;
    const pkg = parse(text);
    const options = firstOptions(pkg);
    expect(Object.keys(options)).toEqual(names);
    expect(Object.entries(options).map(([, value]) => value)).toEqual(['x', 'x', 'x', 'x']);
    expect(format(pkg)).toBe(text);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('that are not set are undefined, whatever their name', () => {
    const options = firstOptions(parse('config a b\n'));
    for (const name of names) expect(options[name]).toBeUndefined();
  });

  test('keep the order of the text, also where their names are numbers', () => {
    const text = "\nconfig a 'b'\n\toption v '1'\n\toption 10 '2'\n\tlist 9 '3'\n\n";
    const pkg = parse(text);
    const options = firstOptions(pkg);
    expect(optionNames(options)).toEqual(['v', '10', '9']);
    expect(format(pkg)).toBe(text);
    expect(options).toEqual({ v: '1', 10: '2', 9: ['3'] });
    expect(Object.getOwnPropertyNames(options)).toEqual(['9', '10', 'v']);
  });

  test('added or deleted after parse are written so', () => {
    const pkg = parse('config a b\no v 1\no 10 2\no w 3\n');
    const options = firstOptions(pkg);
    delete options.v;
    options[5] = 'new';
    expect(optionNames(options)).toEqual(['10', 'w', '5']);
    expect(format(pkg)).toBe(
      "\nconfig a 'b'\n\toption 10 '2'\n\toption w '3'\n\toption 5 'new'\n\n",
    );
  });
});

describe('anonymous sections', () => {
  test('are named by position among all sections and by type', () => {
    const names = parse('config link a\nconfig link\nconfig x\nconfig link\n').sections.map(
      (s) => s.name,
    );
    expect(names).toEqual(['a', 'cfg0215b3', 'cfg03b61d', 'cfg0415b3']);
  });

  test('are reopened by their generated name', () => {
    const pkg = parse('config link\no a 1\nconfig link cfg0115b3\no b 2\n');
    expect(pkg).toEqual({
      sections: [{ type: 'link', name: 'cfg0115b3', anonymous: true, options: { a: '1', b: '2' } }],
    });
  });

  test('may get the name of a section before them; later lines mean the first', () => {
    const text = 'config link cfg0215b3\nconfig link\no a 1\nconfig link cfg0215b3\no a 2\n';
    const { package: pkg, lineOf } = parseWithLines(text);
    expect(pkg.sections.map((s) => [s.name, s.anonymous, s.options.a])).toEqual([
      ['cfg0215b3', false, '2'],
      ['cfg0215b3', true, '1'],
    ]);
    expect(lineOf('cfg0215b3')).toBe(1);
  });

  test('beyond 255 take three digits', () => {
    const { sections } = parse('config s\n'.repeat(256));
    expect(sections[254]?.name).toMatch(/^cfgff[0-9a-f]{4}$/);
    expect(sections[255]?.name).toMatch(/^cfg100[0-9a-f]{4}$/);
  });
});

describe('errors', () => {
  test('carry reason, line, byte and the message of uci', () => {
    const found = fault('config a b\n\toption v x y\n');
    expect(found).toMatchObject({
      reason: 'too many arguments',
      line: 2,
      column: 14,
      sourceLine: 2,
    });
    expect(found.message).toBe('Parse error (too many arguments) at line 2, byte 14');
    expect(found.name).toBe('UciError');
  });

  test('name the line as an editor does where libuci is one short', () => {
    expect(fault('config a b\noptions v')).toMatchObject({ line: 1, sourceLine: 2 });
    expect(fault('config a b\noptions v\n')).toMatchObject({ line: 2, sourceLine: 2 });
    expect(fault('x')).toMatchObject({ line: 0, sourceLine: 1 });
  });

  test('count bytes, not characters', () => {
    expect(fault("config a b\no v 'ü€😀' y\n")).toMatchObject({ line: 2, column: 18 });
    expect(fault("config a b\no v '\udcff' y\n")).toMatchObject({ line: 2, column: 10 });
  });

  test('count from the line a value began on', () => {
    expect(fault("config a b\no v 'x\ny' z\n")).toMatchObject({ line: 3, column: 12 });
  });
});

describe('lines', () => {
  const text = [
    'package x',
    "config link 'a'; # c",
    '\toption v 1',
    "\toption m 'x",
    "y'",
    '\tlist l 1',
    '',
    '\tlist l 2',
    'config link',
    "\toption v '1' ; option w 2",
    'config link a',
    '\toption v 3',
    '\toption e ""',
    '\tlist m z',
  ].join('\n');
  const { lineOf, package: pkg } = parseWithLines(text);

  test.each([
    ['a section, where it is first opened', 2, 'a', undefined, undefined],
    ['an option, where it got its value', 12, 'a', 'v', undefined],
    ['a list, its first element', 6, 'a', 'l', undefined],
    ['an element', 8, 'a', 'l', 1],
    ['a value over two lines, its first', 4, 'a', 'm', undefined],
    ['a list begun as option, on a last line without line feed', 14, 'a', 'm', 1],
    ['an anonymous section', 9, 'cfg0215b3', undefined, undefined],
    ['two options on one line', 10, 'cfg0215b3', 'w', undefined],
    ['no such section', null, 'toString', undefined, undefined],
    ['no such option', null, 'a', 'constructor', undefined],
    ['an empty option', null, 'a', 'e', undefined],
    ['no such element', null, 'a', 'l', 2],
  ])('of %s', (_title, line, section, option, index) => {
    expect(lineOf(section, option, index)).toBe(line);
  });

  test('come with the same package', () => {
    expect(pkg).toEqual(parse(text));
  });
});

describe('bounds', () => {
  test('a text over the limit is refused at once', () => {
    expect(parse('#'.repeat(TEXT_LIMIT)).sections).toEqual([]);
    const found = fault('#'.repeat(TEXT_LIMIT + 1));
    expect(found).toMatchObject({ line: 0, column: 0, sourceLine: 0 });
    expect(found.message).toBe('the text is longer than 1048576 characters');
    expect(fault('config a b\n', 5).message).toBe('the text is longer than 5 characters');
  });

  test('NUL bytes, which double the buffer of libuci, are bounded', () => {
    expect(fault('a\0\n'.repeat(100_000)).reason).toBe('too many NUL bytes');
  });

  const head = 'config a b\n';
  test.each([
    ['sections', 'c s\n', ''],
    ['elements', 'l l x\n', head],
    ['commands on one line', "o v 'x';", head],
    ['elements on one line', "l l 'x';", head],
    ['empty pieces', "''", `${head}o v `],
    ['escapes', '\\x', `${head}o v `],
    ['continuations', '\\\n', `${head}o v `],
    ['lines in quotes', 'x\n', `${head}o v '`],
    ['continuations in quotes', '\\\n', `${head}o v "`],
    ['quotes', "'", head],
    ['semicolons', ';', head],
    ['blanks', ' ', head],
    ['line feeds', '\n', head],
    ['characters of four bytes', '😀', `${head}o v `],
    ['NUL bytes in quotes', '\0', `${head}o v '`],
  ])('a full text of %s takes no time', { timeout: 5000 }, (_title, unit, start) => {
    const text = (start + unit.repeat(TEXT_LIMIT / unit.length)).slice(0, TEXT_LIMIT);
    try {
      format(parse(text));
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(UciError);
    }
  });
});

describe('format', () => {
  test('has a package line only with a name', () => {
    expect(format({ sections: [] })).toBe('\n');
    expect(format({ sections: [] }, 'my-net')).toBe('package my-net\n\n');
    expect(format(one({ v: "it's" }), 't')).toBe(
      "package t\n\nconfig a 'b'\n\toption v 'it'\\''s'\n\n",
    );
  });

  test('leaves out what libuci cannot hold', () => {
    expect(format(one({ v: '', l: [], k: [''] }))).toBe("\nconfig a 'b'\n\tlist k ''\n\n");
  });

  test.each([
    ['a name with a line feed', { name: 'b\nconfig' }, 'section name "b\\nconfig"'],
    ['an empty name', { name: '' }, 'section name ""'],
    ['a type with a blank', { type: 'a b' }, 'section type "a b"'],
    ['an option name with a quote', { options: { "v'": 'x' } }, 'option name "v\'"'],
    ['a NUL byte', { options: { v: 'x\0' } }, 'value "x\\u0000"'],
    ['a NUL byte in a list', { options: { v: ['x\0'] } }, 'value "x\\u0000"'],
    ['a long bad name', { name: '-'.repeat(100) }, `section name "${'-'.repeat(40)}…"`],
  ])('refuses %s', (_title, wrong, subject) => {
    const sections = [{ type: 'a', name: 'b', anonymous: false, options: {}, ...wrong }];
    expect(() => format({ sections })).toThrow(
      expect.objectContaining({ name: 'UciError', message: `${subject} cannot be written as UCI` }),
    );
  });

  test('refuses a bad package name', () => {
    expect(() => format({ sections: [] }, 'a b')).toThrow(UciError);
  });
});
