import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeartbeat,
  encodeHeartbeat,
  type HeartbeatPacket,
  linkOf,
  PACKET_SIZE,
} from '../../../backend/src/monitor/heartbeat-packet.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const long = fc.integer({ min: 0, max: 0xffffffff });

const packets: fc.Arbitrary<HeartbeatPacket> = fc.record({
  hears: fc.boolean(),
  out: fc.boolean(),
  poll: fc.boolean(),
  gone: fc.boolean(),
  probe: fc.boolean(),
  link: word,
  seq: long,
  sent: long,
  echo: long,
  held: word,
  interval: word,
  rxPackets: long,
  rxBytes: long,
  rxQueue: word,
  heard: word,
  txPackets: long,
  probed: word,
  behind: word,
});

const SAMPLE: HeartbeatPacket = {
  hears: true,
  out: false,
  poll: true,
  gone: true,
  probe: false,
  link: 1195,
  seq: 0x01020304,
  sent: 0xfffffff0,
  echo: 7,
  held: 999,
  interval: 100,
  rxPackets: 0x0a0b0c0d,
  rxBytes: 0xdeadbeef,
  rxQueue: 812,
  heard: 0x55aa,
  txPackets: 0x11223344,
  probed: 1492,
  behind: 250,
};

describe('heartbeat packet', () => {
  it('has the bytes that the contract of both ends says', () => {
    expect(Buffer.from(encodeHeartbeat(SAMPLE)).toString('hex')).toBe(
      [
        ...['b6', '0d', '04ab', '01020304', 'fffffff0', '00000007', '03e7', '0064'],
        ...['0a0b0c0d', 'deadbeef', '032c', '55aa', '11223344', '05d4', '00fa', '0000000000000000'],
      ].join(''),
    );
  });

  it('reads what it wrote, also inside a larger buffer', () => {
    fc.assert(
      fc.property(packets, fc.integer({ min: 0, max: 9 }), (packet, offset) => {
        const bytes = encodeHeartbeat(packet);
        const large = new Uint8Array(PACKET_SIZE + 20).fill(0xff);
        large.set(bytes, offset);
        expect(decodeHeartbeat(large.subarray(offset, offset + PACKET_SIZE))).toEqual({
          ...packet,
          ...(packet.probe && { size: PACKET_SIZE }),
        });
        expect(linkOf(bytes)).toBe(packet.link);
      }),
    );
  });

  it('has a probe in any length, and nothing else', () => {
    const probe = encodeHeartbeat({ ...SAMPLE, probe: true }, 1464);
    expect(probe).toHaveLength(1464);
    expect(decodeHeartbeat(probe)).toEqual({ ...SAMPLE, probe: true, size: 1464 });
    expect(decodeHeartbeat(encodeHeartbeat(SAMPLE, 1464))).toBeNull();
    expect(decodeHeartbeat(probe.subarray(0, PACKET_SIZE - 1))).toBeNull();
  });

  it('keeps a time that is too long as the longest, and one below 0 as 0', () => {
    const read = decodeHeartbeat(encodeHeartbeat({ ...SAMPLE, held: 1e9, rxQueue: -3.2 }));
    expect(read).toMatchObject({ held: 0xffff, rxQueue: 0 });
  });

  it('takes whatever comes: null for a wrong length or magic, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, marked) => {
        if (marked) bytes[0] = 0xb6;
        const probe = ((bytes[1] ?? 0) & 0x10) !== 0;
        const long = probe ? bytes.length >= PACKET_SIZE : bytes.length === PACKET_SIZE;
        const right = bytes[0] === 0xb6 && long;
        expect(decodeHeartbeat(bytes) !== null).toBe(right);
        expect(linkOf(bytes) !== null).toBe(right);
      }),
    );
  });

  it('takes any 46 bytes behind the magic and the flags', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
        bytes[0] = 0xb6;
        const packet = decodeHeartbeat(bytes);
        expect(packet).not.toBeNull();
        for (const value of Object.values(packet ?? {}))
          expect(typeof value === 'boolean' || Number.isInteger(value)).toBe(true);
      }),
    );
  });
});
