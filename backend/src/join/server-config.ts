import {
  format,
  type ParsedText,
  parseWithLines,
  type UciPackage,
  type UciSection,
} from '../uci/index.ts';

/**
 * The text of a server's configuration with one option of `interface 'bond'` set to these values
 * (`list` where `asList`). Every other byte stays, comments too; only where the file is written so
 * oddly that this cannot be had (two commands on a line) is it written anew as uci would. Throws
 * UciError for a text that cannot be read, Error where there is no such section.
 */
export function withBondOption(
  text: string,
  option: string,
  values: readonly string[],
  asList: boolean,
): string {
  const parsed = parseWithLines(text);
  const wanted = changed(parsed.package, option, asList ? [...values] : (values[0] ?? ''));
  if (meaning(parsed.package) === meaning(wanted)) return text;
  const word = asList ? 'list' : 'option';
  const edited = edit(text, parsed, option, (value) => `\t${word} ${option} '${value}'`, values);
  return edited !== null && isRead(edited, wanted) ? edited : format(wanted);
}

/** Whether the text means that. */
function isRead(text: string, wanted: UciPackage): boolean {
  try {
    return meaning(parseWithLines(text).package) === meaning(wanted);
  } catch {
    return false;
  }
}

/** The order of the options in a section says nothing. */
function meaning({ sections }: UciPackage): string {
  const sorted = (options: UciSection['options']) =>
    Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sections.map(({ type, name, options }) => [type, name, sorted(options)]));
}

function changed(pkg: UciPackage, option: string, value: string | string[]): UciPackage {
  if (!pkg.sections.some(isBond)) throw new Error("there is no section config interface 'bond'");
  const sections = pkg.sections.map((section) =>
    isBond(section) ? { ...section, options: { ...section.options, [option]: value } } : section,
  );
  return { sections };
}

function isBond({ type, name }: { type: string; name: string }): boolean {
  return type === 'interface' && name === 'bond';
}

/** Takes the option's lines out and puts the new ones at the first of them, or after the section's head. */
function edit(
  text: string,
  parsed: ParsedText,
  option: string,
  lineOf: (value: string) => string,
  values: readonly string[],
): string | null {
  if (values.some((value) => /['\n]/.test(value))) return null;
  const head = parsed.lineOf('bond');
  const given = parsed.package.sections.find(isBond)?.options[option];
  if (head === null) return null;
  const count = given === undefined ? 0 : Array.isArray(given) ? given.length : 1;
  const old = Array.from({ length: count }, (_, index) => parsed.lineOf('bond', option, index));
  const lines = text.split('\n');
  const first = old[0] ?? head + 1;
  const out = new Set(old);
  const kept = lines.flatMap((line, index) => {
    const added = index + 1 === first ? values.map(lineOf) : [];
    return out.has(index + 1) ? added : [...added, line];
  });
  // A file whose last line is the section's head.
  return first > lines.length ? null : kept.join('\n');
}
