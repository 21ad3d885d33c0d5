import { frameLength, MAX_FRAME, PREFIX_SIZE } from './message.ts';

/** The bytes of a stream, cut into messages. */
export interface Framer {
  /**
   * Adds a chunk of any size and hands each whole message it completes to `deliver`, as a view (into
   * the chunk where possible). Throws RangeError at a root length that no message can have; the
   * stream cannot be read on after that, the connection has to be closed.
   */
  push(chunk: Buffer, deliver: (frame: Buffer) => void): void;
  /** Bytes kept of a message that is not complete yet. */
  readonly pending: number;
}

/**
 * Makes a framer. Its memory grows with what has arrived, never with what a header announces, and
 * holds one message (1 MiB + 8) at most.
 */
export function createFramer(): Framer {
  let kept: Buffer = Buffer.alloc(0);
  let used = 0;

  const keep = (rest: Buffer): void => {
    if (used + rest.length > kept.length) {
      // Doubling, or a message that arrives byte by byte costs quadratic time.
      const grown = Buffer.allocUnsafe(
        Math.min(MAX_FRAME, Math.max(256, 2 * (used + rest.length))),
      );
      kept.copy(grown, 0, 0, used);
      kept = grown;
    }
    rest.copy(kept, used);
    used += rest.length;
  };

  /** Moves bytes of `chunk` to the kept ones until `size` are there; how many it took. */
  const fill = (chunk: Buffer, size: number): number => {
    const taken = Math.min(chunk.length, Math.max(0, size - used));
    if (taken > 0) keep(chunk.subarray(0, taken));
    return taken;
  };

  const finishKept = (chunk: Buffer, deliver: (frame: Buffer) => void): Buffer => {
    let offset = fill(chunk, PREFIX_SIZE);
    if (used < PREFIX_SIZE) return chunk.subarray(offset);
    const length = checkedLength(kept, 0);
    offset += fill(chunk.subarray(offset), length);
    if (used === length) {
      const frame = kept;
      kept = Buffer.alloc(0);
      used = 0;
      deliver(frame.subarray(0, length));
    }
    return chunk.subarray(offset);
  };

  return {
    get pending() {
      return used;
    },
    push(chunk, deliver) {
      let rest = used > 0 ? finishKept(chunk, deliver) : chunk;
      while (rest.length >= PREFIX_SIZE) {
        const length = checkedLength(rest, 0);
        if (rest.length < length) break;
        deliver(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      if (rest.length > 0) keep(rest);
    },
  };
}

function checkedLength(buffer: Buffer, offset: number): number {
  const length = frameLength(buffer, offset);
  if (length < 0) {
    const root = buffer.readUInt32BE(offset + 8) & 0xffffff;
    throw new RangeError(`a root of ${root} bytes is no ubus message`);
  }
  return length;
}
