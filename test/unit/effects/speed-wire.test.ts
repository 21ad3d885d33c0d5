import { describe, expect, it } from 'vitest';
import {
  isSeconds,
  parseLine,
  readHello,
  readMac,
  readReady,
} from '../../../backend/src/effects/speed/wire.ts';

const HELLO = { hello: 1, ports: [1194, 1195], seconds: 5, mac: '02:00:00:00:00:01' };

describe('a hello', () => {
  it('is read', () => {
    expect(readHello(HELLO, 8)).toEqual({
      ports: [1194, 1195],
      seconds: 5,
      mac: '02:00:00:00:00:01',
    });
    expect(readHello({ ...HELLO, ports: [], more: true }, 8)?.ports).toEqual([]);
  });

  it.each<[string, object]>([
    ['of another version', { hello: 2 }],
    ['without ports', { ports: undefined }],
    ['with a port of text', { ports: ['1194'] }],
    ['with port 0', { ports: [0] }],
    ['with half a port', { ports: [1194.5] }],
    ['with more ports than links', { ports: [1, 2, 3] }],
    ['that lasts for ever', { seconds: 1e9 }],
    ['that lasts no time', { seconds: 0 }],
    ['without seconds', { seconds: null }],
  ])('%s is none', (_name, change) => {
    expect(readHello({ ...HELLO, ...change }, 2)).toBeNull();
  });
});

describe('the answer to it', () => {
  it('is read', () => {
    const line = { token: 'a', up: [true, false, 1], mac: '' };
    const ready = { token: 'a', up: [true, false, false], mac: null };
    expect(readReady(line, 3)).toEqual({ ...ready, looks: false });
    expect(readReady({ ...line, looks: true }, 3)).toEqual({ ...ready, looks: true });
  });

  it.each([{}, { token: 1, up: [true] }, { token: 'a', up: [] }, { token: 'a', up: 'yes' }])(
    '%j is none',
    (line) => {
      expect(readReady(line, 1)).toBeNull();
    },
  );
});

it.each([
  ['02:00:00:aa:00:01\n', '02:00:00:aa:00:01'],
  ['', null],
  ['02:00:00:aa:00', null],
  ['02:00:00:aa:00:01 dev lo', null],
  ['02:00:00:AA:00:01', null],
  [undefined, null],
  [2, null],
])('the address in %j is %j', (value, mac) => {
  expect(readMac(value)).toBe(mac);
});

it.each(['', '{', '[]', 'null', '1', '"text"'])('the line %j is no object', (text) => {
  expect(parseLine(text)).toBeNull();
});

it('seconds are whole and between 1 and 60', () => {
  expect([1, 60, 5].every(isSeconds)).toBe(true);
  expect([0, 61, 1.5, '5', null, Number.NaN].some(isSeconds)).toBe(false);
});
