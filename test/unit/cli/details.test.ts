import { describe, expect, it } from 'vitest';
import { statusDetails } from '../../../backend/src/cli/details.ts';
import { sampleLink, sampleSnapshot } from '../luci-ui/sample.ts';

describe('what is behind the table', () => {
  it('is each tunnel in OpenVPN’s words with its counters, then the bond', () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5) / 1_000;
    const openvpn = {
      state: 'connected',
      time,
      peer: '192.0.2.2:1194',
      cipher: 'AES-256-GCM',
    } as const;
    const links = [
      sampleLink('dsl', {
        openvpn,
        delay: 4,
        rx_bytes: 2_048,
        rx_errors: 3,
        heartbeat: {
          ...{ state: 'alive', interval: 100, rtt: 20.4, peer_out: false },
          ...{ behind: 12.5, path_mtu: 1492 },
        },
      }),
      sampleLink('lte', { tunnel: 'tap1', state: 'waiting', up: false }),
      sampleLink('fibre', {
        tunnel: 'tap2',
        packetloss: null,
        heartbeat: {
          ...{ state: 'unknown', interval: 5_000, rtt: null, peer_out: true },
          ...{ behind: null, path_mtu: null },
        },
        openvpn: { state: 'wait', time, peer: null, cipher: null },
      }),
    ];
    const base = sampleSnapshot({ links });
    const slaves = [
      { ifname: 'tap0', carrier: true },
      { ifname: 'tap1', carrier: false },
    ];
    const text = statusDetails({ ...base, bond: { ...base.bond, slaves } });
    expect(text.split('\n')).toEqual([
      'dsl: OpenVPN connected since 2026-01-02 03:04:05 UTC, peer 192.0.2.2:1194, cipher AES-256-GCM',
      '  tap0: received 2.0 KiB in 10 packets, 3 errors, 0 dropped; sent 500 B in 5 packets, 0 errors, 0 dropped',
      '  heartbeats: alive, every 100 ms, round trip 20.4 ms, 0 % lost, packets of 1492 bytes come through, our way 12.5 ms longer than the quickest, packets held back 4 ms',
      'lte: OpenVPN does not run',
      '  tap1: received 1000 B in 10 packets, 0 errors, 0 dropped; sent 500 B in 5 packets, 0 errors, 0 dropped',
      '  heartbeats: none',
      'fibre: OpenVPN wait since 2026-01-02 03:04:05 UTC',
      '  tap2: received 1000 B in 10 packets, 0 errors, 0 dropped; sent 500 B in 5 packets, 0 errors, 0 dropped',
      '  heartbeats: unknown, every 5000 ms, the other end sends nothing over this link',
      'bond0: mode balance-rr, miimon 100 ms, mtu 1400',
      '  slaves: tap0 (carrier), tap1 (no carrier)',
      '  received 2.0 KiB in 10 packets, 0 errors, 0 dropped; sent 1000 B in 5 packets, 0 errors, 0 dropped',
      'watchdog: off',
      '',
    ]);
  });

  it('is how the watchdog stands', () => {
    const watchdog = {
      enabled: true,
      targets: ['10.0.0.1', '192.0.2.1'],
      period: 10,
      timeout: 60,
      last_reply: 65,
      fired: 2,
    };
    const last = (changes: object) =>
      statusDetails(sampleSnapshot({ watchdog: { ...watchdog, ...changes } }))
        .trimEnd()
        .split('\n')
        .at(-1);
    expect(last({})).toBe(
      'watchdog: asks 10.0.0.1 or 192.0.2.1, last reply 1m 5s ago, acts after 60 s, has acted 2 times',
    );
    expect(last({ last_reply: null })).toContain('no reply yet');
  });
});
