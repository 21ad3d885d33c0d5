import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { render, type TunnelInput } from '../../../backend/src/openvpn/render.ts';
import { linkOf } from '../../fakes/config.ts';

const link = { ...linkOf(0), server: '198.51.100.7' };

const FINGERPRINT = Array(32).fill('AB').join(':');

const input: TunnelInput = {
  role: 'router',
  deviceType: 'tap',
  link,
  mtu: 1426,
  localAddress: '192.0.2.1',
  mark: null,
  identity: { certificate: '/etc/bonding/own.crt', key: '/etc/bonding/own.key' },
  peerFingerprint: [FINGERPRINT],
  options: [
    { name: 'keepalive', value: '2 8' },
    { name: 'mlock', value: null },
  ],
  series: 206,
};

const lines = (change: Partial<TunnelInput>): string[] =>
  render({ ...input, ...change }).split('\n');

describe('render', () => {
  it('a router', () => {
    expect(render(input)).toBe(`dev tap0
dev-type tap
up-delay
ifconfig-noexec
route-noexec
tun-mtu 1426
mssfix 0
disable-dco
allow-compression no
machine-readable-output
mute-replay-warnings
mode p2p
proto udp4
lport 0
local 192.0.2.1
remote 198.51.100.7 1194
explicit-exit-notify 1
tls-client
cert /etc/bonding/own.crt
key /etc/bonding/own.key
keepalive 2 8
mlock
<peer-fingerprint>
${FINGERPRINT}
</peer-fingerprint>
`);
  });

  it('a server on all addresses, known by an authority', () => {
    const text = render({
      ...input,
      role: 'server',
      link: { ...link, localPort: 1194, remotePort: 0, server: null },
      localAddress: null,
      peerFingerprint: [],
      options: [
        { name: 'ca', value: '/etc/ssl/ca.crt' },
        { name: 'cert', value: '/etc/ssl/server.crt' },
        { name: 'key', value: '/etc/ssl/server.key' },
      ],
    });
    expect(text).toContain(
      '\nlport 1194\nmultihome\nfloat\nping-timer-rem\nexplicit-exit-notify 1\ntls-server\ndh none\nca ',
    );
    expect(text).not.toMatch(/\n(remote|local) |own\.crt|fingerprint/);
  });

  it('a server with one address needs no multihome', () => {
    expect(lines({ role: 'server' })).toContain('local 192.0.2.1');
    expect(lines({ role: 'server' })).not.toContain('multihome');
  });

  it('marks and binds a tunnel that its address does not tell apart', () => {
    const mark = 0xb1000000 | 0;
    expect(lines({ mark: { mark, device: 'eth2' } })).toEqual(
      expect.arrayContaining(['local 192.0.2.1', 'mark -1325400064', 'bind-dev eth2']),
    );
    const unbound = lines({ mark: { mark, device: null } });
    expect(unbound).toContain('mark -1325400064');
    expect(unbound.join('\n')).not.toContain('bind-dev');
    expect(lines({}).join('\n')).not.toMatch(/mark|bind-dev/);
  });

  it('writes only what the installed OpenVPN takes', () => {
    const persist = [{ name: 'persist-key', value: null }];
    expect(lines({ series: 207, options: persist })).not.toContain('persist-key');
    expect(lines({ series: 206, options: persist })).toContain('persist-key');
    expect(lines({ series: 205 })).not.toContain('disable-dco');
    expect(lines({ series: 205 })).toContain('cipher AES-256-GCM');
    expect(lines({ series: null })).toContain('disable-dco');
  });

  it('quotes paths', () => {
    const identity = { certificate: '/etc/my "own".crt', key: '/k' };
    expect(lines({ identity })).toContain('cert "/etc/my \\"own\\".crt"');
  });

  it.each(['a\nup /bin/sh', 'a\rb', 'a\x00b'])(
    'lets no value break out of its line: %j',
    (value) => {
      expect(() => render({ ...input, options: [{ name: 'setenv', value }] })).toThrow(RangeError);
      expect(() => render({ ...input, link: { ...link, tunnel: value } })).toThrow(RangeError);
    },
  );

  it('never keeps the device open over a lost peer, whatever the configuration asks', () => {
    const options = {
      persist_tun: '1',
      up_delay: '1',
      mssfix: '1',
      extra: ['persist-tun'],
      fragment: '1400',
    };
    const { config } = load({
      sections: [
        {
          type: 'interface',
          name: 'bond',
          anonymous: false,
          options: { ipaddr: '10.0.0.2', peer_fingerprint: FINGERPRINT },
        },
        { type: 'openvpn', name: 'o', anonymous: true, options },
      ],
    });
    const text = render({ ...input, options: config?.openvpn.options ?? [] });
    expect(text).toMatch(/^up-delay$/m);
    expect(text).not.toMatch(/persist-tun|fragment|up-delay ./);
    expect(text.match(/^mssfix.*/gm)).toEqual(['mssfix 0']);
  });
});
