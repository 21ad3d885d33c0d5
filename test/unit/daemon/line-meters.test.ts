import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type LineMeters, openLineMeters } from '../../../backend/src/daemon/line-meters.ts';
import type { Pings } from '../../../backend/src/effects/ping.ts';
import type { Wan } from '../../../backend/src/facts/wans.ts';
import { NO_FIGURES } from '../../../backend/src/monitor/latency.ts';
import { type Links, step } from '../../../backend/src/monitor/links.ts';
import { configOf, wanOf, wansOf } from '../../fakes/config.ts';
import { ruledBy } from '../../fakes/ruled.ts';

interface FakePing {
  source: string;
  server: string;
  started: number;
  ended: boolean;
  says: (text: string) => void;
  dies: () => void;
}

let config: Config;
let wans: Map<string, Wan>;
let links: Links;
let now: number;
let made: FakePing[];
let meters: LineMeters;

const pings: Pings = {
  start({ source, server }, says, dies) {
    const ping = { source, server, started: now, ended: false, says, dies };
    made.push(ping);
    return {
      end: () => {
        ping.ended = true;
      },
    };
  },
};

beforeEach(() => {
  config = configOf(2);
  config.bond.pingPeriod = 2;
  wans = new Map(wansOf(2));
  links = step(new Map(), { type: 'config', config, running: true }, 0);
  now = 0;
  made = [];
  meters = openLineMeters(pings, () => now);
});

const look = (actual = ruledBy(config, wans)) => meters.follow({ config, links, wans, actual });
const alive = () => made.filter(({ ended }) => !ended).map(({ source }) => source);
/** Seconds pass, one look in each; line 0 answers in `rtt` ms as long as that is given. */
function pass(seconds: number, rtt: number | null): void {
  for (let i = 0; i < seconds; i += 1) {
    now += 1_000;
    const ping = made.find(({ ended, source }) => !ended && source === '10.1.0.2');
    const since = now - (ping?.started ?? 0);
    const line = `24 bytes from 198.51.100.1: seq=${since / 2_000} ttl=64 time=${rtt}.000 ms`;
    if (rtt !== null && since % 2_000 === 0) ping?.says(line);
    look();
  }
}

describe('the meters', () => {
  it('run one ping for each line, as long as nothing changes', () => {
    look();
    pass(3_600, 20);
    expect(made.map(({ source }) => source)).toEqual(['10.1.0.2', '10.2.0.2']);
    expect(alive()).toEqual(['10.1.0.2', '10.2.0.2']);
  });

  it('give figures, and a loss of 100 % for the line that alone does not answer', () => {
    look();
    expect(meters.figuresOf('link0')).toEqual(NO_FIGURES);
    pass(4, null);
    expect(meters.figuresOf('link1')).toEqual(NO_FIGURES);
    pass(56, 20);
    expect(meters.figuresOf('link0')).toEqual({ latency: 20, jitter: 0, packetloss: 6.7 });
    expect(meters.figuresOf('link1')).toEqual({ latency: null, jitter: null, packetloss: 100 });
    expect(meters.figuresOf('nobody')).toEqual(NO_FIGURES);
  });

  it('know nothing of a server that answers nobody', () => {
    look();
    pass(120, null);
    expect(meters.figuresOf('link0')).toEqual(NO_FIGURES);
  });

  it('start another one for another address, server or period, and only for that line', () => {
    look();
    pass(10, 20);
    wans.set('wan0', { ...wanOf(0), address: '10.1.0.7' });
    look();
    expect(alive()).toEqual(['10.2.0.2', '10.1.0.7']);
    expect(meters.figuresOf('link0')).toEqual(NO_FIGURES);
    const [, second] = config.links;
    if (second !== undefined) second.server = '203.0.113.4';
    look();
    expect(made.at(-1)).toMatchObject({ source: '10.2.0.2', server: '203.0.113.4' });
    config.bond.pingPeriod = 5;
    look();
    expect(made).toHaveLength(6);
    expect(alive()).toHaveLength(2);
  });

  it('end them when the rules have gone, and at the end', () => {
    look();
    look({ ...ruledBy(config, wans), rules: [] });
    expect(alive()).toEqual([]);
    look();
    expect(alive()).toHaveLength(2);
    meters.close();
    expect(alive()).toEqual([]);
    expect(meters.figuresOf('link0')).toEqual(NO_FIGURES);
  });

  it('start one again that died: at first soon, then seldom, soon again after a reply', () => {
    look();
    const starts: number[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      now += 1_000;
      const count = made.length;
      for (const ping of made.filter((one) => one.source === '10.1.0.2' && !one.ended)) {
        ping.ended = true;
        ping.dies();
      }
      look();
      if (made.length > count) starts.push(now / 1_000);
    }
    expect(starts).toEqual([2, 8, 39, 340, 641, 942]);
  });

  it('do not take for lost what they were too busy to hear', () => {
    look();
    pass(60, 20);
    now += 40_000;
    expect(meters.figuresOf('link0').packetloss).toBe(0);
    look();
    // The answers that had waited are read meanwhile.
    for (let seq = 31; seq <= 50; seq += 1)
      made[0]?.says(`24 bytes from 198.51.100.1: seq=${seq} ttl=64 time=20.000 ms`);
    expect(meters.figuresOf('link0')).toEqual({ latency: 20, jitter: 0, packetloss: 0 });
  });
});
