import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LinkConfig } from '../../../backend/src/config/types.ts';
import { openQuality, type Quality } from '../../../backend/src/daemon/quality.ts';
import type { LineSample } from '../../../backend/src/monitor/heartbeats.ts';
import { type LinkEvent, type Links, step } from '../../../backend/src/monitor/links.ts';
import { sendingShares } from '../../../backend/src/plan/shares.ts';
import { configOf, wansOf } from '../../fakes/config.ts';
import { testFolder } from '../../fakes/folder.ts';

const config = configOf(2);
const links = [
  { type: 'config', config, running: true } as const,
  { type: 'wans', config, wans: wansOf(2) } as const,
  ...config.links.map(({ name }): LinkEvent => {
    return { type: 'log', link: name, event: { kind: 'connected' } };
  }),
].reduce<Links>((known, event) => step(known, event, 0), new Map());
const place = { config, links, peer: new Map(), behind: () => null, copies: false };

const folder = testFolder();
let now: number;

beforeEach(() => {
  now = 0;
});

const file = () => folder.at('shares.json');
const open = (): Quality => openQuality(folder.path, () => now);

/** A second in which link 0 was full at 8 Mbit/s and link 1 at 2. */
function busy(): LineSample[] {
  return [8e6, 2e6].map((rate, index) => ({
    link: `link${index}`,
    rtt: 140,
    jitter: 1,
    loss: 0,
    queueTx: 80,
    queueTxMax: 80,
    queueRx: 0,
    lossTx: 0.01,
    lossRx: 0,
    sentTx: rate / 11_000,
    lostTx: rate / 1_100_000,
    beatsTx: 10,
    beatsLostTx: 0,
    deliveredTx: rate,
    txRate: rate * 1.01,
    rxRate: 0,
  }));
}

function pass(quality: Quality, seconds: number, samples = busy(), said = place): void {
  for (let second = 0; second < seconds; second += 1) {
    now += 1_000;
    quality.second(said, samples, new Set());
  }
}

describe('what was learned of the lines', () => {
  it('is left for the next daemon, and goes when this one ends in order', () => {
    const quality = open();
    pass(quality, 40);
    expect(quality.rates(place).get('link0')).toBeGreaterThan(5e6);
    expect(existsSync(file())).toBe(false);
    pass(quality, 60);
    const kept = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, number>;
    expect(Object.keys(kept)).toEqual(['link0', 'link1']);
    expect(open().rates(place)).toEqual(new Map(Object.entries(kept)));
    quality.close();
    expect(existsSync(file())).toBe(false);
  });

  it('is nothing where the file is damaged', () => {
    for (const text of ['', '{', '[]', 'null', '{"link0":"x"}', '{"link0":-1}', '5']) {
      writeFileSync(file(), text);
      expect(open().rates(place).size, text).toBe(0);
    }
  });

  it('says how long quick links are held back, by what the other end says of those in use', () => {
    const quality = open();
    expect(quality.delays()).toBeNull();
    const said: Record<string, number> = { link0: 0, link1: 12 };
    const auto = { ...config, bond: { ...config.bond, equalise: 'auto' as const } };
    const tell = (changes: Partial<Parameters<Quality['second']>[0]> = {}): void => {
      for (let second = 0; second < 8; second += 1) {
        now += 1_000;
        const behind = (link: string) => said[link] ?? null;
        quality.second({ ...place, config: auto, behind, ...changes }, [], new Set());
      }
    };
    tell();
    expect(quality.delays()).toEqual(new Map([['link0', 12]]));
    const out: LinkEvent = { type: 'heartbeat', link: 'link1', silent: true };
    tell({ links: step(links, out, 0) });
    expect(quality.delays()).toEqual(new Map([['link0', 0]]));
    tell();
    expect(quality.delays()).toEqual(new Map([['link0', 12]]));
    tell({ config: { ...config, bond: { ...config.bond, equalise: 'off' } } });
    expect(quality.delays()).toEqual(new Map());
  });

  it('says how long packets may wait by the round trips of links in use', () => {
    const quality = open();
    const slow = busy().map((sample, at) => ({ ...sample, rtt: [30, 60][at] ?? null }));
    const shaped = { ...place, config: { ...config, bond: { ...config.bond, shaping: 98 } } };
    pass(quality, 10, slow, shaped);
    expect(quality.target()).toBeNull();
    pass(quality, 1, slow, shaped);
    expect(quality.target()).toBe(40);
    const out: LinkEvent = { type: 'heartbeat', link: 'link1', silent: true };
    pass(quality, 11, slow, { ...shaped, links: step(links, out, 0) });
    expect(quality.target()).toBe(20);
    // Unshaped lines have queues, and their round trips say something else.
    pass(quality, 11, slow);
    expect(quality.target()).toBeNull();
  });

  it('counts no lost heartbeats against a link whose packets are sent twice', () => {
    const parkedWith = (sendTwice: LinkConfig['sendTwice']): string[] => {
      const lossy = config.links.map((link) => ({ ...link, upload: 16e6, sendTwice }));
      const quality = open();
      const idle = { queueTx: 0, queueTxMax: 0, lostTx: 0, lossTx: 0 };
      const samples = busy().map((sample, at) => ({ ...sample, ...idle, beatsLostTx: at }));
      for (let second = 0; second < 60; second += 1) {
        now += 1_000;
        quality.second({ ...place, config: { ...config, links: lossy } }, samples, new Set());
      }
      return [...quality.parked().keys()];
    };
    expect(parkedWith('never')).toEqual(['link1']);
    expect(parkedWith('always')).toEqual([]);
  });

  it('counts nothing of what an outage lost against a link: it is back, and loses nothing', () => {
    const given = config.links.map((link) => ({ ...link, upload: 16e6, maxLoss: 1 }));
    const quality = open();
    const idle = { rtt: 20, queueTx: 0, queueTxMax: 0, lostTx: 0, lossTx: 0, deliveredTx: 1e6 };
    let known: Links = links;
    const play = (seconds: number, silent: boolean, lost = 0): void => {
      known = step(known, { type: 'heartbeat', link: 'link1', silent }, now);
      const none = {
        sentTx: null,
        lostTx: null,
        beatsTx: null,
        beatsLostTx: null,
        deliveredTx: null,
      };
      const told = lost === 0 && silent ? none : { lostTx: lost, beatsLostTx: lost };
      const samples = busy().map((sample, at) => ({ ...sample, ...idle, ...(at === 1 && told) }));
      pass(quality, seconds, samples, {
        ...place,
        links: known,
        config: { ...config, links: given },
      });
    };
    for (let outage = 0; outage < 8; outage += 1) {
      play(20, false);
      play(9, true);
      // The first figures after it come while the line is not trusted yet, or just when it is.
      play(1, outage % 2 === 0, 90);
    }
    play(20, false);
    expect([...quality.parked().keys()]).toEqual([]);
  });

  describe('a link that was parked for its loss begins with a small share', () => {
    const quiet = {
      ...{ rtt: 60, queueTx: 0, queueTxMax: 0 },
      ...{ lostTx: 0, lossTx: 0, deliveredTx: 1e6, sentTx: 90 },
    };
    const given = {
      ...place,
      config: {
        ...config,
        links: config.links.map((link, at) => ({ ...link, upload: [8e6, 2e6][at] ?? null })),
      },
    };
    /** Until it is tried. */
    const tried = (said: typeof place): Quality => {
      const quality = open();
      pass(quality, 20, busy(), said);
      const lossy = busy().map((sample, at) => ({ ...sample, ...quiet, lostTx: 2 * at }));
      const until = now + 60_000;
      while (quality.parked().size === 0 && now < until) pass(quality, 1, lossy, said);
      const from = now;
      expect([...quality.parked().keys()]).toEqual(['link1']);
      while (quality.parked().size > 0) pass(quality, 1, idle(), said);
      expect(now - from).toBe(30_000);
      return quality;
    };
    const idle = (): LineSample[] =>
      busy().map((sample, at) => (at === 0 ? sample : { ...sample, ...quiet, sentTx: 0 }));

    it('where shares are learned', () => {
      const rates = tried(place).rates(place);
      expect(rates.get('link0')).toBeGreaterThan(7e6);
      expect(rates.get('link1')).toBeLessThan(0.8e6);
    });

    it('where rates are given, and those of the others are as they are given', () => {
      const quality = tried(given);
      expect([...quality.rates(given).keys()]).toEqual(['link1']);
      expect(quality.rates(given).get('link1')).toBeLessThan(0.8e6);
      const shares = sendingShares(given.config, given.peer, quality.rates(given));
      expect(shares.get('link0')).toBe(8e6);
      expect(shares.get('link1')).toBeLessThan(0.8e6);
    });

    it('and has its own again when it was full, no heartbeats are left, or nothing is to be parked', () => {
      const quality = tried(given);
      pass(quality, 20, busy(), given);
      expect(quality.rates(given).size).toBe(0);
      const deaf = tried(given);
      pass(deaf, 1, [], given);
      expect(deaf.rates(given).size).toBe(0);
      const off = { ...given.config, bond: { ...config.bond, parking: false } };
      const used = tried(given);
      pass(used, 1, idle(), { ...given, config: off });
      expect(used.rates(given).size).toBe(0);
    });
  });

  describe('a link whose packets are sent twice, where that is better', () => {
    const able = { ...place, copies: true };
    const given = {
      ...able,
      config: {
        ...config,
        links: config.links.map((link, at) => ({ ...link, upload: [8e6, 2e6][at] ?? null })),
      },
    };
    const quiet = { rtt: 60, queueTx: 0, queueTxMax: 0, lostTx: 0, lossTx: 0 };
    /** The second loses packets, so that one connection has 2 Mbit/s over both. */
    const lossy = (): LineSample[] =>
      busy().map((sample, at) => ({ ...sample, ...quiet, deliveredTx: 1e6, lostTx: 4 * at }));
    const begun = (said: typeof place): Quality => {
      const quality = open();
      pass(quality, 20, busy(), said);
      for (let second = 0; second < 40 && quality.twice().size === 0; second += 1)
        pass(quality, 1, lossy(), said);
      expect([...quality.twice().keys()]).toEqual(['link1']);
      expect(quality.parked().size).toBe(0);
      return quality;
    };

    it('has half of the rate that is given, and all of it when the kernel cannot any more', () => {
      const quality = begun(given);
      expect(quality.rates(given)).toEqual(new Map([['link1', 1e6]]));
      expect(quality.twice().get('link1')).toMatchObject({ code: 'link-twice', severity: 'info' });
      pass(quality, 1, lossy(), { ...given, copies: false });
      expect(quality.twice().size).toBe(0);
      expect(quality.rates(given).size).toBe(0);
    });

    it('has half of the rate that is learned', () => {
      const rate = begun(able).rates(able).get('link1') ?? 0;
      expect(rate).toBeGreaterThan(0.8e6);
      expect(rate).toBeLessThan(1.2e6);
    });

    it('is none without heartbeats, where nothing is to be parked, or its option says no', () => {
      const deaf = begun(given);
      pass(deaf, 1, [], given);
      expect(deaf.twice().size).toBe(0);
      expect(deaf.rates(given).size).toBe(0);
      const off = begun(given);
      const bond = { ...config.bond, parking: false };
      pass(off, 1, lossy(), { ...given, config: { ...given.config, bond } });
      expect(off.twice().size).toBe(0);
      const never = begun(given);
      const links = given.config.links.map((link) => ({ ...link, sendTwice: 'never' as const }));
      pass(never, 1, lossy(), { ...given, config: { ...given.config, links } });
      expect(never.twice().size).toBe(0);
      expect(never.rates(given).size).toBe(0);
    });
  });

  it('does not change while nobody hears anything', () => {
    const quality = open();
    pass(quality, 40);
    const before = quality.rates(place);
    pass(quality, 100, []);
    expect(quality.rates(place)).toBe(before);
    expect(quality.parked().size).toBe(0);
  });
});
