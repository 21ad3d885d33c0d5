import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatPeerMessage,
  MESSAGE_LIMIT,
  type PeerMessage,
  parsePeerMessage,
  stampOf,
  type ToldLink,
} from '../../../backend/src/monitor/peer-messages.ts';

const LINK: ToldLink = {
  port: 1194,
  download: 20_000_000,
  upload: null,
  weight: 5,
  name: 'link0',
  on: true,
};
const MESSAGE: PeerMessage = {
  version: '1.2.3-rc1',
  driver: 'bond-tun',
  mtu: 1440,
  deviceType: 'tun',
  heartbeatPort: 1258,
  links: [LINK, { ...LINK, port: 1195, name: 'dsl', on: false }],
  random: '00112233445566778899aabbccddeeff',
  serial: 7,
  seen: '0123456789abcdef',
};

/** The fields of a message as they are on the wire. */
const wire = (): Record<string, unknown> => JSON.parse(formatPeerMessage(MESSAGE).toString());
const parse = (fields: unknown) => parsePeerMessage(Buffer.from(JSON.stringify(fields)));

const rate = fc.option(fc.integer({ min: 1, max: 1e12 }));
const link = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  download: rate,
  upload: rate,
  weight: fc.option(fc.integer({ min: 1, max: 1_000 })),
  name: fc.stringMatching(/^[a-zA-Z0-9_]{0,32}$/),
  on: fc.boolean(),
});
const message: fc.Arbitrary<PeerMessage> = fc.record({
  version: fc.stringMatching(/^[0-9a-z.+-]{1,40}$/),
  driver: fc.option(fc.stringMatching(/^[a-z-]{1,20}$/)),
  mtu: fc.integer({ min: 576, max: 65_535 }),
  deviceType: fc.constantFrom('tun', 'tap'),
  heartbeatPort: fc.integer({ min: 0, max: 65_535 }),
  links: fc.uniqueArray(link, { maxLength: 8, selector: ({ port }) => port }),
  random: fc.stringMatching(/^[0-9a-f]{32}$/),
  serial: fc.integer({ min: 0, max: 0xffff_ffff }),
  seen: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/)),
});

describe('a message', () => {
  it('arrives as it was sent, and eight links fit', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const packet = formatPeerMessage(sent);
        expect(packet.length).toBeLessThanOrEqual(MESSAGE_LIMIT);
        const got = parsePeerMessage(packet);
        const bare = { ...sent, links: sent.links.map((one) => ({ ...one, name: '' })) };
        expect([sent, bare]).toContainEqual(got);
      }),
    );
  });

  it('leaves the names out when it would be too long', () => {
    const links = Array.from({ length: 8 }, (_, index) => ({
      port: 65_000 + index,
      download: 1e12,
      upload: 1e12,
      weight: 1_000,
      name: 'n'.repeat(32),
      on: false,
    }));
    const packet = formatPeerMessage({ ...MESSAGE, version: 'v'.repeat(40), links });
    expect(packet.length).toBeLessThanOrEqual(MESSAGE_LIMIT);
    expect(parsePeerMessage(packet)).toMatchObject({ links: links.map(() => ({ name: '' })) });
  });

  it('may have fields that are not known here, and lack those that can be null', () => {
    const { seen, driver, heartbeats, ...rest } = wire();
    const links = [{ port: 9, on: true, colour: 'red' }];
    expect(parse({ ...rest, links, later: { any: 'thing' } })).toEqual({
      ...MESSAGE,
      seen: null,
      driver: null,
      heartbeatPort: 0,
      links: [{ port: 9, download: null, upload: null, weight: null, name: '', on: true }],
    });
  });

  it('of another form says only its version', () => {
    expect(parse({ v: 2, version: '9.0' })).toEqual({ foreign: true, version: '9.0' });
    expect(parse({ v: 2, version: '9.0\n' })).toBeNull();
    expect(parse({ v: 2 })).toBeNull();
  });

  it.each([
    ['v', '1'],
    ['version', ''],
    ['version', 'x y'],
    ['random', 'ABCDEF00112233445566778899aabbcc'],
    ['random', '00'],
    ['serial', -1],
    ['serial', 0x1_0000_0000],
    ['serial', 1.5],
    ['seen', 5],
    ['seen', 'zz'],
    ['driver', 'rm -rf'],
    ['mtu', 0],
    ['mtu', '1440'],
    ['type', null],
    ['heartbeats', 65_536],
    ['links', {}],
    ['links', [null]],
    ['links', [LINK, LINK]],
    ['links', [{ ...LINK, port: 0 }]],
    ['links', [{ ...LINK, download: 0 }]],
    ['links', [{ ...LINK, upload: Number.MAX_VALUE }]],
    ['links', [{ ...LINK, weight: 1_001 }]],
    ['links', [{ ...LINK, on: 1 }]],
    ['links', [{ ...LINK, name: '<b>' }]],
    ['links', Array.from({ length: 33 }, (_, port) => ({ port: port + 1, on: true }))],
  ])('with %s %j is none', (field, value) => {
    expect(parse({ ...wire(), [field]: value })).toBeNull();
  });

  it('is none of ours whatever else comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_500 }), (bytes) => {
        expect(parsePeerMessage(Buffer.from(bytes))).toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parse(value);
        parse({ ...wire(), links: value });
      }),
    );
    expect(
      parsePeerMessage(Buffer.from(JSON.stringify({ ...wire(), later: 'x'.repeat(1_200) }))),
    ).toBe(null);
  });

  it('with one byte changed or cut off is null or has every field in its bounds', () => {
    const packet = formatPeerMessage(MESSAGE);
    fc.assert(
      fc.property(fc.nat(packet.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bent = Buffer.from(cut ? packet.subarray(0, at) : packet);
        if (!cut) bent[at] = byte;
        const got = parsePeerMessage(bent);
        if (got === null || 'foreign' in got) return;
        expect(parsePeerMessage(formatPeerMessage(got))).toEqual(got);
      }),
    );
  });
});

it('a stamp tells starts and changes apart', () => {
  expect(stampOf(MESSAGE)).toBe('0011223300000007');
  expect(stampOf({ ...MESSAGE, serial: 0xffff_ffff })).toBe('00112233ffffffff');
});
