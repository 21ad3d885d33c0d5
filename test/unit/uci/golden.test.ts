import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  format,
  optionNames,
  parse,
  UciError,
  type UciPackage,
} from '../../../backend/src/uci/index.ts';
import { RULES } from './rules.ts';

/** One recorded case; see test/cases/uci/README.md. */
interface Case {
  name: string;
  input: string;
  export: string;
  stderr: string;
  show_X: string;
  ucode: { error: string } | { sections: Record<string, unknown>[] };
}

const folder = new URL('../../cases/uci/', import.meta.url);
const files = readdirSync(folder).filter((file) => /^\d+-.*\.json$/.test(file));
const cases = files.map((file) => load<Case>(file));

function load<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as T;
}

/** What `uci` prints for a text: the export, or its message. */
function outcome(text: string, name?: string): string {
  try {
    return format(parse(text), name);
  } catch (thrown) {
    if (thrown instanceof UciError) return thrown.message;
    throw thrown;
  }
}

/** The package in the words of ucode's uci module. */
function asUcode(pkg: UciPackage): Record<string, unknown>[] {
  return pkg.sections.map((section, index) => ({
    ...section.options,
    '.anonymous': section.anonymous,
    '.type': section.type,
    '.name': section.name,
    '.index': index,
  }));
}

/** `uci -X show t`: every section and option, in order, with generated names. */
function show(pkg: UciPackage): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = pkg.sections.flatMap(({ name, type, options }) => [
    `t.${name}=${type}\n`,
    ...optionNames(options).map((option) => {
      const values = [options[option] ?? []].flat();
      return `t.${name}.${option}=${values.map(quote).join(' ')}\n`;
    }),
  ]);
  return lines.join('');
}

test('the cases are there', () => {
  expect(cases.length).toBeGreaterThan(50);
});

test.each(cases)('recorded: $name: export, or the same error', (recorded) => {
  const expected = recorded.stderr.replace(/^uci: /, '').trimEnd() || recorded.export;
  expect(outcome(recorded.input, 't')).toBe(expected);
});

const readable = cases.filter(({ ucode }) => 'sections' in ucode);

test.each(readable)('recorded: $name: sections, names and values', (recorded) => {
  const pkg = parse(recorded.input);
  expect({ sections: asUcode(pkg) }).toEqual(recorded.ucode);
  expect(show(pkg)).toBe(recorded.show_X);
});

test.each(RULES)('rule: %s', (_title, text, result) => {
  expect(outcome(text)).toBe(result);
});

test('a file that uci commit wrote is written the same again', () => {
  const recorded = load<{ input: string; file_after: string }[]>('write-ops.json');
  const written = recorded.filter(({ input, file_after }) => file_after !== input);
  expect(written.length).toBeGreaterThan(8);
  for (const { file_after } of written) expect(format(parse(file_after))).toBe(file_after);
});

test('a word of 120 000 characters', () => {
  const value = 'y'.repeat(120_000);
  const text = `package t\n\nconfig a 'b'\n\toption v '${value}'\n\n`;
  expect(outcome(`config a b\n\toption v ${value}\n`, 't')).toBe(text);
});
