import { describe, expect, it } from 'vitest';
import { type BlobAttr, readAttrs } from '../../backend/src/ubus/codec/blob.ts';
import { readMembers } from '../../backend/src/ubus/codec/blobmsg.ts';
import { createFramer } from '../../backend/src/ubus/codec/framer.ts';
import {
  type Attrs,
  encodeMessage,
  MONITOR_ATTR,
  parseMessage,
  readRoot,
  TYPE,
} from '../../backend/src/ubus/codec/message.ts';
import { decodeTable } from '../../backend/src/ubus/codec/values.ts';
import {
  allFrames,
  attrBytes,
  type DecodedAttr,
  hasGarbage,
  members,
  typeNumber,
} from './recorded.ts';

/** Every recorded frame, four ways: parsed, generated, split, and damaged. */

type Frame = ReturnType<typeof allFrames>[number];

const frames = allFrames();
const files = [...new Set(frames.map(({ file }) => file))];
const framesOf = (file: string): Frame[] => frames.filter((frame) => frame.file === file);
const title = ({ file, index, note }: Frame) => `${file} ${index}: ${note}`;

/** The one METHOD on purpose without its NUL: the recorder's decoder cut its last letter. */
const UNTERMINATED = '00050012b03b4b85';

const KEYS: Readonly<Record<string, keyof Attrs>> = {
  STATUS: 'status',
  OBJPATH: 'objpath',
  OBJID: 'objid',
  METHOD: 'method',
  OBJTYPE: 'objtype',
  SIGNATURE: 'signature',
  DATA: 'data',
  TARGET: 'target',
  ACTIVE: 'active',
  NO_REPLY: 'noReply',
  SUBSCRIBERS: 'subscribers',
  USER: 'user',
  GROUP: 'group',
};

it('has enough to say something', () => {
  expect(frames.length).toBeGreaterThan(1_200);
});

describe('parse', () => {
  it.each(files)('%s', (file) => {
    for (const frame of framesOf(file)) checkParsed(frame);
  });
});

function checkParsed(frame: Frame): void {
  const { hex, decoded } = frame;
  const message = parseMessage(Buffer.from(hex, 'hex'));
  expect({ ...message, root: undefined }, title(frame)).toEqual({
    version: decoded.version,
    type: typeNumber(decoded.type),
    seq: decoded.seq,
    peer: Number.parseInt(decoded.peer, 16),
    root: undefined,
  });
  const attrs = readRoot(message.root);
  if (hex.startsWith(UNTERMINATED)) {
    expect(attrs.method).toBeUndefined();
  } else if (hasGarbage(decoded)) {
    // libubus sent what its buffer held before: no member can be told, the rest is unharmed.
    if (message.type === TYPE.MONITOR) return;
    expect(plain(attrs)).toEqual({ objid: 3, method: attrs.method, data: [] });
    expect(['add', 'remove']).toContain(attrs.method);
  } else if (message.type === TYPE.MONITOR) {
    const got = [...readAttrs(message.root)].map(monitorAttr);
    expect(got, title(frame)).toEqual(decoded.attrs.map(expectedMonitor));
  } else {
    const expected = Object.fromEntries(decoded.attrs.flatMap(expectedAttr));
    expect(plain(attrs), title(frame)).toEqual(expected);
  }
}

function plain(attrs: Attrs): Record<string, unknown> {
  const { data, signature, ...rest } = attrs;
  return {
    ...rest,
    ...(data && { data: readMembers(data) }),
    ...(signature && { signature: readMembers(signature) }),
  };
}

function expectedAttr({ attr, value, hex }: DecodedAttr): [string, unknown][] {
  const key = KEYS[attr];
  // Of an unknown id or the wrong size: not to be seen.
  if (hex !== undefined || !key) return [];
  if (key === 'data' || key === 'signature') return [[key, members(value)]];
  if (key === 'active' || key === 'noReply') return [[key, value !== 0]];
  if (key === 'subscribers')
    return [[key, (value as string[]).map((id) => Number.parseInt(id, 16))]];
  // The recorder read every status as unsigned.
  if (key === 'status') return [[key, (value as number) | 0]];
  const isId = key === 'objid' || key === 'objtype' || key === 'target';
  return [[key, isId ? Number.parseInt(value as string, 16) : value]];
}

function monitorAttr({ id, data }: BlobAttr): unknown {
  return [id, data.toString('hex')];
}

function expectedMonitor(decoded: DecodedAttr): unknown {
  const bytes = attrBytes(decoded, true);
  const id = MONITOR_ATTR[decoded.attr as keyof typeof MONITOR_ATTR];
  return [id, bytes.subarray(4, bytes.readUInt32BE(0) & 0xffffff).toString('hex')];
}

describe('generate', () => {
  it.each(files)('%s', (file) => {
    for (const frame of framesOf(file)) {
      if (!hasGarbage(frame.decoded) && !frame.hex.startsWith(UNTERMINATED)) checkGenerated(frame);
    }
  });
});

function checkGenerated(frame: Frame): void {
  const { hex, decoded } = frame;
  const header = {
    type: typeNumber(decoded.type),
    seq: decoded.seq,
    peer: Number.parseInt(decoded.peer, 16),
  };
  const monitor = header.type === TYPE.MONITOR;
  const attrs = decoded.attrs.map((attr) => attrBytes(attr, monitor));
  const bytes = encodeMessage(header, attrs);
  // Nothing of ours writes a version but 0; one recorded request did, to see what happens.
  bytes.writeUInt8(decoded.version, 0);
  expect(bytes.toString('hex'), title(frame)).toBe(hex);
}

describe('split', () => {
  it('gives the same frames byte by byte, all in one chunk, and in odd pieces', () => {
    const whole = frames.map(({ hex }) => Buffer.from(hex, 'hex'));
    const stream = Buffer.concat(whole);
    for (const size of [1, stream.length, 7, 1_000, 65_536]) {
      const framer = createFramer();
      const got: string[] = [];
      for (let offset = 0; offset < stream.length; offset += size) {
        framer.push(stream.subarray(offset, offset + size), (frame) =>
          got.push(frame.toString('hex')),
        );
      }
      expect(got).toEqual(whole.map((frame) => frame.toString('hex')));
      expect(framer.pending).toBe(0);
    }
  });

  it('keeps an unfinished frame and says how much of it there is', () => {
    for (const { hex } of frames.slice(0, 50)) {
      const framer = createFramer();
      const bytes = Buffer.from(hex, 'hex');
      framer.push(bytes.subarray(0, -1), () => expect.unreachable('not complete yet'));
      expect(framer.pending).toBe(bytes.length - 1);
    }
  });
});

/** Everything a message goes through after the socket. What it throws is what a connection sees. */
function decodeAll(bytes: Buffer): void {
  createFramer().push(bytes, (frame) => {
    const message = parseMessage(frame);
    const attrs = readRoot(message.root);
    if (attrs.data) decodeTable(attrs.data);
    if (attrs.signature) readMembers(attrs.signature);
  });
}

function expectOnlyRangeError(run: () => void, what: string): void {
  try {
    run();
  } catch (thrown) {
    expect(thrown, what).toBeInstanceOf(RangeError);
    expect((thrown as Error).message, what).toMatch(/no ubus message$/);
  }
}

describe('damaged', () => {
  it('cut at every length: waits for more, or reads what a shortened length leaves', () => {
    for (const frame of frames) {
      const bytes = Buffer.from(frame.hex, 'hex');
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = Buffer.from(bytes.subarray(0, length));
        createFramer().push(cut, () => expect.unreachable(`${title(frame)} cut at ${length}`));
        if (length < 12 || length % 4 !== 0) continue;
        // The same bytes announced as a whole message: the attributes inside are cut now.
        cut.writeUInt32BE(length - 8, 8);
        decodeAll(cut);
      }
    }
  });

  it('every byte turned to 0, 255 and its complement: never throws what is not ours', () => {
    // One frame of each kind and size is enough: most differ in their ids only.
    const kinds = new Map(
      frames.map((frame) => [`${frame.decoded.type} ${frame.hex.length}`, frame]),
    );
    expect(kinds.size).toBeGreaterThan(60);
    for (const frame of kinds.values()) {
      const bytes = Buffer.from(frame.hex, 'hex');
      for (let index = 0; index < bytes.length; index += 1) {
        const original = bytes[index] ?? 0;
        for (const value of [0, 255, original ^ 255]) {
          bytes[index] = value;
          expectOnlyRangeError(() => decodeAll(bytes), `${title(frame)} byte ${index}`);
        }
        bytes[index] = original;
      }
    }
  });

  it('allocates for what came, not for what a header announces', () => {
    const before = process.memoryUsage().arrayBuffers;
    const header = Buffer.from('000500010000000000100000', 'hex');
    const framers = Array.from({ length: 200 }, () => createFramer());
    for (const framer of framers) framer.push(header, () => expect.unreachable('no body yet'));
    expect(framers.every((framer) => framer.pending === 12)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it('refuses the lengths at which ubusd hangs up, and takes exactly 1 MiB', () => {
    for (const root of ['00000003', '00000000', '00100001', '00100004', '00ffffff']) {
      const bytes = Buffer.from(`0004000100000000${root}`, 'hex');
      expect(() => createFramer().push(bytes, () => undefined), root).toThrow(/no ubus message/);
    }
    const largest = Buffer.concat([
      Buffer.from('000400010000000000100000', 'hex'),
      Buffer.alloc(0xffffc),
    ]);
    let got = 0;
    createFramer().push(largest, (frame) => {
      got = frame.length;
    });
    expect(got).toBe(1_048_584);
  });
});
