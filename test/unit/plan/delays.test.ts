import { describe, expect, it } from 'vitest';
import type { BondConfig, Config } from '../../../backend/src/config/types.ts';
import type { Qdisc } from '../../../backend/src/facts/qdiscs.ts';
import { planDelays } from '../../../backend/src/plan/delays.ts';
import type { DesiredDevice } from '../../../backend/src/plan/desired.ts';
import { configOf } from '../../fakes/config.ts';

interface Change {
  bond?: Partial<BondConfig>;
  delays?: Record<string, number> | null;
  standing?: Qdisc[];
  netem?: boolean;
  divides?: boolean;
  without?: string;
}

const STANDS: Qdisc = {
  ...{ device: 'tap0', kind: 'netem', handle: '7000', rate: 0, delay: 9_000 },
  leaf: null,
  target: 0,
};

function planned({ bond = {}, standing = [], ...change }: Change) {
  const config: Config = configOf(3);
  Object.assign(config.bond, { equalise: 'auto' }, bond);
  const devices = config.links
    .filter(({ tunnel }) => tunnel !== change.without)
    .map(({ tunnel }): DesiredDevice => {
      const rest = { kind: 'tap', mtu: 1426, master: 'bond0', carrier: 'free' } as const;
      return { ifname: tunnel, alias: '', ...rest };
    });
  const { delays = { link0: 13, link2: 0 } } = change;
  return planDelays(
    {
      config,
      abilities: change.netem === undefined ? {} : { netem: change.netem },
      actual: { qdiscs: new Map(standing.map((qdisc) => [qdisc.device, qdisc])) },
      delays: delays && new Map(Object.entries(delays)),
      divides: change.divides ?? true,
    },
    devices,
  );
}

const words = (change: Change): string[] =>
  planned(change).qdiscs.map(({ device, words: all }) => `${device} ${all.flat().join(' ')}`);

const codes = (change: Change): string[] => planned(change).problems.map(({ code }) => code);

describe('lines that are held back', () => {
  it('get a netem that says how long', () => {
    expect(words({})).toEqual([
      'tap0 root handle 7000: netem delay 13000us limit 4000',
      'tap2 root handle 7000: netem delay 0us limit 4000',
    ]);
    expect(words({ without: 'tap0' })).toHaveLength(1);
    expect(planned({}).problems).toEqual([]);
  });

  it('keep what an earlier daemon has left, until something is decided', () => {
    expect(words({ delays: null })).toEqual([]);
    expect(words({ delays: null, standing: [STANDS] })).toEqual([
      'tap0 root handle 7000: netem delay 9000us limit 4000',
    ]);
    expect(words({ delays: {}, standing: [STANDS] })).toEqual([]);
  });

  it('are left alone where somebody else has put a queue, but not where our shaper was', () => {
    const cake: Qdisc = { ...STANDS, kind: 'cake', delay: 0, rate: 1e6, handle: '8001' };
    expect(words({ delays: { link0: 13 }, standing: [cake] })).toEqual([]);
    expect(words({ delays: { link0: 13 }, standing: [{ ...STANDS, handle: '1' }] })).toEqual([]);
    for (const handle of ['0', '6abc'])
      expect(words({ delays: { link0: 13 }, standing: [{ ...cake, handle }] })).toHaveLength(1);
  });

  it.each<[string, Change, string]>([
    ['the kernel cannot', { netem: false }, 'equalise-missing'],
    ['they are shaped', { bond: { shaping: 98 } }, 'equalise-shaping'],
    ['one tunnel at a time is used', { divides: false }, 'equalise-driver'],
  ])('are none where %s, and that is said', (_what, change, code) => {
    expect(planned(change).qdiscs).toEqual([]);
    expect(codes(change)).toEqual([code]);
    expect(codes({ ...change, bond: { ...change.bond, equalise: 'off' } })).toEqual([]);
  });

  it('are none with off', () => {
    expect(words({ bond: { equalise: 'off' } })).toEqual([]);
    expect(words({ bond: { equalise: 'off' }, delays: null, standing: [STANDS] })).toEqual([]);
    expect(codes({})).toEqual([]);
  });
});
