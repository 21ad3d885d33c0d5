import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import type { PeerLink } from '../../../backend/src/monitor/peer-messages.ts';
import { sendingShares, slotsOf, type Weight } from '../../../backend/src/plan/shares.ts';
import { configOf } from '../../fakes/config.ts';

const NOBODY = new Map<number, PeerLink>();
const NOTHING_LEARNED = new Map<string, number>();

function peerOf(...links: Partial<PeerLink>[]): Map<number, PeerLink> {
  return new Map(
    links.map((link, at) => [
      1194 + at,
      { port: 1194 + at, download: null, upload: null, weight: null, ...link },
    ]),
  );
}

/** The shares of two links, after changes to the configuration. */
function sharesOf(
  change: (config: Config) => void,
  { role = 'router' as Config['role'], peer = NOBODY, learned = NOTHING_LEARNED } = {},
): number[] {
  const config = configOf(2, role);
  change(config);
  return [...sendingShares(config, peer, learned).values()];
}

function give(config: Config, option: 'weight' | 'download' | 'upload', values: (number | null)[]) {
  values.forEach((value, at) => {
    Object.assign(config.links[at] ?? {}, { [option]: value });
  });
}

describe('what an end sends over each link', () => {
  it('is half as much where each packet is sent twice', () => {
    const twice = (config: Config): void => {
      give(config, 'upload', [4e6, 4e6]);
      Object.assign(config.links[1] ?? {}, { sendTwice: 'always' });
    };
    expect(sharesOf(twice)).toEqual([4e6, 2e6]);
  });

  it('is the same where nothing is said', () => {
    expect(sharesOf(() => undefined)).toEqual([1, 1]);
  });

  it('is its own weight first; a link without one counts as 1', () => {
    const learned = new Map([['link0', 5]]);
    const peer = peerOf({ upload: 1, weight: 9 }, { upload: 1, weight: 9 });
    const shares = sharesOf((config) => give(config, 'weight', [4, null]), { peer, learned });
    expect(shares).toEqual([4, 1]);
  });

  it('is the rate of its direction', () => {
    const rates = (config: Config): void => {
      give(config, 'download', [20e6, 5e6]);
      give(config, 'upload', [5e6, 1e6]);
    };
    expect(sharesOf(rates)).toEqual([5e6, 1e6]);
    expect(sharesOf(rates, { role: 'server' })).toEqual([20e6, 5e6]);
  });

  it('takes rates of the peer for those that are missing, by the port at the server', () => {
    const peer = peerOf({ download: 20e6, upload: 7e6 }, { download: 5e6, upload: 1e6 });
    const own = (config: Config): void => give(config, 'upload', [5e6, null]);
    expect(sharesOf(own, { peer })).toEqual([5e6, 1e6]);
    expect(sharesOf(() => undefined, { peer, role: 'server' })).toEqual([20e6, 5e6]);
  });

  it('takes no rates unless every link has one', () => {
    expect(sharesOf((config) => give(config, 'upload', [5e6, null]))).toEqual([1, 1]);
  });

  it('follows the weights of the peer where nothing is said here', () => {
    expect(sharesOf(() => undefined, { peer: peerOf({ weight: 3 }, {}) })).toEqual([3, 1]);
  });

  it('is what was learned in the end; what is new counts as the mean', () => {
    const learned = new Map([['link0', 12e6]]);
    expect(sharesOf(() => undefined, { learned })).toEqual([12e6, 12e6]);
    const both = new Map([...learned, ['link1', 4e6] as const]);
    expect(sharesOf(() => undefined, { learned: both })).toEqual([12e6, 4e6]);
    const fixed = (config: Config): void => {
      config.bond.shares = 'fixed';
    };
    expect(sharesOf(fixed, { learned: both })).toEqual([1, 1]);
  });

  it('takes lines for equal whose learned rates are so but for some percent', () => {
    const learned = new Map([
      ['link0', 6.2e6],
      ['link1', 5.9e6],
    ]);
    expect(sharesOf(() => undefined, { learned })).toEqual([6.05e6, 6.05e6]);
    learned.set('link1', 5.7e6);
    expect(sharesOf(() => undefined, { learned })).toEqual([6.2e6, 5.7e6]);
  });

  it('does not take rates that are given for equal', () => {
    expect(sharesOf((config) => give(config, 'upload', [6.2e6, 6e6]))).toEqual([6.2e6, 6e6]);
  });

  it('does not ask links that are switched off', () => {
    const off = (config: Config): void => {
      give(config, 'upload', [5e6, 1e6]);
      Object.assign(config.links[1] ?? {}, { enabled: false, upload: null });
    };
    expect(sharesOf(off)).toEqual([5e6]);
  });
});

function weightsOf(...weights: number[]): Weight[] {
  return weights.map((weight, at) => ({ device: `tun${at}`, weight }));
}

/** How many slots each device has. */
function countsOf(slots: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  return counts;
}

/** The most packets that wait for a line whose rate is its part of the slots, two rounds long. */
function longestQueue(slots: readonly string[], device: string, count: number): number {
  const rate = count / slots.length;
  let waiting = 0;
  let longest = 0;
  for (const slot of [...slots, ...slots]) {
    waiting = Math.max(0, waiting - rate) + (slot === device ? 1 : 0);
    longest = Math.max(longest, waiting);
  }
  return longest;
}

describe('the round', () => {
  it.each<[number[], string]>([
    [[20, 5], '00100'],
    [[5, 1], '000100'],
    [[1, 1, 1], '012'],
    [[2, 1, 1], '0120'],
    [[7], '0'],
    [[0, 3], '1'],
    [[0, 0], ''],
  ])('of %j is %s', (weights, expected) => {
    const slots = slotsOf(weightsOf(...weights));
    expect(slots.map((slot) => slot.slice(-1)).join('')).toBe(expected);
  });

  it('is as long as it must be', () => {
    expect(slotsOf(weightsOf(100, 12))).toHaveLength(28);
    expect(slotsOf(weightsOf(16.2e6, 8.1e6))).toHaveLength(3);
    expect(slotsOf(weightsOf(100, 1))).toHaveLength(101);
  });

  it('has no place for a link that one slot would be far too much for', () => {
    expect(slotsOf(weightsOf(1_000, 1, 1_000))).toEqual(['tun0', 'tun2']);
  });

  const several = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

  it('gives each at least one slot, and none much more than its part', () => {
    fc.assert(
      fc.property(several, (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const slots = slotsOf(weightsOf(...weights));
        const counts = countsOf(slots);
        expect(slots.length).toBeLessThanOrEqual(Math.max(64, total));
        weights.forEach((weight, at) => {
          const part = (counts.get(`tun${at}`) ?? 0) / slots.length / (weight / total);
          expect(counts.get(`tun${at}`) ?? 0).toBeGreaterThan(0);
          // What is too much for one line is what all of them lose.
          expect(part).toBeLessThan(weights.length > 4 ? 1.12 : 1.04);
        });
      }),
    );
  });

  it('is even: no line that has its rate ever has three packets to send', () => {
    fc.assert(
      fc.property(several, (weights) => {
        const slots = slotsOf(weightsOf(...weights));
        for (const [device, count] of countsOf(slots))
          expect(longestQueue(slots, device, count)).toBeLessThan(3);
      }),
    );
  });

  it('changes nothing about two lines that come one after the other in any order', () => {
    const one = countsOf(slotsOf(weightsOf(3, 8, 2)));
    const other = countsOf(slotsOf(weightsOf(2, 8, 3)));
    expect([one.get('tun0'), one.get('tun1')]).toEqual([other.get('tun2'), other.get('tun1')]);
  });
});
