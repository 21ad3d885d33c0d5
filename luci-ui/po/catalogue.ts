import type { Text } from './scan.ts';

/** A text with its translation: one form, or as many as the language has plurals. */
export interface Entry extends Text {
  /** Where it is used. */
  files: string[];
  /** Empty, or with empty forms, while it is not translated. */
  forms: string[];
}

/** A catalogue of gettext (.po), or its template (.pot). */
export interface Catalogue {
  /** Comment lines of the header, without `# `. */
  comments: string[];
  /** `Name: value`, one per field. */
  header: string[];
  entries: Entry[];
}

/** What tells a text from all others. */
export function nameOf({ id, context }: Pick<Text, 'id' | 'context'>): string {
  return context === null ? id : `${id}\u0001${context}`;
}

/** How many forms the language has: `nplurals` of its header. Throws where there is none. */
export function pluralCount({ header }: Catalogue): number {
  const count = /^Plural-Forms: nplurals=(\d+);/m.exec(header.join('\n'))?.[1];
  if (!count) throw new Error('the header has no Plural-Forms');
  return Number(count);
}

/** `old` with exactly the texts of `texts`: translations are kept where the text is the same. */
export function merged(old: Catalogue, texts: readonly Entry[]): Catalogue {
  const count = pluralCount(old);
  const known = new Map(old.entries.map((entry) => [nameOf(entry), entry]));
  const entries = texts.map((text): Entry => {
    const before = known.get(nameOf(text));
    const same = before?.plural === text.plural ? before?.forms : undefined;
    const empty = Array.from({ length: text.plural === null ? 1 : count }, () => '');
    return { ...text, forms: same ?? empty };
  });
  return { ...old, entries };
}

/** The text of a .po or .pot file. */
export function writeCatalogue({ comments, header, entries }: Catalogue): string {
  const head = [
    ...comments.map((line) => `# ${line}`),
    'msgid ""',
    'msgstr ""',
    ...header.map((line) => quoted(`${line}\n`)),
  ];
  return `${[head, ...entries.map(entryLines)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function entryLines({ id, plural, context, files, forms }: Entry): string[] {
  const head = files.map((file) => `#: ${file}`);
  if (context !== null) head.push(`msgctxt ${quoted(context)}`);
  if (plural === null) {
    return [...head, `msgid ${quoted(id)}`, `msgstr ${quoted(forms[0] ?? '')}`];
  }
  const both = forms.length > 0 ? forms : ['', ''];
  return [
    ...head,
    `msgid ${quoted(id)}`,
    `msgid_plural ${quoted(plural)}`,
    ...both.map((form, index) => `msgstr[${index}] ${quoted(form)}`),
  ];
}

/** On one line always: po2lmo joins lines, but has no need of it. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
  return `"${escaped}"`;
}

/** Reads a .po or .pot file. Throws an Error with the line that is none of such a file. */
export function readCatalogue(text: string): Catalogue {
  const [head = '', ...blocks] = text.trim().split(/\n\s*\n/);
  const header = readBlock(head);
  const comments = lines(head, /^# ?(?![:,.|~])(.*)$/);
  const fields = (header.forms[0] ?? '').split('\n').filter((line) => line !== '');
  return { comments, header: fields, entries: blocks.map(readBlock) };
}

function readBlock(block: string): Entry {
  const parts = new Map<string, string>();
  let last = '';
  for (const line of block.split('\n')) {
    if (line.startsWith('#')) continue;
    const found = /^(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) )?"(.*)"$/.exec(line);
    if (!found) throw new Error(`not a line of a catalogue: ${line}`);
    last = found[1] ?? last;
    parts.set(last, (parts.get(last) ?? '') + unquoted(found[2] ?? ''));
  }
  const plural = parts.get('msgid_plural') ?? null;
  const forms = [...parts].filter(([name]) => name.startsWith('msgstr')).map(([, form]) => form);
  const context = parts.get('msgctxt') ?? null;
  return { id: parts.get('msgid') ?? '', plural, context, files: lines(block, /^#: (.*)$/), forms };
}

function lines(block: string, pattern: RegExp): string[] {
  return block.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, (_whole, char: string) => (char === 'n' ? '\n' : char));
}
