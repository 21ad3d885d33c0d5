import { UciError } from './error.ts';
import { failure, fetchLine, type LineBuffer, openBuffer, sourceLine } from './line-buffer.ts';
import { generatedName, isName, isPackageName, isType } from './names.ts';
import { makeOptions } from './options.ts';
import type { UciPackage } from './types.ts';
import {
  commandWord,
  endCommand,
  nextWord,
  requiredWord,
  skipCommandWord,
  skipSpace,
} from './words.ts';

/** UTF-16 units that `parse` takes at most; the largest real configuration has a tenth of that. */
export const TEXT_LIMIT = 1024 * 1024;

/** `limit`: UTF-16 units that are accepted, in place of `TEXT_LIMIT`. */
export interface ParseOptions {
  limit?: number;
}

/** A package and where its parts stand in the text. */
export interface ParsedText {
  package: UciPackage;
  /**
   * The line, from 1, on which the command starts that made a section or, with `option`, gave the
   * option the value it has. For a list, `index` chooses the element; without it, the first. Null for
   * what is not in the text. Of two sections with one name (a named and an anonymous one), the first.
   */
  lineOf(section: string, option?: string, index?: number): number | null;
  /** Options that were given again with another value, in the order of the text; the last one counts. */
  repeated: readonly Repeated[];
}

/** An option that replaces an earlier value of its own. */
export interface Repeated {
  section: string;
  option: string;
  /** The value that counts from here on. */
  value: string;
  line: number;
}

/** A section while it is read. */
interface OpenSection {
  type: string;
  name: string;
  anonymous: boolean;
  line: number;
  options: Map<string, Stored>;
}

/** `lines`: of the option, or of each element of the list. */
interface Stored {
  value: string | string[];
  lines: number[];
}

interface Reading {
  buffer: LineBuffer;
  sections: OpenSection[];
  /** The first section of each name: what a later `config` line with that name reopens. */
  byName: Map<string, OpenSection>;
  section: OpenSection | null;
  repeated: Repeated[];
}

/**
 * Reads the text of a file in `/etc/config` as libuci does in strict mode (uci_import()): one fault
 * makes all of it unreadable. Throws `UciError`, nothing else. Pass files through `fromBytes`, so that
 * bytes outside UTF-8 survive.
 */
export function parse(text: string, options: ParseOptions = {}): UciPackage {
  return asPackage(read(text, options));
}

/** As `parse`, and keeps the line of every section and option, for messages. */
export function parseWithLines(text: string, options: ParseOptions = {}): ParsedText {
  const reading = read(text, options);
  return {
    package: asPackage(reading),
    repeated: reading.repeated,
    lineOf(name, option, index = 0) {
      const section = reading.byName.get(name);
      if (section === undefined) return null;
      if (option === undefined) return section.line;
      return section.options.get(option)?.lines[index] ?? null;
    },
  };
}

function read(text: string, options: ParseOptions): Reading {
  const limit = options.limit ?? TEXT_LIMIT;
  if (text.length > limit) {
    throw new UciError(`the text is longer than ${limit} characters`);
  }
  const buffer = openBuffer(text);
  const reading: Reading = { buffer, sections: [], byName: new Map(), section: null, repeated: [] };
  while (buffer.next < buffer.source.length) {
    buffer.pos = 0;
    fetchLine(buffer, 0);
    readLine(reading);
  }
  return reading;
}

/** All commands of one line; a command that goes on in the next lines fetches them itself. */
function readLine(reading: Reading): void {
  const { buffer } = reading;
  skipSpace(buffer);
  for (;;) {
    const word = commandWord(buffer);
    if (word === null || word.startsWith('#')) return;
    readCommand(reading, word);
  }
}

function readCommand(reading: Reading, word: string): void {
  if (word === 'config' || word === 'c') readSection(reading);
  else if (word === 'option' || word === 'o') readOption(reading, false);
  else if (word === 'list' || word === 'l') readOption(reading, true);
  else if (word === 'package' || word === 'p') readPackage(reading.buffer);
  else throw failure(reading.buffer, 'invalid command');
}

/** `package NAME`: checked, without effect; the file's name is the package's. */
function readPackage(buffer: LineBuffer): void {
  skipCommandWord(buffer, 'package without name');
  const name = requiredWord(buffer);
  if (!isPackageName(name)) throw failure(buffer, 'invalid character in name field');
  endCommand(buffer);
}

/** `config TYPE [NAME]`: opens a section, or goes on in the one of that name. */
function readSection(reading: Reading): void {
  const { buffer } = reading;
  const line = sourceLine(buffer);
  skipCommandWord(buffer, 'config without name');
  const type = requiredWord(buffer);
  if (!isType(type)) throw failure(buffer, 'invalid character in type field');
  const name = nextWord(buffer);
  if (name !== '' && !isName(name)) throw failure(buffer, 'invalid character in name field');
  endCommand(buffer);
  const prior = name === '' ? undefined : reading.byName.get(name);
  if (prior !== undefined && prior.type !== type) {
    throw failure(buffer, 'section of different type overwrites prior section with same name');
  }
  reading.section = prior ?? addSection(reading, type, name, line);
}

function addSection(reading: Reading, type: string, name: string, line: number): OpenSection {
  const { sections, byName } = reading;
  const section: OpenSection = {
    type,
    name: name === '' ? generatedName(type, sections.length + 1) : name,
    anonymous: name === '',
    line,
    options: new Map(),
  };
  sections.push(section);
  if (!byName.has(section.name)) byName.set(section.name, section);
  return section;
}

/** `option NAME [VALUE]` or `list NAME [VALUE]` in the open section. */
function readOption(reading: Reading, isList: boolean): void {
  const { buffer, section } = reading;
  const line = sourceLine(buffer);
  if (section === null) {
    throw failure(buffer, 'option/list command found before the first section');
  }
  skipCommandWord(buffer, 'option without name');
  const name = requiredWord(buffer);
  if (!isName(name)) throw failure(buffer, 'invalid character in name field');
  const value = nextWord(buffer);
  endCommand(buffer);
  if (isList) appendValue(section, name, value, line);
  // An empty value is no value: libuci neither stores it nor lets it replace one.
  else if (value !== '') {
    const before = section.options.get(name)?.value ?? value;
    if (before !== value)
      reading.repeated.push({ section: section.name, option: name, value, line });
    section.options.set(name, { value, lines: [line] });
  }
}

/** A list that follows an option of its name takes the option's value as its first element. */
function appendValue(section: OpenSection, name: string, value: string, line: number): void {
  const { value: before, lines } = section.options.get(name) ?? { value: [], lines: [] };
  const values = Array.isArray(before) ? before : [before];
  values.push(value);
  lines.push(line);
  section.options.set(name, { value: values, lines });
}

function asPackage(reading: Reading): UciPackage {
  return {
    sections: reading.sections.map(({ type, name, anonymous, options }) => ({
      type,
      name,
      anonymous,
      options: makeOptions([...options].map(([option, { value }]) => [option, value] as const)),
    })),
  };
}
