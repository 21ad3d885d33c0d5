import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { ownCiphers, prefersChaCha } from '../../../backend/src/openvpn/ciphers.ts';
import { render } from '../../../backend/src/openvpn/render.ts';
import { linkOf } from '../../fakes/config.ts';

const SLOW = { aes: 20, chacha: 55 };
const HARDWARE = { aes: 4_000, chacha: 1_500 };
const BOTH = 'AES-256-GCM:CHACHA20-POLY1305';
const CHACHA = 'CHACHA20-POLY1305';

describe('which cipher an end wants', () => {
  it.each([
    [HARDWARE, false],
    [SLOW, true],
    [{ aes: 100, chacha: 149 }, false],
    [{ aes: 100, chacha: 150 }, true],
    [null, false],
    [undefined, false],
  ])('ChaCha20 first with %j: %s', (speed, wanted) => {
    expect(prefersChaCha(speed)).toBe(wanted);
  });

  it('a server says it by order, a router by leaving AES out: the server’s order decides', () => {
    expect(ownCiphers('server', SLOW, 206)).toBe(`${CHACHA}:AES-256-GCM`);
    expect(ownCiphers('router', SLOW, 206)).toBe(CHACHA);
    expect(ownCiphers('router', SLOW, null)).toBe(CHACHA);
    expect(ownCiphers('router', HARDWARE, 206)).toBeNull();
  });

  it('2.5 cannot agree on one, so nothing changes', () => {
    expect(ownCiphers('router', SLOW, 205)).toBeNull();
  });
});

/** The line of the tunnel's configuration that names the ciphers. */
function lineOf(role: 'router' | 'server', given: Record<string, string>, speed = SLOW): string[] {
  const type = role === 'router' ? 'openvpn' : 'openvpn-server';
  const bond = { ipaddr: '10.0.0.2', role, server_ipaddr: '198.51.100.7' };
  const { config } = load({
    sections: [
      { type: 'interface', name: 'bond', anonymous: false, options: bond },
      { type, name: 'o', anonymous: true, options: given },
    ],
  });
  if (config === null) throw new Error('no configuration');
  const text = render({
    role,
    deviceType: 'tap',
    link: { ...linkOf(0), server: '198.51.100.7' },
    mtu: 1426,
    localAddress: null,
    mark: null,
    identity: { certificate: '/c', key: '/k' },
    peerFingerprint: [],
    options: config.openvpn.options,
    series: 206,
    ciphers: speed,
  });
  return text.split('\n').filter((line) => line.startsWith('data-ciphers '));
}

describe('the configuration of a tunnel', () => {
  it('has the ciphers that suit the machine', () => {
    expect(lineOf('router', {})).toEqual([`data-ciphers ${CHACHA}`]);
    expect(lineOf('server', {})).toEqual([`data-ciphers ${CHACHA}:AES-256-GCM`]);
    expect(lineOf('router', {}, HARDWARE)).toEqual([`data-ciphers ${BOTH}`]);
  });

  it('has the user’s, also where they read like ours', () => {
    expect(lineOf('router', { data_ciphers: BOTH })).toEqual([`data-ciphers ${BOTH}`]);
    expect(lineOf('server', { data_ciphers: 'AES-128-GCM' })).toEqual(['data-ciphers AES-128-GCM']);
    expect(lineOf('router', { extra: `data-ciphers ${BOTH}` })).toEqual([`data-ciphers ${BOTH}`]);
  });
});
