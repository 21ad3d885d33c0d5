import { describe, expect, it } from 'vitest';
import type { TunnelProcess } from '../../../backend/src/facts/actual.ts';
import type { Wan } from '../../../backend/src/facts/wans.ts';
import { type Line, planTwins } from '../../../backend/src/plan/twins.ts';
import { linkOf, wanOf } from '../../fakes/config.ts';

const NO_TUNNELS: ReadonlyMap<string, TunnelProcess> = new Map();

const line = (index: number, change: Partial<Wan> = {}): Line => ({
  config: linkOf(index),
  wan: { ...wanOf(index), ...change },
});

const SAME = { address: '192.168.8.100', gateway: '192.168.8.1' };

const running = (link: string, text: string): ReadonlyMap<string, TunnelProcess> =>
  new Map([[link, { link, pid: 7, config: text }]]);

describe('lines that an address does not tell apart', () => {
  it('are marked and bound to their devices, the others stay as they are', () => {
    const { marks, sysctls } = planTwins([line(0), line(1, SAME), line(2, SAME)], NO_TUNNELS);
    expect([...marks]).toEqual([
      ['link1', { mark: 0xb1000000 | 0, device: 'eth1' }],
      ['link2', { mark: 0xb2000000 | 0, device: 'eth2' }],
    ]);
    expect(sysctls).toEqual([
      { device: 'eth1', name: 'rp_filter' },
      { device: 'eth2', name: 'rp_filter' },
    ]);
  });

  it('on one card need no device and no loose rp_filter, but no redirects either', () => {
    const card = { device: 'eth0', address: '192.168.1.2' };
    const lines = [
      line(0, { ...card, gateway: '192.168.1.1' }),
      line(1, { ...card, gateway: '192.168.1.254' }),
    ];
    const { marks, sysctls } = planTwins(lines, NO_TUNNELS);
    expect([...marks.values()].map(({ device }) => device)).toEqual([null, null]);
    expect(sysctls).toEqual([{ device: 'eth0', name: 'accept_redirects' }]);
  });

  it('are not two links of one and the same line', () => {
    const one = { ...SAME, device: 'eth0' };
    const { marks, sysctls } = planTwins([line(0, one), line(1, one)], NO_TUNNELS);
    expect(marks.size).toBe(0);
    expect(sysctls).toEqual([]);
  });

  it('of one card with an address for each box are told apart by these', () => {
    const { marks } = planTwins(
      [line(0, { device: 'eth0' }), line(1, { device: 'eth0' })],
      NO_TUNNELS,
    );
    expect(marks.size).toBe(0);
  });

  it('keep the mark while the tunnel runs, though the other line is gone', () => {
    const text = 'lport 0\nlocal 192.168.8.100\nmark -1325400064\nbind-dev eth1\nremote x\n';
    const alone = [line(1, SAME)];
    const kept = planTwins(alone, running('link1', text));
    expect([...kept.marks]).toEqual([['link1', { mark: -1325400064, device: 'eth1' }]]);
    expect(kept.sysctls).toEqual([]);
    expect(planTwins(alone, NO_TUNNELS).marks.size).toBe(0);
    const moved = [line(1, { ...SAME, address: '192.168.8.10' })];
    expect(planTwins(moved, running('link1', text)).marks.size).toBe(0);
  });
});
