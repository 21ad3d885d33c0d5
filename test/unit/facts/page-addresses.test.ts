import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pageAddresses } from '../../../backend/src/facts/page-addresses.ts';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../cases/facts', name), 'utf8'));
const lan = read('network.interface.dump-lan.json');

describe('pageAddresses', () => {
  it('has IPv4, IPv6 of its own, and of a prefix that a line gave', () => {
    expect(pageAddresses(lan, ['lan'])).toEqual([
      '192.168.1.1',
      'fd8a:1c2e:77b0::1',
      '2001:db8:4f:100::1',
    ]);
  });

  it('has those of several interfaces, each once, and none of one that is down or unknown', () => {
    expect(pageAddresses(lan, ['guest', 'lan', 'guest', 'nowhere', 'down'])).toEqual([
      '192.168.1.1',
      'fd8a:1c2e:77b0::1',
      '2001:db8:4f:100::1',
      '192.168.3.1',
    ]);
  });

  it('never takes what was not asked for', () => {
    expect(pageAddresses(lan, [])).toEqual([]);
    expect(pageAddresses(read('network.interface.dump.json'), ['lan'])).toEqual([]);
    expect(pageAddresses(read('network.interface.dump.json'), ['wan'])).toEqual(['203.0.113.45']);
  });

  it.each([null, {}, { interface: 3 }, { interface: [null, { interface: 'lan', up: true }] }])(
    'survives %j',
    (dump) => expect(pageAddresses(dump, ['lan'])).toEqual([]),
  );
});
