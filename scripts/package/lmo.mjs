// Translations in the form that LuCI reads (.lmo), as luci-base's po2lmo writes it: the texts, each
// filled up to 4 bytes; an index of (key, number of forms, offset, length) sorted by key; the
// offset of the index. All numbers have 32 bits, the highest byte first.
import { readFileSync } from 'node:fs';

/**
 * The .lmo of the .po file `path`. `texts`: `{ readCatalogue, keyOf }` of luci-ui/po. Leaves out
 * what is not translated, so LuCI shows the English text.
 */
export function lmo(path, { readCatalogue, keyOf }) {
  const catalogue = readCatalogue(readFileSync(path, 'utf8'));
  const hashOf = (text) => keyOf({ id: escaped(text), context: null }, null);
  const index = [];
  const parts = [];
  let offset = 0;
  const add = (key, count, text) => {
    const bytes = Buffer.from(text);
    index.push([key, count, offset, bytes.length]);
    parts.push(bytes, Buffer.alloc(-bytes.length & 3));
    offset += bytes.length + (-bytes.length & 3);
  };
  const plurals = /^Plural-Forms: (.*)$/im.exec(catalogue.header.join('\n'))?.[1];
  if (plurals !== undefined) add(0, 0, plurals);
  for (const entry of catalogue.entries) {
    // po2lmo drops a plural whose first form is empty.
    if (!entry.forms[0]) continue;
    entry.forms.forEach((form, number) => {
      const key = keyOf(entry, entry.plural === null ? null : number);
      // The same key means the same text as in English.
      if (form !== '' && key !== hashOf(form)) add(key, entry.forms.length, escaped(form));
    });
  }
  index.sort(([a], [b]) => a - b);
  return Buffer.concat([...parts, ...index.flat().map(uint32), uint32(offset)]);
}

/** po2lmo keeps `\n` and `\t` as they stand in the .po file. */
function escaped(text) {
  return text.replace(/\n/g, '\\n').replace(/\t/g, '\\t');
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
