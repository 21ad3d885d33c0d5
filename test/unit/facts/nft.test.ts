import { describe, expect, it } from 'vitest';
import { readNft, readSpread } from '../../../backend/src/facts/actual.ts';

/** As nft 1.0.6 lists a table: its chains, then the rules of one chain after the other. */
const rule = (chain: string, comment: string | null, ...expr: object[]): object => ({
  rule: {
    family: 'inet',
    table: 'bonding',
    chain,
    handle: 7,
    ...(comment === null ? {} : { comment }),
    expr,
  },
});

const counter = (packets: number) => ({ counter: { packets, bytes: 60 * packets } });
const listed = (...items: object[]): object => ({
  nftables: [{ metainfo: { version: '1.0.6' } }, ...items],
});
const TABLE = { table: { family: 'inet', name: 'bonding', handle: 3 } };

describe('our table, as nft lists it', () => {
  it('has the digest in whichever rule, and the counters by comment', () => {
    const match = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'bond0' } };
    const found = readNft(
      listed(
        TABLE,
        { chain: { family: 'inet', table: 'bonding', name: 'forwards' } },
        rule('spoofed', null, match, counter(3), { drop: null }),
        rule('forwards', 'forward web tcp', match, counter(41), { dnat: {} }),
        rule('forwards', 'forward games udp', counter(0), { dnat: {} }),
        rule('forward', 'bonding 12345678', match),
      ),
    );
    expect(found).toEqual({
      digest: 'bonding 12345678',
      rules: 4,
      counters: new Map([
        ['forward web tcp', 41],
        ['forward games udp', 0],
      ]),
    });
  });

  it('is not there, or somebody has put other things into it', () => {
    expect(readNft(null)).toBeNull();
    expect(readNft(listed())).toBeNull();
    const odd = rule('forwards', 'forward web tcp', { counter: { packets: 'many' } });
    expect(readNft(listed(TABLE, odd, rule('forwards', 'forward x tcp')))).toEqual({
      digest: null,
      rules: 2,
      counters: new Map(),
    });
  });
});

describe('our chain at the egress, as nft lists it', () => {
  const chain = (devices: string): string =>
    [
      'table netdev bonding {',
      '\tchain spread {',
      `\t\ttype filter hook egress ${devices} priority filter; policy accept;`,
      '\t\tmeta mark & 0xff000000 != { 0xa0000000, 0xc0000000 } fwd to numgen inc mod 1 map { 0 : "tun-0" } comment "bonding 12345678"',
      '\t}',
      '}',
      '',
    ].join('\n');

  it.each([
    ['devices = { tun-0, tun1 }', ['tun-0', 'tun1']],
    ['devices = { "tun-0", "tun1" }', ['tun-0', 'tun1']],
    ['device "tun-0"', ['tun-0']],
    ['devices = { tun-0 }', ['tun-0']],
    ['something else', null],
  ])('with %s has the digest and the devices', (devices, expected) => {
    expect(readSpread(chain(devices))).toEqual({ digest: 'bonding 12345678', devices: expected });
  });

  it('is without a digest when its rules are gone, and nothing when there is no table', () => {
    expect(readSpread('table netdev bonding {\n}\n')).toEqual({ digest: null, devices: null });
    expect(readSpread(null)).toBeNull();
    expect(readSpread(undefined)).toBeNull();
  });
});
