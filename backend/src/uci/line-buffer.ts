import { encodeCells } from './bytes.ts';
import { UciError } from './error.ts';

/**
 * libuci's input buffer. It holds one line, or several when a quote spans lines, ended by a zero;
 * words are written back over the place they were read from. What follows from that (a `;` right
 * after a bare word is lost with the rest of its line, a NUL byte glues the next line on) is
 * not designed, so it is not listed as rules here: the same buffer gives the same results.
 */
export interface LineBuffer {
  /** The whole text, as `encodeCells` gives it. */
  source: Uint16Array;
  /** The first cell of `source` that is not fetched yet. */
  next: number;
  cells: Uint16Array;
  /** End of what was fetched last, an index into `cells`. */
  filled: number;
  /** Bytes that libuci would have allocated; they decide where a line with a NUL byte is cut. */
  allocated: number;
  /** Where reading stands, an index into `cells`. */
  pos: number;
  /** libuci's line number: complete lines fetched, less those that a NUL byte hid. */
  line: number;
  /** Line feeds fetched. */
  lineFeeds: number;
}

const LF = 10;

/** What libuci allocates at first. */
const FIRST_ALLOCATION = 32;

/** Every NUL byte can double libuci's buffer; where a router would be out of memory we stop. */
const LARGEST_ALLOCATION = 1 << 28;

/** A buffer at the start of `text`, nothing fetched. */
export function openBuffer(text: string): LineBuffer {
  return {
    source: encodeCells(text),
    next: 0,
    cells: new Uint16Array(FIRST_ALLOCATION),
    filled: 0,
    allocated: FIRST_ALLOCATION,
    pos: 0,
    line: 0,
    lineFeeds: 0,
  };
}

/** The cell at `index`; past the end, 0. */
export function cellAt(buffer: LineBuffer, index: number): number {
  return buffer.cells[index] ?? 0;
}

/** The cell where reading stands; 0 at the end of the line. */
export function current(buffer: LineBuffer): number {
  return cellAt(buffer, buffer.pos);
}

/** The line of the text, from 1, that was fetched last. */
export function sourceLine(buffer: LineBuffer): number {
  const whole = buffer.next > 0 && buffer.source[buffer.next - 1] === LF;
  return whole ? buffer.lineFeeds : buffer.lineFeeds + 1;
}

/** A `UciError` for the place where reading stands. */
export function failure(buffer: LineBuffer, reason: string): UciError {
  const place = { line: buffer.line, column: buffer.pos, sourceLine: sourceLine(buffer) };
  return new UciError(reason, place);
}

/**
 * Fetches the next line to `offset`, over what is there, as uci_getln() does with fgets(): in pieces
 * of what is allocated, each counted up to its first NUL byte only. At the end of the text the cell
 * at `offset` is 0.
 */
export function fetchLine(buffer: LineBuffer, offset: number): void {
  if (offset >= buffer.allocated - 1) grow(buffer);
  let at = offset;
  for (;;) {
    const piece = nextPiece(buffer, buffer.allocated - at - 1);
    reserve(buffer, at + piece.length + 1);
    buffer.cells.set(piece, at);
    buffer.cells[at + piece.length] = 0;
    const zero = piece.indexOf(0);
    const length = zero < 0 ? piece.length : zero;
    if (length === 0) return;
    at += length;
    buffer.filled = at;
    if (buffer.cells[at - 1] === LF) {
      buffer.line++;
      return;
    }
    grow(buffer);
  }
}

/** The text up to and with the next newline, at most `limit` cells of it; empty at the end. */
function nextPiece(buffer: LineBuffer, limit: number): Uint16Array {
  const start = buffer.next;
  const longest = Math.min(start + limit, buffer.source.length);
  const newline = buffer.source.subarray(start, longest).indexOf(LF);
  buffer.next = newline < 0 ? longest : start + newline + 1;
  if (newline >= 0) buffer.lineFeeds++;
  return buffer.source.subarray(start, buffer.next);
}

function grow(buffer: LineBuffer): void {
  buffer.allocated *= 2;
  if (buffer.allocated > LARGEST_ALLOCATION) throw failure(buffer, 'too many NUL bytes');
}

function reserve(buffer: LineBuffer, length: number): void {
  if (length <= buffer.cells.length) return;
  const wider = new Uint16Array(length * 2);
  wider.set(buffer.cells);
  buffer.cells = wider;
}
