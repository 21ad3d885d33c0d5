/** A command line split into words, or why it cannot be. */
export type CommandLine = { words: string[] } | { refused: string };

/** Blanks, '…', "…" (backslash before `"` and `\`), a quoted character, or plain text. */
const PIECE =
  /[ \t]+|'([^']*)'|"((?:[^"\\$`]|\\["\\]|\\(?!["\\$`]))*)"|\\(.)|([^\s'"\\$`|;&<>()]+)/y;

/**
 * Splits a command line at blanks, without a shell. What only a shell would understand is refused: a
 * line with it would do something else than it says.
 */
export function splitCommand(text: string): CommandLine {
  const words: string[] = [];
  let word: string | null = null;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const at = PIECE.lastIndex;
    const found = PIECE.exec(text);
    if (found === null) return { refused: reasonAt(text, at) };
    const [, single, double, quoted, plain] = found;
    const part = single ?? double?.replace(/\\(["\\])/g, '$1') ?? quoted ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (word !== null) words.push(word);
  return words[0] ? { words } : { refused: 'it names no program' };
}

function reasonAt(text: string, at: number): string {
  const char = text.charAt(at);
  if (char === '\\') return 'it ends in a backslash';
  // In "…" only these two are left to a shell.
  const inside = char === '"' ? /[$`]/.exec(text.slice(at))?.[0] : char;
  return inside === undefined || inside === "'"
    ? `a ${char} is not closed`
    : `'${inside}' needs a shell`;
}

/** Whether a command would restart bonding, and with it whoever runs that command. */
export function isOwnRestart(words: readonly string[]): boolean {
  return /^(\/etc\/init\.d\/bonding|(\S*\/)?(service )?bonding) restart$/.test(words.join(' '));
}
