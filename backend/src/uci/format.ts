import { UciError } from './error.ts';
import { isName, isPackageName, isType } from './names.ts';
import { optionNames } from './options.ts';
import type { UciPackage, UciSection } from './types.ts';

/**
 * A package as UCI text: with `name`, what `uci export NAME` prints; without, what `uci commit` writes
 * to the file. Comments and the way things were quoted are not part of a package, so they are gone, as
 * they are after `uci commit`. Empty options and empty lists are left out: libuci cannot hold them.
 * As in libuci, a type is not quoted: one with `#`, `;`, a quote or a backslash is not read back the
 * same. Throws `UciError` (line 0) for what could not be read at all: a bad name or type, a NUL byte.
 */
export function format(pkg: UciPackage, name?: string): string {
  if (name !== undefined && !isPackageName(name)) throw unwritable('package name', name);
  const header = name === undefined ? '' : `package ${name}\n`;
  return `${header}${pkg.sections.map(formatSection).join('')}\n`;
}

function formatSection(section: UciSection): string {
  const { type, name, anonymous, options } = section;
  if (!isType(type)) throw unwritable('section type', type);
  if (!anonymous && !isName(name)) throw unwritable('section name', name);
  let text = anonymous ? `\nconfig ${escaped(type)}\n` : `\nconfig ${escaped(type)} '${name}'\n`;
  for (const option of optionNames(options)) {
    if (!isName(option)) throw unwritable('option name', option);
    text += formatOption(option, options[option] ?? '');
  }
  return text;
}

function formatOption(name: string, value: string | string[]): string {
  if (Array.isArray(value)) {
    return value.map((element) => `\tlist ${name} '${escaped(element)}'\n`).join('');
  }
  return value === '' ? '' : `\toption ${name} '${escaped(value)}'\n`;
}

/** The inside of a single-quoted word: `it's` becomes `it'\''s`. */
function escaped(text: string): string {
  if (text.includes('\0')) throw unwritable('value', text);
  return text.replaceAll("'", "'\\''");
}

function unwritable(what: string, text: string): UciError {
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new UciError(`${what} ${JSON.stringify(start)} cannot be written as UCI`);
}
