import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Catalogue,
  type Entry,
  merged,
  pluralCount,
  readCatalogue,
  writeCatalogue,
} from '../../../luci-ui/po/catalogue.ts';
import { isFindable, keyOf } from '../../../luci-ui/po/key.ts';
import { textsOfCalls, textsOfJson } from '../../../luci-ui/po/scan.ts';
import { allTexts, PACKAGE } from '../../../luci-ui/po/sources.ts';

const PO = join(PACKAGE, 'po');
const TEMPLATE = join(PO, 'templates/bonding.pot');
const LANGUAGES = readdirSync(PO).filter((name) => name !== 'templates');
const texts = allTexts();

const fileOf = (language: string): string => join(PO, language, 'bonding.po');
const load = (file: string): Catalogue => readCatalogue(readFileSync(file, 'utf8'));

/** The template as the sources have it. */
function template(): string {
  const entries = texts.map((text) => ({ ...text, forms: [] }));
  return writeCatalogue({ ...load(TEMPLATE), entries });
}

if (process.env.UPDATE_PO) {
  writeFileSync(TEMPLATE, template());
  for (const language of LANGUAGES) {
    writeFileSync(fileOf(language), writeCatalogue(merged(load(fileOf(language)), texts)));
  }
}

const HOW = 'run: UPDATE_PO=1 npx vitest run --project unit test/unit/luci-ui/po.test.ts';

test('the template has the texts of the sources', () => {
  expect(texts.length).toBeGreaterThan(50);
  expect(readFileSync(TEMPLATE, 'utf8'), HOW).toBe(template());
});

describe('LuCI finds each text', () => {
  test('its spaces and its length are such that both sides make the same key', () => {
    expect(texts.map(({ id }) => id).filter((id) => !isFindable(id))).toEqual([]);
  });

  test('no two have the same key', () => {
    const keys = new Map<number, string>();
    const clashes: string[][] = [];
    for (const text of texts) {
      const { id, plural } = text;
      for (const form of plural === null ? [null] : [0, 1, 2, 3, 4, 5]) {
        const key = keyOf(text, form);
        const other = keys.get(key);
        if (other !== undefined) clashes.push([other, id]);
        keys.set(key, id);
      }
    }
    expect(clashes).toEqual([]);
  });

  test.each([
    // Each rest of a division by four, and bytes above 127, by cbi.js's sfh().
    ['a', null, '115ea782'],
    ['Up', null, '3860e577'],
    ['Bonding', null, 'ccd5941f'],
    ['Settings', null, '60cc7d18'],
    ['{active} of {all} link carries traffic.', 0, '2d0086fe'],
    ['Zurück auf „ein“', null, '1fcac8ec'],
    ['é', null, 'c4fba554'],
    ['aé', null, 'e3d9c55b'],
    ['abé', null, '8f08a63c'],
  ])('the key of %s', (id, form, key) => {
    expect(keyOf({ id, context: null }, form).toString(16).padStart(8, '0')).toBe(key);
  });

  test('a context comes before it', () => {
    const inContext = keyOf({ id: 'Up', context: 'bonding' }, 0);
    expect(inContext).toBe(keyOf({ id: 'bonding\u0001Up\u00020', context: null }, null));
  });

  test.each(['', ' a', 'a ', 'a  b', 'a\nb', 'a 😀', 'x'.repeat(5000)])(
    'not this one (%#)',
    (id) => {
      expect(isFindable(id)).toBe(false);
    },
  );
});

/** What of a text a translation must keep: `{name}`, printf's `%s`, code in backticks. */
function fixedParts(text: string): string[] {
  return (text.match(/\{\w+\}|%(?:\d+\$)?[-+0]?\d*(?:\.\d+)?[a-zA-Z%]|`[^`]*`/g) ?? []).sort();
}

function isTranslated({ forms }: Entry): boolean {
  return forms.some((form) => form !== '');
}

describe.each(LANGUAGES)('the catalogue %s', (language) => {
  const catalogue = load(fileOf(language));
  const translated = catalogue.entries.filter(isTranslated);

  test('is what the tool writes, with each text of the sources', () => {
    const written = writeCatalogue(merged(catalogue, texts));
    expect(readFileSync(fileOf(language), 'utf8'), HOW).toBe(written);
  });

  test('says its language and its plurals', () => {
    expect(catalogue.header).toContain(`Language: ${language}`);
    expect(catalogue.header).toContain('Content-Type: text/plain; charset=UTF-8');
    expect(pluralCount(catalogue)).toBe(2);
  });

  test('keeps what a translation must keep', () => {
    const wrong = translated.filter(({ id, plural, forms }) => {
      const allowed = [id, plural ?? id].map((text) => fixedParts(text).join());
      return forms.some((form) => !allowed.includes(fixedParts(form).join()));
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('translates all plural forms or none', () => {
    const count = pluralCount(catalogue);
    const wrong = translated.filter(
      ({ plural, forms }) => forms.length !== (plural === null ? 1 : count) || forms.includes(''),
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('adds no spaces at the ends and no lines', () => {
    const wrong = translated.filter(({ forms }) =>
      forms.some((form) => form !== form.trim() || form.includes('\n')),
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

test.each(LANGUAGES)('the catalogue %s is complete', (language) => {
  const missing = load(fileOf(language)).entries.filter((entry) => !isTranslated(entry));
  expect(missing.map(({ id }) => id)).toEqual([]);
});

describe('the scanner', () => {
  test('reads literals, sums of them, and templates without values, also in TSX', () => {
    const source = `
      const a = _('one') + _("it's \\u2013 \\"two\\"") + _(\`three\`);
      const b = <p title={_('four' + ' ' + 'and a half')}>{fill(N_(n, '{n} line', '{n} lines'), { n })}</p>;
      other._('not ours'); __('neither');
      // _('a comment')
    `;
    expect(textsOfCalls('x.tsx', source)).toEqual([
      { id: 'one', plural: null, context: 'bonding' },
      { id: 'it\'s – "two"', plural: null, context: 'bonding' },
      { id: 'three', plural: null, context: 'bonding' },
      { id: 'four and a half', plural: null, context: 'bonding' },
      { id: '{n} line', plural: '{n} lines', context: 'bonding' },
    ]);
  });

  test.each(['_(text)', '_(`a \u0024{b}`)', '_()', "N_(1, 'a')", "_('a' + b)"])(
    'refuses %s',
    (call) => {
      expect(() => textsOfCalls('x.ts', `\n${call};`)).toThrow('x.ts:2: only a literal');
      expect(textsOfCalls('x.ts', call, true)).toEqual([]);
    },
  );
});

test('titles of LuCI are taken out of its JSON', () => {
  const json = '{ "a/b": { "title": "One", "action": { "type": "x" } }, "a": { "title": "Two" } }';
  expect(textsOfJson(json, ['title']).map(({ id }) => id)).toEqual(['One', 'Two']);
});

describe('a catalogue', () => {
  const TEXT = `# Somebody
# and others
msgid ""
msgstr ""
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: a.ts
#: b.ts
msgid "a \\"b\\" \\\\ c"
msgstr "x"

#: a.ts
msgctxt "here"
msgid "{n} line"
msgid_plural "{n} lines"
msgstr[0] "{n} Leitung"
msgstr[1] "{n} Leitungen"
`;

  test('is written as it was read', () => {
    expect(writeCatalogue(readCatalogue(TEXT))).toBe(TEXT);
  });

  test('may have texts over several lines, and is refused where it is none', () => {
    const several = TEXT.replace('msgid "{n} line"', 'msgid ""\n"{n} "\n"line"');
    expect(writeCatalogue(readCatalogue(several))).toBe(TEXT);
    expect(() => readCatalogue(TEXT.replace('msgstr "x"', 'msgstr x'))).toThrow('msgstr x');
  });

  test('merged: kept, added empty, dropped; a text that got a plural begins anew', () => {
    const entry = (id: string, plural: string | null): Entry => ({
      id,
      plural,
      context: null,
      files: ['c.ts'],
      forms: [],
    });
    const fresh = [
      entry('a "b" \\ c', 'more'),
      entry('new', null),
      { ...entry('{n} line', '{n} lines'), context: 'here' },
      entry('{n} line', '{n} lines'),
    ];
    const { entries, header } = merged(readCatalogue(TEXT), fresh);
    expect(entries.map(({ forms }) => forms)).toEqual([
      ['', ''],
      [''],
      ['{n} Leitung', '{n} Leitungen'],
      ['', ''],
    ]);
    expect(entries[2]?.files).toEqual(['c.ts']);
    expect(header).toHaveLength(2);
  });
});
