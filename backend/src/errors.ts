/**
 * Every condition bonding can report, in one table: code, severity, what is wrong and what happens
 * now (`text`), and what the reader can do (`fix`). `{name}` is filled from the arguments. The page,
 * `bonding check`, the log and docs/problems.md all show these words.
 */

/** `error`: something does not work; `warning`: it works, but not as written; `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** One condition shown to the user. `subject` is the thing, e.g. `link 'link1'`. */
export interface Problem {
  code: Code;
  severity: Severity;
  subject: string;
  text: string;
  fix: string;
}

interface Entry {
  severity: Severity;
  text: string;
  fix: string;
}

const table = {
  'config-missing': {
    severity: 'error',
    text: 'the file {file} does not exist; nothing is started',
    fix: 'create it; docs/options.md has a sample for a router and for a server',
  },
  'config-syntax': {
    severity: 'error',
    text: 'line {line}, column {column}: {reason}; the last good configuration stays in use',
    fix: 'mend that line, then run: bonding check',
  },
  'ubus-absent': {
    severity: 'warning',
    text: 'nothing answers on {socket} ({reason}); trying again every second',
    fix: 'start ubusd, or start the daemon with --broker where there is none',
  },
} as const satisfies Record<string, Entry>;

/** A stable name for one kind of problem. */
export type Code = keyof typeof table;

/** The placeholders in a text such as `{file} at line {line}`. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The arguments that the texts of one code need. */
export type Args<C extends Code> = Record<
  Placeholders<(typeof table)[C]['text'] | (typeof table)[C]['fix']>,
  string | number
>;

/** Builds the problem `code` about `subject`, with its texts filled in. */
export function problem<C extends Code>(code: C, subject: string, args: Args<C>): Problem {
  const entry: Entry = table[code];
  const values: Record<string, string | number> = args;
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return { code, severity: entry.severity, subject, text: fill(entry.text), fix: fill(entry.fix) };
}

/** One line for a log or a terminal: `bonding: link 'link1': no option 'server'; link skipped`. */
export function describe(found: Problem): string {
  return `bonding: ${found.subject}: ${found.text}`;
}

/** All codes with their unfilled texts, for the docs and the tests that tie them together. */
export const CODES: Readonly<Record<string, Entry>> = table;

/** The reason in an unknown thrown value, without a stack. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
