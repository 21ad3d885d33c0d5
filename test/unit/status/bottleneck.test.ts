import { describe, expect, it } from 'vitest';
import {
  bottleneckOf,
  type Carried,
  type Evidence,
  type Flow,
  type JudgedLink,
} from '../../../backend/src/status/bottleneck.ts';

/** Packets of 1388 bytes of payload in 5 s. */
const carried = (mbit: number, lost = 0): Carried => {
  const arrived = Math.round((mbit * 1e6 * 5) / 8 / 1388);
  return { sent: Math.round(arrived / (1 - lost)), arrived, rate: mbit * 1e6 };
};
const flow = (mbit: number, more: Partial<Flow> = {}): Flow => {
  return { rate: mbit * 1e6, busy: 0.3, peerBusy: 0.2, rtt: 40, ...more };
};
/** A line that brings `alone`, and carried `inBond` with so much loss. */
const line = (name: string, alone: number, inBond: number, lost = 0): JudgedLink => {
  const judged = { name, alone: flow(alone), carried: carried(inBond, lost), pingLoss: 0 };
  return { ...judged, carriedAlone: carried(alone, lost) };
};
const evidence = (bond: number | null, links: JudgedLink[], more: Partial<Evidence> = {}) => {
  const all = { role: 'router', payload: 0.92, window: 6e6, ...more } as const;
  return bottleneckOf({ ...all, links, bond: all.bond ?? (bond === null ? null : flow(bond)) });
};

const equal = [line('a', 11, 10.8), line('b', 12, 11.8)];
const starved = [line('fast', 18.4, 3.6), line('slow', 4.6, 3.6, 0.01)];

describe('what keeps a bond from being faster', () => {
  it('is the lines, when it brings what encapsulation leaves', () => {
    expect(evidence(22.6, equal)).toEqual({
      limit: 'lines',
      text: 'lines 25.0 Mbit/s, bond 22.6 Mbit/s (98 % of what encapsulation leaves); limit: the lines',
      fix: null,
    });
    expect(evidence(23.4, equal)?.text).toContain('(100 %');
  });

  it('is the lines, and one of them loses packets', () => {
    const [a, b] = equal;
    const lossy = [{ ...(a as JudgedLink), pingLoss: 0.033 }, b as JudgedLink];
    expect(evidence(22.6, lossy)?.text).toContain("limit: the lines, of which 'a' loses 3.3 %");
  });

  it.each([
    ['router', { busy: 0.97 }, 'cpu', "this router's CPU (one core 97 % busy)"],
    ['server', { busy: 1.2 }, 'cpu', "this server's CPU (one core 100 % busy)"],
    ['router', { peerBusy: 0.94 }, 'peer-cpu', "the server's CPU (one core 94 % busy)"],
    ['server', { peerBusy: 0.94, busy: 0.91 }, 'peer-cpu', "the router's CPU (one core 94 % busy)"],
  ] as const)('is a processor: asked on the %s, %j', (role, more, limit, text) => {
    const verdict = evidence(null, starved, { role, bond: flow(8, more) });
    expect(verdict?.limit).toBe(limit);
    expect(verdict?.text).toContain(`(35 % of what encapsulation leaves); limit: ${text}`);
  });

  it('is a processor also when the lines alone were no faster for it', () => {
    expect(evidence(null, equal, { bond: flow(22.6, { busy: 0.95 }) })?.limit).toBe('cpu');
  });

  it('is the share of the slow line (round robin over 20 and 5)', () => {
    const verdict = evidence(7.1, starved);
    expect(verdict?.limit).toBe('shares');
    expect(verdict?.text).toContain(
      "limit: unequal lines: 'slow' is full with 50 % of the packets, 'fast' could carry more",
    );
    expect(verdict?.fix).toContain("'download' and 'upload'");
  });

  it('is one line alone in active-backup', () => {
    const verdict = evidence(10.8, [line('a', 11, 11), line('b', 12, 0.05)]);
    expect(verdict?.limit).toBe('shares');
    expect(verdict?.text).toContain("only 'a' carried it");
  });

  it('is not the shares where they follow the rates', () => {
    const fair = [line('fast', 18.4, 12), line('slow', 4.6, 3)];
    expect(evidence(14.5, fair)?.limit).toBe('unknown');
  });

  it('is loss on one line, also where the shares are not the best', () => {
    const lte = [line('dsl', 14.7, 2.6), line('lte', 11, 2.6, 0.005)];
    const verdict = evidence(5, lte);
    expect(verdict?.limit).toBe('loss');
    expect(verdict?.text).toContain("limit: loss on 'lte' (0.5 %)");
  });

  it('is not loss on a line that is full: it must lose what is too much', () => {
    const fullish = [line('a', 11, 10.2, 0.01), line('b', 12, 11.2, 0.01)];
    expect(evidence(21, fullish)?.limit).toBe('lines');
  });

  it('is not loss where a few packets were sent', () => {
    const few = { sent: 100, arrived: 90, rate: 0.2e6 };
    const links = starved.map((link) => ({ ...link, carried: few }));
    expect(evidence(1, links)?.limit).not.toBe('loss');
  });

  it("is the server's line where all lose and none does alone", () => {
    const links = [line('a', 50, 30, 0.01), line('b', 50, 30, 0.012)].map((link) => {
      return { ...link, carriedAlone: carried(50, 0.0001) };
    });
    const verdict = evidence(60, links);
    expect(verdict?.limit).toBe('peer-line');
    expect(verdict?.text).toContain('up to 1.2 %');
    expect(verdict?.fix).toContain("ask the server's provider");
    expect(evidence(60, links, { role: 'server' })?.fix).toContain("this server's provider");
  });

  it('is what pings lose, where the other end does not tell its counters', () => {
    const blind = starved.map((link) => ({ ...link, carried: null, carriedAlone: null }));
    expect(evidence(7, blind)?.limit).toBe('unknown');
    const [fast, slow] = blind as [JudgedLink, JudgedLink];
    const verdict = evidence(7, [fast, { ...slow, pingLoss: 0.033 }]);
    expect(verdict?.text).toContain("limit: loss on 'slow' (3.3 %)");
  });

  it("is TCP's window at a long round trip", () => {
    const far = [line('a', 180, 80), line('b', 180, 80)];
    const verdict = evidence(null, far, { bond: flow(160, { rtt: 60 }), window: 2e6 });
    expect(verdict?.limit).toBe('window');
    expect(verdict?.text).toContain('(1.0 MB at a round trip of 60 ms)');
    expect(evidence(160, far, { window: null })?.limit).toBe('unknown');
  });

  it("is the lines' delays where nothing else is", () => {
    const [a, b] = [line('a', 11, 8), line('b', 12, 8)];
    const slow = { ...b, alone: flow(12, { rtt: 90 }) };
    expect(evidence(15, [a, slow])?.limit).toBe('delay');
    expect(evidence(15, [a, slow])?.text).toContain('(40 to 90 ms)');
    expect(evidence(15, [a, b])?.limit).toBe('unknown');
  });

  it('is nothing to speak of without a bond, but for a processor', () => {
    expect(evidence(null, equal)).toBeNull();
    const busy = { ...(equal[0] as JudgedLink), alone: flow(300, { peerBusy: 0.99 }) };
    expect(evidence(null, [busy])?.text).toBe("limit: the server's CPU (one core 99 % busy)");
    expect(evidence(0, [])).toBeNull();
  });
});
