import { type Args, type Code, type Problem, problem } from '../errors.ts';
import type { UciSection } from '../uci/types.ts';
import { nearest } from './nearest.ts';
import type { OptionSpec, SectionSpec } from './option.ts';
import type { Role } from './types.ts';
import { expectation, readValue } from './value.ts';

/** The line of a section, or of one of its options, from 1; null when it is not known. */
export type LineOf = (section: string, option?: string) => number | null;

/** What reading needs besides the section itself, and where its problems go. */
export interface Reader {
  role: Role;
  lineOf: LineOf;
  problems: Problem[];
}

/** Which section is read, and what a strict option with a wrong value leads to. */
export interface Place {
  section: UciSection;
  /** As in a problem's subject: `link 'link1'`. */
  subject: string;
  /** E.g. `link skipped`. */
  consequence: string;
}

/** The options of one section, each in one spelling, defaults filled in. */
export interface Values {
  /** False when a required option is missing or a strict one wrong: the section is of no use. */
  usable: boolean;
  /** Names given in the file with at least one good value, in its order. */
  given: string[];
  text(name: string): string | null;
  number(name: string): number | null;
  flag(name: string): boolean;
  list(name: string): string[];
}

/** Longest piece of the user's text that a message repeats. */
const QUOTE_LIMIT = 60;

/** Adds a problem about the section, naming the line where it is known. */
export function complain<C extends Code>(
  reader: Reader,
  place: Place,
  option: string | null,
  code: C,
  args: Args<C>,
): void {
  const { lineOf, problems } = reader;
  const name = place.section.name;
  const line = (option === null ? null : lineOf(name, option)) ?? lineOf(name);
  const found = problem(code, place.subject, args);
  problems.push(line === null ? found : { ...found, text: `${found.text} (line ${line})` });
}

/** Reads every option of the section by its table; whatever is wrong becomes a problem. */
export function readSection(reader: Reader, place: Place, spec: SectionSpec): Values {
  const { options } = place.section;
  const known = new Map(spec.options.map((entry) => [entry.name, entry]));
  const found = new Map<string, string[]>();
  let usable = true;
  for (const [name, raw] of Object.entries(options)) {
    const entry = known.get(name);
    if (!isMeant(reader, place, name, entry, known)) continue;
    const values = readOption(reader, place, entry, raw);
    if (values === null) usable = false;
    else if (values.length > 0) found.set(name, values);
  }
  tellIdle(reader, place, spec, found);
  const missing = spec.options.filter(
    ({ name, required }) => required.includes(reader.role) && !Object.hasOwn(options, name),
  );
  for (const { name, meaning } of missing) {
    const { consequence } = place;
    complain(reader, place, null, 'option-missing', { option: name, meaning, consequence });
  }
  return values(found, known, usable && missing.length === 0);
}

/** Whether the table has the option, for this end; if not, there is a problem about it. */
function isMeant(
  reader: Reader,
  place: Place,
  option: string,
  entry: OptionSpec | undefined,
  known: ReadonlyMap<string, OptionSpec>,
): entry is OptionSpec {
  if (entry === undefined) {
    const guess = nearest(option, [...known.keys()]);
    const hint = guess === null ? '' : `; did you mean '${guess}'?`;
    complain(reader, place, option, 'option-unknown', { option: cut(option), hint });
    return false;
  }
  // OpenVPN's options say themselves what they mean at which end.
  if (entry.policy !== null || entry.roles.includes(reader.role)) return true;
  complain(reader, place, option, 'option-role', { option, role: reader.role });
  return false;
}

/** One problem for all options that the HOWTO needed and that have nothing to do here. */
function tellIdle(
  reader: Reader,
  place: Place,
  spec: SectionSpec,
  found: ReadonlyMap<string, string[]>,
): void {
  const names = spec.options
    .filter(({ name, effect, default: standard }) => {
      const value = found.get(name)?.[0];
      return effect === 'none' && value !== undefined && value !== standard;
    })
    .map(({ name }) => name);
  const [first] = names;
  if (first === undefined) return;
  complain(reader, place, first, 'option-idle', { options: names.join(', ') });
}

/** The good values of one option; null when it is wrong and the section needs it right. */
function readOption(
  reader: Reader,
  place: Place,
  entry: OptionSpec,
  raw: string | string[],
): string[] | null {
  const result: string[] = [];
  for (const text of split(reader, place, entry, raw)) {
    const value = readValue(entry.type, text);
    if (value !== null) {
      if (!result.includes(value)) result.push(value);
      continue;
    }
    const said = { option: entry.name, value: cut(text), expected: expectation(entry.type) };
    if (entry.strict) {
      complain(reader, place, entry.name, 'option-wrong', {
        ...said,
        consequence: place.consequence,
      });
      return null;
    }
    const used = entry.default ?? (entry.list || !entry.derived ? 'nothing' : 'the default');
    complain(reader, place, entry.name, 'option-default', { ...said, used });
  }
  return result;
}

/**
 * A list may be written as one option with blanks between its values, as the HOWTO's watchdog had
 * it; but not where blanks belong to the value. Of a list where one value is wanted the last wins.
 */
function split(
  reader: Reader,
  place: Place,
  entry: OptionSpec,
  raw: string | string[],
): readonly string[] {
  if (entry.list) {
    const all = typeof raw === 'string' ? [raw] : raw;
    return entry.type.kind === 'text'
      ? all
      : all.flatMap((text) => text.split(/\s+/).filter(Boolean));
  }
  if (typeof raw === 'string') return [raw];
  const value = raw.at(-1) ?? '';
  if (raw.length > 1) {
    complain(reader, place, entry.name, 'option-many', { option: entry.name, value: cut(value) });
  }
  return [value];
}

function values(
  found: Map<string, string[]>,
  known: Map<string, OptionSpec>,
  usable: boolean,
): Values {
  const list = (name: string): string[] => {
    const standard = known.get(name)?.default ?? null;
    return found.get(name) ?? (standard === null ? [] : [standard]);
  };
  return {
    usable,
    given: [...found.keys()],
    list,
    text: (name) => list(name)[0] ?? null,
    number: (name) => {
      const text = list(name)[0];
      return text === undefined ? null : Number(text);
    },
    flag: (name) => list(name)[0] === '1',
  };
}

/** The user's text, short enough for a message of one line. */
export function cut(text: string): string {
  const plain = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return plain.length > QUOTE_LIMIT ? `${plain.slice(0, QUOTE_LIMIT)}…` : plain;
}
