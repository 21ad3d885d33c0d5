import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONTEXT } from '../src/i18n.ts';
import { dataTexts } from '../src/settings/texts.ts';
import { type Entry, nameOf } from './catalogue.ts';
import { type Text, textsOfCalls, textsOfJson } from './scan.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The package's folder for LuCI. */
export const PACKAGE = join(ROOT, 'openwrt-package/luci-app-bonding');

/** LuCI translates these itself. */
const JSON_FILES: Readonly<Record<string, readonly string[]>> = {
  'openwrt-package/luci-app-bonding/root/usr/share/luci/menu.d/luci-app-bonding.json': ['title'],
  'openwrt-package/luci-app-bonding/root/usr/share/rpcd/acl.d/luci-app-bonding.json': [
    'description',
  ],
};

/** Here a text may come out of the schema. */
const DYNAMIC = /^luci-ui\/src\/settings\//;
const SCHEMA = 'backend/src/config/schema';

/** All texts of the page, sorted by their ids, with the files that they are in. */
export function allTexts(): Entry[] {
  const entries = new Map<string, Entry>();
  const add = (file: string, texts: readonly Text[]): void => {
    for (const text of texts) {
      const { id, plural } = text;
      const entry = entries.get(nameOf(text)) ?? { ...text, files: [], forms: [] };
      if (entry.plural !== plural) {
        throw new Error(`'${id}' in ${file}: LuCI finds it either alone or in its two forms`);
      }
      if (!entry.files.includes(file)) entry.files.push(file);
      entries.set(nameOf(entry), entry);
    }
  };
  for (const file of sourceFiles()) add(file, textsOfCalls(file, read(file), DYNAMIC.test(file)));
  add(
    SCHEMA,
    dataTexts().map((id) => ({ id, plural: null, context: CONTEXT })),
  );
  for (const [file, fields] of Object.entries(JSON_FILES))
    add(file, textsOfJson(read(file), fields));
  return [...entries.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function sourceFiles(): string[] {
  return readdirSync(join(ROOT, 'luci-ui/src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `luci-ui/src/${file}`)
    .sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
