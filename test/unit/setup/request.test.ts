import { describe, expect, it } from 'vitest';
import { readInitRequest } from '../../../backend/src/setup/request.ts';

const GOOD = { name: 'home', public: '203.0.113.5', links: '3' };

function why(given: Parameters<typeof readInitRequest>[0]): string {
  try {
    readInitRequest(given);
  } catch (error) {
    return String(error);
  }
  throw new Error('it was taken');
}

describe('bonding server init', () => {
  it('reads its options, networks by their lowest address', () => {
    const given = { ...GOOD, lan: ['192.168.1.7/24', '10.1.0.0/255.255.0.0'], port: '2000' };
    expect(readInitRequest(given)).toEqual({
      name: 'home',
      public: '203.0.113.5',
      links: 3,
      lan: ['192.168.1.0/24', '10.1.0.0/16'],
      port: 2000,
    });
    expect(readInitRequest({ ...GOOD, public: 'vps.example' })).toMatchObject({
      public: 'vps.example',
      lan: [],
      port: null,
    });
  });

  it('names all that is missing or wrong at once', () => {
    const text = why({ lan: ['192.168.1.1'], port: '0' });
    for (const option of ['--name:', '--public:', '--links:', "--lan '192.168.1.1':", '--port:'])
      expect(text).toContain(option);
  });

  it.each([
    [{ name: '../etc' }, '--name:'],
    [{ name: 'Home' }, '--name:'],
    [{ name: 'a'.repeat(33) }, '--name:'],
    [{ public: '203.0.113.256' }, '--public:'],
    [{ public: 'a b' }, '--public:'],
    [{ public: "x';reboot;'" }, '--public:'],
    [{ links: '9' }, '--links:'],
    [{ links: '0' }, '--links:'],
    [{ links: '2.5' }, '--links:'],
    [{ port: '65472' }, "--port 65472: at most 65471, the heartbeats' port is 64 after it"],
    [{ lan: ['0.0.0.0/0'] }, "--lan '0.0.0.0/0'"],
    [{ lan: ['10.0.0.0/8', '10.9.0.0/16'] }, 'in common with 10.0.0.0/8'],
    [{ lan: Array.from({ length: 17 }, (_, n) => `10.${n}.0.0/16`) }, 'at most 16'],
  ])('refuses %j', (wrong, text) => {
    expect(why({ ...GOOD, ...wrong })).toContain(text);
  });
});
