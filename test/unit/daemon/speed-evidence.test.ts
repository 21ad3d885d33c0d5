import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  isFlowing,
  judge,
  type Observed,
  type Seen,
  type Setting,
} from '../../../backend/src/daemon/speed-evidence.ts';
import type { TunnelCount } from '../../../backend/src/effects/speed/look.ts';

const link = (name: string, loss: number | null = null) => {
  return { name, port: 1194, phase: 'up', tunnel: `${name}0`, pid: null, loss } as const;
};
const links = [link('a', 0.1), link('b')];
const address = { address: '10.0.0.2', peer: '10.0.0.1', mac: null } as const;
const bond = { role: 'router', ifname: 'bond0', deviceType: 'tun', mtu: 1440 } as const;
const SETTING: Setting = { subject: { ...bond, ...address, links: [...links] }, links, seconds: 5 };

const look = (tunnels: (TunnelCount | null)[], rx = 6e6, tx = 4e6) => {
  return { busy: null, tunnels, buffers: { rx, tx } };
};
const count = (rx: number, tx: number): TunnelCount => ({ rx, tx, bytes: rx * 1000 });
const NONE: Seen = {
  own: look([count(0, 0), count(0, 0)]),
  peer: look([count(0, 0), count(0, 0)], 3e6, 2e6),
};
const flow = { rate: 8e6, busy: 0.1, peerBusy: 0.1, rtt: 20 };
/** The bond's download and upload over both tunnels. */
const after = {
  own: look([count(980, 500), count(1_000, 400)]),
  peer: look([count(500, 1_000), count(300, 1_000)], 3e6, 2e6),
} satisfies Seen;
const observed = (name: string | null, direction: 'down' | 'up'): Observed => {
  return { link: name, direction, flow, before: NONE, after };
};

describe('what a test has seen', () => {
  const all = [observed('a', 'down'), observed(null, 'down'), observed(null, 'up')];

  it('down is what the peer has sent and we have got', () => {
    const { links: judged, window, payload, bond: whole } = evidenceOf(SETTING, all, 'down');
    expect(judged).toEqual([
      {
        name: 'a',
        alone: flow,
        carriedAlone: { sent: 1_000, arrived: 980, rate: 1_568_000 },
        carried: { sent: 1_000, arrived: 980, rate: 1_568_000 },
        pingLoss: 0.1,
      },
    ]);
    expect(whole).toBe(flow);
    expect(window).toBe(2e6);
    expect(payload).toBeCloseTo(0.9216, 4);
  });

  it('up is what we have sent and the peer has got', () => {
    const both = [...all, observed('b', 'up')];
    const { links: judged, window } = evidenceOf(SETTING, both, 'up');
    expect(judged.map(({ carried }) => carried)).toEqual([
      { sent: 400, arrived: 300, rate: 480_000 },
    ]);
    expect(window).toBe(3e6);
  });

  it('is nothing where the other end does not say, or a device is made anew', () => {
    const blind = { before: { ...NONE, peer: null }, after: { ...after, peer: null } };
    const mute = all.map((entry) => ({ ...entry, ...blind }));
    expect(evidenceOf(SETTING, mute, 'down')).toMatchObject({
      window: null,
      links: [{ carried: null, carriedAlone: null }],
    });
    const anew = all.map((entry) => ({ ...entry, before: after, after: NONE }));
    expect(evidenceOf(SETTING, anew, 'down').links[0]?.carried).toBeNull();
  });

  it('has a verdict for each direction that was measured whole', () => {
    const verdict = judge(SETTING, all);
    expect(verdict?.down?.limit).toBe('lines');
    expect(verdict?.up).toBeNull();
    expect(judge(SETTING, [])).toBeNull();
  });

  it('is still flowing while the receiver gets more', () => {
    expect(isFlowing(NONE, after, 'down')).toBe(true);
    expect(isFlowing(NONE, after, 'up')).toBe(true);
    expect(isFlowing(after, after, 'down')).toBe(false);
    expect(isFlowing({ ...NONE, peer: null }, { ...after, peer: null }, 'up')).toBe(false);
  });
});
