import type { Text } from './scan.ts';

/**
 * The keys by which LuCI finds a text: `_()` and `N_()` of luci-base's cbi.js look them up, po2lmo
 * writes them. They are hashes of 32 bits, so two texts may come to have the same one.
 */

/** The key of a text; `form` is the number of the plural form. */
export function keyOf({ id, context }: Pick<Text, 'id' | 'context'>, form: number | null): number {
  const before = context === null ? '' : `${context}\u0001`;
  return hash(Buffer.from(`${before}${id}${form === null ? '' : `\u0002${form}`}`));
}

/** Whether a text can be found: cbi.js trims and collapses white space, po2lmo does not. */
export function isFindable(id: string): boolean {
  // cbi.js encodes characters beyond the BMP wrongly; po2lmo takes lines of 4096 bytes.
  const plain = !/[\u{10000}-\u{10ffff}]/u.test(id) && Buffer.byteLength(id) < 4000;
  return plain && id !== '' && id === id.trim().replace(/[ \t\n]+/g, ' ');
}

/** SuperFastHash by Paul Hsieh, seeded with the length, as lmo.c has it. */
function hash(bytes: Buffer): number {
  const end = bytes.length & ~3;
  let sum = bytes.length;
  for (let at = 0; at < end; at += 4) {
    sum += bytes.readUInt16LE(at);
    sum = (sum << 16) ^ ((bytes.readUInt16LE(at + 2) << 11) ^ sum);
    sum = (sum + (sum >>> 11)) >>> 0;
  }
  return avalanche(withRest(sum, bytes.subarray(end)));
}

function withRest(start: number, rest: Buffer): number {
  let sum = start;
  if (rest.length === 3) {
    sum = (sum + rest.readUInt16LE(0)) | 0;
    sum ^= sum << 16;
    sum ^= rest.readInt8(2) << 18;
    return sum + (sum >>> 11);
  }
  if (rest.length === 2) {
    sum = (sum + rest.readUInt16LE(0)) | 0;
    sum ^= sum << 11;
    return sum + (sum >>> 17);
  }
  if (rest.length === 1) {
    sum = (sum + rest.readInt8(0)) | 0;
    sum ^= sum << 10;
    return sum + (sum >>> 1);
  }
  return sum;
}

function avalanche(start: number): number {
  let sum = start | 0;
  sum ^= sum << 3;
  sum = (sum + (sum >>> 5)) | 0;
  sum ^= sum << 4;
  sum = (sum + (sum >>> 17)) | 0;
  sum ^= sum << 25;
  return (sum + (sum >>> 6)) >>> 0;
}
