/**
 * Blob attributes, the bricks of every ubus message (libubox blob.h): a 4-byte big-endian header,
 * bit 31 = "extended" (has a blobmsg name), bits 30-24 = id, bits 23-0 = length including the header
 * and excluding padding; then the payload, zero-padded to a multiple of 4.
 */

export const HEADER_SIZE = 4;
const EXTENDED = 0x80;
const MAX_LENGTH = 0xffffff;

/** One attribute as found on the wire; `data` is its payload, a view into the message. */
export interface BlobAttr {
  id: number;
  extended: boolean;
  data: Buffer;
}

/** `length` rounded up to the next multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/**
 * The attributes in `payload`, in order. Stops silently at the first header that does not fit, as
 * libubox's loops do; what stood before it is still good.
 */
export function* readAttrs(payload: Buffer): Generator<BlobAttr> {
  let offset = 0;
  while (payload.length - offset >= HEADER_SIZE) {
    const first = payload.readUInt8(offset);
    const length = payload.readUIntBE(offset + 1, 3);
    if (length < HEADER_SIZE || padded(length) > payload.length - offset) return;
    yield {
      id: first & 0x7f,
      extended: (first & EXTENDED) !== 0,
      data: payload.subarray(offset + HEADER_SIZE, offset + length),
    };
    offset += padded(length);
  }
}

/** The bytes of one attribute, header and padding included. Throws RangeError over 16 MiB. */
export function writeAttr(id: number, data: Buffer, extended = false): Buffer {
  const length = HEADER_SIZE + data.length;
  if (length > MAX_LENGTH) throw new RangeError(`a blob attribute of ${length} bytes is too long`);
  const out = Buffer.alloc(padded(length));
  out.writeUInt8((id & 0x7f) | (extended ? EXTENDED : 0), 0);
  out.writeUIntBE(length, 1, 3);
  data.copy(out, HEADER_SIZE);
  return out;
}

/** A 4-byte big-endian attribute; ids above 2^31 and negative status codes both fit. */
export function int32(id: number, value: number): Buffer {
  const data = Buffer.allocUnsafe(4);
  data.writeInt32BE(value | 0, 0);
  return writeAttr(id, data);
}

/** A 1-byte attribute. */
export function int8(id: number, value: number): Buffer {
  return writeAttr(id, Buffer.of(value & 0xff));
}

/** A string attribute, its NUL included. A NUL inside cuts the text, as it would for every reader. */
export function string(id: number, value: string): Buffer {
  return writeAttr(id, cString(value));
}

/** An attribute that holds other attributes, which are already bytes. */
export function nested(id: number, children: readonly Buffer[]): Buffer {
  return writeAttr(id, Buffer.concat(children));
}

/** UTF-8 with one NUL at the end; cut at a NUL inside. */
export function cString(value: string): Buffer {
  const nul = value.indexOf('\0');
  return Buffer.from(`${nul < 0 ? value : value.slice(0, nul)}\0`, 'utf8');
}

/** The text up to the first NUL; undefined when the last byte is no NUL (libubox refuses that). */
export function readCString(data: Buffer): string | undefined {
  if (data.length === 0 || data[data.length - 1] !== 0) return undefined;
  return data.toString('utf8', 0, data.indexOf(0));
}
