import { describe, expect, it } from 'vitest';
import type { Config, Role } from '../../../backend/src/config/types.ts';
import { type Problem, problem } from '../../../backend/src/errors.ts';
import type { Qdisc, Shaper } from '../../../backend/src/facts/qdiscs.ts';
import type { PeerLink } from '../../../backend/src/monitor/peer-messages.ts';
import { planShaping } from '../../../backend/src/plan/shaping.ts';
import { configOf } from '../../fakes/config.ts';

/** Two lines, 20/5 and 5/1 Mbit/s, shaped to 98 %. */
function shaped(role: Role = 'router', bond: Partial<Config['bond']> = {}): Config {
  const config = configOf(2, role);
  Object.assign(config.bond, { shaping: 98, ...bond });
  const rates = [
    { download: 20e6, upload: 5e6 },
    { download: 5e6, upload: 1e6 },
  ];
  config.links.forEach((link, at) => {
    Object.assign(link, rates[at]);
  });
  return config;
}

function planned(
  config: Config,
  shaper: Shaper | null = 'cake',
  peer: ReadonlyMap<number, PeerLink> = new Map(),
  twice: ReadonlyMap<string, Problem> = new Map(),
): ReturnType<typeof planShaping> {
  const devices = config.links.map(({ tunnel }) => ({
    ...{ ifname: tunnel, alias: '', kind: 'tun' as const, mtu: 1440, master: 'bond0' },
    carrier: 'free' as const,
  }));
  return planShaping(
    { config, abilities: { shaper }, actual: { qdiscs: new Map() }, peer, twice },
    devices,
  );
}

const wordsOf = (config: Config, shaper: 'cake' | 'tbf' = 'cake'): string[][] =>
  planned(config, shaper).qdiscs.map(({ words }) => words.map((each) => each.join(' ')));

describe('shaping', () => {
  it('is off by default', () => {
    expect(planned(shaped('router', { shaping: 0 }))).toEqual({ qdiscs: [], problems: [] });
  });

  it('takes the part of the rate in which each end sends', () => {
    expect(planned(shaped('router')).qdiscs.map(({ rate }) => rate)).toEqual([4.9e6, 0.98e6]);
    expect(planned(shaped('server')).qdiscs.map(({ rate }) => rate)).toEqual([19.6e6, 4.9e6]);
  });

  it('is half of it for a tunnel whose packets are sent twice, by the option or as was found', () => {
    const always = shaped('router');
    Object.assign(always.links[0] ?? {}, { sendTwice: 'always' });
    const found = new Map([['link1', problem('link-twice', "link 'link1'", { why: '' })]]);
    const { qdiscs } = planned(always, 'cake', new Map(), found);
    expect(qdiscs.map(({ rate }) => rate)).toEqual([2.45e6, 0.49e6]);
  });

  it('leaves room for the heartbeats, which go beside the tunnel', () => {
    const config = shaped('router', { heartbeatInterval: 100 });
    Object.assign(config.links[1] ?? {}, { heartbeatInterval: 1000 });
    // 90 bytes each on the line: 7200 and 720 bit/s.
    expect(planned(config).qdiscs.map(({ rate }) => rate)).toEqual([4_892_800, 979_280]);
  });

  it('counts each packet as long as it is on the line, with every kind of device', () => {
    const [[cakeTun = ''] = []] = wordsOf(shaped('router', { deviceType: 'tun' }));
    const [[cakeTap = ''] = []] = wordsOf(shaped('router', { deviceType: 'tap' }));
    expect(cakeTun).toMatch(
      /^root handle 6\w{3}: cake bandwidth 4900000bit besteffort overhead 66 rtt 400ms$/,
    );
    expect(cakeTap).toContain('overhead 80 ');
    for (const deviceType of ['tun', 'tap'] as const) {
      const [[root = '', leaf = ''] = []] = wordsOf(shaped('router', { deviceType }), 'tbf');
      expect(root).toContain('stab overhead 66 linklayer ethernet tbf rate 4900000bit burst ');
      expect(leaf).toMatch(/^parent 6\w{3}:1 fq_codel target 20ms interval 200ms /);
    }
  });

  it('has room for a whole packet in the burst, and for a thousandth of a second', () => {
    const burst = (config: Config): number[] =>
      wordsOf(config, 'tbf').map(([root = '']) => Number(/burst (\d+)/.exec(root)?.[1]));
    expect(burst(shaped('router', { mtu: 9000 }))).toEqual([9080, 9080]);
    const fast = shaped('server');
    for (const link of fast.links) link.download = 1e9;
    expect(burst(fast)).toEqual([122_500, 122_500]);
  });

  it('gives other contents another handle, and the same ones the same', () => {
    const handles = (config: Config, shaper: 'cake' | 'tbf' = 'cake'): string[] =>
      planned(config, shaper).qdiscs.map(({ handle }) => handle);
    const configs = [
      shaped(),
      shaped('router', { shaping: 97 }),
      shaped('router', { deviceType: 'tun' }),
    ];
    const all = [...configs.flatMap((config) => handles(config)), ...handles(shaped(), 'tbf')];
    expect(new Set(all).size).toBe(8);
    expect(handles(shaped())).toEqual(handles(shaped()));
    for (const handle of all) expect(handle).toMatch(/^6[0-9a-f]{3}$/);
  });

  describe('how long a flow’s packets may wait', () => {
    const decided = (target: number | null, standing: readonly number[], shaper: Shaper) => {
      const config = shaped('server');
      const devices = config.links.map(({ tunnel }) => ({
        ...{ ifname: tunnel, alias: '', kind: 'tap' as const, mtu: 1426, master: null },
        carrier: 'free' as const,
      }));
      const qdiscs = new Map(
        standing.map((each, at): [string, Qdisc] => [
          `tap${at}`,
          {
            ...{ device: `tap${at}`, kind: shaper, handle: '6001', rate: 1, delay: 0 },
            ...{ leaf: null, target: each },
          },
        ]),
      );
      const input = { config, abilities: { shaper }, actual: { qdiscs }, peer: new Map(), target };
      return planShaping(input, devices).qdiscs;
    };
    const named = (...args: Parameters<typeof decided>): string[] =>
      decided(...args).map(
        ({ words }) => /(target|rtt) \d+ms/.exec(words.flat().join(' '))?.[0] ?? '',
      );

    it('is what was decided', () => {
      expect(named(40, [20, 20], 'tbf')).toEqual(['target 40ms', 'target 40ms']);
      expect(named(40, [20, 20], 'cake')).toEqual(['rtt 800ms', 'rtt 800ms']);
    });

    it('is no part of the handle: it is changed in place', () => {
      for (const shaper of ['tbf', 'cake'] as const) {
        const [before, then] = [decided(20, [], shaper), decided(40, [], shaper)];
        expect(before.map(({ handle }) => handle)).toEqual(then.map(({ handle }) => handle));
        expect([...before, ...then].map(({ target }) => target)).toEqual([20, 20, 40, 40]);
      }
    });

    it('is what stands while nothing is decided, the usual 20 ms where nothing stands', () => {
      expect(named(null, [], 'tbf')).toEqual(['target 20ms', 'target 20ms']);
      expect(named(null, [40, 40], 'tbf')).toEqual(['target 40ms', 'target 40ms']);
      // One that has just been made has none yet, and a slow line's is longer.
      expect(named(null, [0, 40], 'tbf')).toEqual(['target 40ms', 'target 40ms']);
      expect(named(null, [120, 40], 'cake')).toEqual(['rtt 800ms', 'rtt 800ms']);
    });

    it('is never beyond what can be decided, whatever stands', () => {
      expect(named(null, [3, 3], 'tbf')).toEqual(['target 20ms', 'target 20ms']);
      expect(named(null, [900, 900], 'tbf')).toEqual(['target 60ms', 'target 60ms']);
    });
  });

  it('takes the rate that the peer tells where none is said here', () => {
    const config = shaped('server');
    for (const link of config.links) Object.assign(link, { download: null, upload: null });
    const told = { port: 1195, download: 3e6, upload: 1e6, weight: null };
    const { qdiscs, problems } = planned(config, 'cake', new Map([[1195, told]]));
    expect(qdiscs.map(({ device, rate }) => [device, rate])).toEqual([['tap1', 2.94e6]]);
    expect(problems).toMatchObject([{ code: 'shaping-rate', subject: "link 'link0'" }]);
    expect(problems[0]?.text).toContain("'download'");
  });

  it('says so where nothing can do it, and takes what stands where nobody has tried', () => {
    expect(planned(shaped(), null)).toMatchObject({
      qdiscs: [],
      problems: [{ code: 'shaping-missing' }],
    });
    const cake: Qdisc = {
      device: 'tap0',
      kind: 'cake',
      handle: '6001',
      rate: 1,
      delay: 0,
      leaf: null,
      target: 0,
    };
    const untried = (qdiscs: Map<string, Qdisc>): string[] =>
      planShaping({ config: shaped(), abilities: {}, actual: { qdiscs }, peer: new Map() }, [
        { ifname: 'tap0', alias: '', kind: 'tap', mtu: 1426, master: null, carrier: 'free' },
      ]).qdiscs.map(({ device, kind }) => `${device} ${kind}`);
    expect(untried(new Map())).toEqual(['tap0 tbf']);
    expect(untried(new Map([['tap0', cake]]))).toEqual(['tap0 cake']);
  });

  it('lets at least a packet and a half wait on a slow line', () => {
    const slow = shaped('router', { deviceType: 'tun', mtu: 1440 });
    for (const link of slow.links) link.upload = 5e5;
    const [[, leaf = ''] = []] = wordsOf(slow, 'tbf');
    // 1520 bytes at 490 kbit/s take 24.8 ms.
    expect(leaf).toContain('fq_codel target 38ms interval 380ms ');
  });

  it('never shapes to nothing', () => {
    expect(planned(shaped('router', { shaping: 0.001 })).qdiscs[1]?.rate).toBe(100_000);
  });
});
