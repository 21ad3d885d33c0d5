import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { readCatalogue } from '../../../luci-ui/po/catalogue.ts';
import { keyOf } from '../../../luci-ui/po/key.ts';
import { makePackages, packagesOf, ROOT, scratch, standIns } from './make.ts';
import { bytesOf } from './read.ts';

interface Writer {
  lmo(path: string, texts: object): Buffer;
}

const folder = scratch();

/** One of each: a context, a text that is the same in English, none yet, plurals, escapes. */
const PO = String.raw`msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: de\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgctxt "bonding"
msgid "Up"
msgstr "Läuft"

msgid "Bonding"
msgstr "Bonding"

msgctxt "bonding"
msgid "Not yet"
msgstr ""

msgctxt "bonding"
msgid "%d line"
msgid_plural "%d lines"
msgstr[0] "%d Leitung"
msgstr[1] "%d Leitungen"

msgctxt "bonding"
msgid "say \"a\\b\""
msgstr "sag \"a\\b\"\nund mehr"
`;

/** What po2lmo of LuCI made of it (November 2026). */
const LMO =
  '6e706c7572616c733d323b20706c7572616c3d286e20213d2031293b4cc3a475667400002564204c656974756e67' +
  '00002564204c656974756e67656e7361672022615c62225c6e756e64206d6568720000000000000000000000000000' +
  '00001c2157b8f8000000010000003c00000013383eb9c600000002000000300000000c409bce5a0000000200000024' +
  '0000000af4e1f951000000010000001c0000000600000050';

test('writes what po2lmo writes', async () => {
  const path = join(folder, 'bonding.po');
  writeFileSync(path, PO);
  const href = pathToFileURL(join(ROOT, 'scripts/package/lmo.mjs')).href;
  const { lmo } = (await import(href)) as Writer;
  expect(lmo(path, { readCatalogue, keyOf }).toString('hex')).toBe(LMO);
});

test.each(['de', 'fr'])('the package has every translated text of %s', (language) => {
  const out = join(folder, language);
  makePackages(['--dist', standIns(folder), '--out', out]);
  const data = packagesOf(out).get(`luci-i18n-bonding-${language}`)?.ipk.data ?? [];
  const found = readLmo(bytesOf(data, `./usr/lib/lua/luci/i18n/bonding.${language}.lmo`));
  const path = join(ROOT, 'openwrt-package/luci-app-bonding/po', language, 'bonding.po');
  const { entries } = readCatalogue(readFileSync(path, 'utf8'));
  let count = 0;
  for (const entry of entries) {
    entry.forms.forEach((form, number) => {
      const key = keyOf(entry, entry.plural === null ? null : number);
      // What is the same in English without a context is left out.
      if (form === '' || (entry.context === null && form === entry.id)) return;
      expect(found.get(key)).toBe(form);
      count++;
    });
  }
  expect(count).toBeGreaterThan(400);
  expect(found.get(0)).toMatch(/^nplurals=2; /);
  expect(found.size).toBe(count + 1);
});

/** Key to text. Throws where the keys are not in their order: LuCI searches by halves. */
function readLmo(bytes: Buffer): Map<number, string> {
  const texts = new Map<number, string>();
  let last = -1;
  for (let at = bytes.readUInt32BE(bytes.length - 4); at < bytes.length - 4; at += 16) {
    const [key, offset, length] = [0, 8, 12].map((field) => bytes.readUInt32BE(at + field));
    if (key === undefined || offset === undefined || length === undefined || key <= last) {
      throw new Error(`the key at ${at} is not above ${last}`);
    }
    texts.set(key, bytes.toString('utf8', offset, offset + length));
    last = key;
  }
  return texts;
}
