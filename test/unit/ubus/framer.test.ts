import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { string } from '../../../backend/src/ubus/codec/blob.ts';
import { createFramer } from '../../../backend/src/ubus/codec/framer.ts';
import {
  encodeMessage,
  MAX_ROOT,
  parseMessage,
  relayMessage,
  TYPE,
} from '../../../backend/src/ubus/codec/message.ts';

const frame = (size: number, seq: number): Buffer =>
  encodeMessage({ type: TYPE.PING, seq, peer: 0 }, [string(2, 'x'.repeat(size))]);

describe('framer', () => {
  it('gives back any frames from any cuts', () => {
    const sizes = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 12 });
    const cuts = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, cuts, (lengths, steps) => {
        const frames = lengths.map(frame);
        const stream = Buffer.concat(frames);
        const framer = createFramer();
        const got: Buffer[] = [];
        for (let offset = 0, turn = 0; offset < stream.length; turn += 1) {
          const size = steps[turn % steps.length] ?? 1;
          framer.push(stream.subarray(offset, offset + size), (one) => got.push(Buffer.from(one)));
          offset += size;
        }
        expect(Buffer.concat(got).equals(stream)).toBe(true);
        expect(got.map((one) => one.length)).toEqual(frames.map((one) => one.length));
      }),
      { numRuns: 300 },
    );
  });

  it('reads the largest message byte by byte in linear time', () => {
    const largest = relayMessage({ type: TYPE.PING, seq: 1, peer: 0 }, Buffer.alloc(MAX_ROOT - 4));
    const framer = createFramer();
    let length = 0;
    for (let offset = 0; offset < largest.length; offset += 1) {
      framer.push(largest.subarray(offset, offset + 1), (one) => {
        length = one.length;
      });
    }
    expect(length).toBe(MAX_ROOT + 8);
  });

  it('delivers what came whole before garbage in the same chunk, then throws', () => {
    const got: number[] = [];
    const chunk = Buffer.concat([frame(5, 1), frame(6, 2), Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    expect(() => createFramer().push(chunk, (one) => got.push(parseMessage(one).seq))).toThrow(
      /no ubus message/,
    );
    expect(got).toEqual([1, 2]);
  });
});

describe('message', () => {
  it('refuses to be longer than ubusd takes', () => {
    const header = { type: TYPE.PING, seq: 1, peer: 0 };
    expect(relayMessage(header, Buffer.alloc(MAX_ROOT - 4))).toHaveLength(MAX_ROOT + 8);
    expect(() => relayMessage(header, Buffer.alloc(MAX_ROOT - 3))).toThrow(
      /over the limit of 1048576/,
    );
  });

  it('is read from one whole frame only', () => {
    const whole = frame(4, 1);
    for (const bad of [
      whole.subarray(0, 11),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
    ]) {
      expect(() => parseMessage(bad)).toThrow(RangeError);
    }
  });
});
