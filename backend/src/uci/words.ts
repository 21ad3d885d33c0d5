import { decodeCells } from './bytes.ts';
import { cellAt, current, failure, fetchLine, type LineBuffer } from './line-buffer.ts';

/** Words of a line: white space, quotes, backslashes, comments and `;`, as uci/file.c has them. */

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const HASH = 35;
const SINGLE_QUOTE = 39;
const SEMICOLON = 59;
const BACKSLASH = 92;

/** isspace() of the C locale. */
function isSpace(cell: number): boolean {
  return cell === SPACE || (cell >= TAB && cell <= CR);
}

/** Moves to the next cell that is not white space, or to the end of the line. */
export function skipSpace(buffer: LineBuffer): void {
  while (isSpace(current(buffer))) buffer.pos++;
}

/**
 * The command word at the place where reading stands, without moving; null at the end of the line.
 * Only SPACE and TAB end it, so `option` alone on a line is the unknown command `option\n`.
 */
export function commandWord(buffer: LineBuffer): string | null {
  let start = buffer.pos;
  while (isBlank(cellAt(buffer, start))) start++;
  if (cellAt(buffer, start) === 0) return null;
  let end = start;
  while (cellAt(buffer, end) !== 0 && !isBlank(cellAt(buffer, end))) end++;
  buffer.cells[end] = 0;
  return decodeCells(buffer.cells, start, end);
}

function isBlank(cell: number): boolean {
  return cell === SPACE || cell === TAB;
}

/** Moves behind the word that `commandWord` gave; throws `reason` where the text ends with it. */
export function skipCommandWord(buffer: LineBuffer, reason: string): void {
  const end = endOfString(buffer, buffer.pos);
  if (end + 1 > buffer.filled) throw failure(buffer, reason);
  buffer.pos = end + 1;
}

/** The next word, unquoted; empty at the end of the command. */
export function nextWord(buffer: LineBuffer): string {
  skipSpace(buffer);
  const start = buffer.pos;
  if (current(buffer) === SEMICOLON) {
    buffer.pos++;
    return '';
  }
  const end = readWord(buffer, start);
  return decodeCells(buffer.cells, start, end);
}

/** The next word, which must not be empty. */
export function requiredWord(buffer: LineBuffer): string {
  const word = nextWord(buffer);
  if (word === '') throw failure(buffer, 'insufficient arguments');
  return word;
}

/** Moves behind the end of the command; an empty word `''` there is let pass. */
export function endCommand(buffer: LineBuffer): void {
  if (nextWord(buffer) !== '') throw failure(buffer, 'too many arguments');
}

/** Reads one word and writes it, unquoted, from `target` on; gives its end. */
function readWord(buffer: LineBuffer, target: number): number {
  let end = target;
  do {
    end = readPiece(buffer, end);
  } while (!endsWord(current(buffer)));
  const stop = current(buffer);
  if (stop === HASH) buffer.cells[buffer.pos] = 0;
  else if (stop !== 0 && stop !== SEMICOLON) buffer.pos++;
  // Where nothing was unquoted, this falls on the cell that ended the word, also on a `;`.
  buffer.cells[end] = 0;
  return end;
}

function endsWord(cell: number): boolean {
  return cell === 0 || cell === HASH || cell === SEMICOLON || isSpace(cell);
}

/** Reads one quoted piece or one bare cell to `target`; gives the new end. */
function readPiece(buffer: LineBuffer, target: number): number {
  switch (current(buffer)) {
    case SINGLE_QUOTE:
      return readQuoted(buffer, target, SINGLE_QUOTE);
    case DOUBLE_QUOTE:
      return readQuoted(buffer, target, DOUBLE_QUOTE);
    case 0:
    case HASH:
    case SEMICOLON:
      return target;
    case BACKSLASH:
      return skipBackslash(buffer) ? copyCell(buffer, target) : target;
    default:
      return copyCell(buffer, target);
  }
}

/** Reads up to the closing quote, over as many lines as it takes. Only `"` knows the backslash. */
function readQuoted(buffer: LineBuffer, target: number, quote: number): number {
  let end = target;
  buffer.pos++;
  while (current(buffer) !== quote) {
    if (current(buffer) === 0) {
      fetchLine(buffer, buffer.pos);
      if (current(buffer) === 0) {
        throw failure(buffer, `EOF with unterminated ${String.fromCharCode(quote)}`);
      }
    } else if (quote === SINGLE_QUOTE || current(buffer) !== BACKSLASH || skipBackslash(buffer)) {
      end = copyCell(buffer, end);
    }
  }
  buffer.pos++;
  return end;
}

function copyCell(buffer: LineBuffer, target: number): number {
  buffer.cells[target] = current(buffer);
  buffer.pos++;
  return target + 1;
}

/**
 * Moves past a backslash. True: the next cell stands for itself. False: the line ended there (LF or
 * CR LF), and the next line was fetched in its place.
 */
function skipBackslash(buffer: LineBuffer): boolean {
  buffer.pos++;
  const cell = current(buffer);
  const endOfLine = cell === CR && cellAt(buffer, buffer.pos + 1) === LF;
  if (cell !== 0 && cell !== LF && !endOfLine) return true;
  fetchLine(buffer, buffer.pos);
  return false;
}

function endOfString(buffer: LineBuffer, start: number): number {
  let end = start;
  while (cellAt(buffer, end) !== 0) end++;
  return end;
}
