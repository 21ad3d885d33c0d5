/**
 * Files are bytes, our texts are strings. libuci knows nothing of encodings: it keeps every byte and
 * reports positions in bytes. A byte that is not part of valid UTF-8 becomes the lone surrogate
 * U+DC00 + byte (as in Python's `surrogateescape`), so that reading and writing a file loses nothing,
 * which decoding as plain UTF-8 (U+FFFD) would, and text stays readable, which latin1 would not.
 */

/** The text of a file. Never fails; `toBytes` gives the same bytes back. A byte order mark is kept. */
export function fromBytes(bytes: Uint8Array): string {
  return decodeCells(bytes, 0, bytes.length);
}

/**
 * The bytes of a text, UTF-8, with what `fromBytes` escaped put back. Lone surrogates that
 * `fromBytes` never makes (outside U+DC80..U+DCFF) become U+FFFD.
 */
export function toBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const cell of encodeCells(text)) {
    if (cell < 0x100) bytes.push(cell);
    else if (cell >= 0xdc80 && cell <= 0xdcff) bytes.push(cell - 0xdc00);
    else bytes.push(0xef, 0xbf, 0xbd);
  }
  return Uint8Array.from(bytes);
}

/**
 * One cell per byte of the UTF-8 form; a lone surrogate is one cell with its own value, so that every
 * string, also one that no file holds, comes back from `decodeCells` unchanged.
 */
export function encodeCells(text: string): Uint16Array {
  const cells = new Uint16Array(text.length * 3);
  let end = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80 || (code >= 0xd800 && code <= 0xdfff)) {
      cells[end++] = code;
      continue;
    }
    const length = byteLength(code);
    cells[end++] = (LEAD[length] ?? 0) | (code >> (6 * (length - 1)));
    for (let rest = length - 2; rest >= 0; rest--) {
      cells[end++] = 0x80 | ((code >> (6 * rest)) & 0x3f);
    }
  }
  return cells.subarray(0, end);
}

/** The string in the cells from `start` up to `end`, the reverse of `encodeCells`. */
export function decodeCells(cells: Uint16Array | Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const cell = cells[at] ?? 0;
    const code = cell < 0x80 || cell > 0xff ? cell : codePoint(cells, at, end);
    text += code < 0 ? String.fromCharCode(0xdc00 + cell) : String.fromCodePoint(code);
    at += code < 0 || cell > 0xff ? 1 : byteLength(code);
  }
  return text;
}

/** The marker bits of the first byte, by the length of the sequence. */
const LEAD = [0, 0, 0xc0, 0xe0, 0xf0];

function byteLength(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The code point of the UTF-8 sequence at `at`, or -1: cut short, overlong, a surrogate, too big. */
function codePoint(cells: Uint16Array | Uint8Array, at: number, end: number): number {
  const lead = cells[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  let length = 2;
  if (lead >= 0xe0) length = lead < 0xf0 ? 3 : 4;
  if (at + length > end) return -1;
  let code = lead & (0x7f >> length);
  for (let next = at + 1; next < at + length; next++) {
    const cell = cells[next] ?? 0;
    if (cell < 0x80 || cell > 0xbf) return -1;
    code = (code << 6) | (cell & 0x3f);
  }
  const valid = byteLength(code) === length && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? code : -1;
}
