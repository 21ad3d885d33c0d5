import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import type { Wan } from '../../../backend/src/facts/wans.ts';
import { type Links, step } from '../../../backend/src/monitor/links.ts';
import { pingTargets } from '../../../backend/src/monitor/ping-targets.ts';
import { configOf, wanOf, wansOf } from '../../fakes/config.ts';
import { ruledBy } from '../../fakes/ruled.ts';

let config: Config;
let wans: Map<string, Wan>;
let links: Links;

beforeEach(() => {
  config = configOf(2);
  config.bond.pingPeriod = 2;
  wans = new Map(wansOf(2));
  links = step(new Map(), { type: 'config', config, running: true }, 0);
});

const targets = (actual = ruledBy(config, wans)) =>
  Object.fromEntries(pingTargets({ config, links, wans, actual }));
const change = (name: string, changes: Partial<Wan>) =>
  wans.set(name, { ...wanOf(Number(name.slice(3))), ...changes });

describe('what is asked', () => {
  it('is the server, from each WAN’s own address', () => {
    expect(targets()).toEqual({
      link0: { source: '10.1.0.2', server: '198.51.100.1', period: 2 },
      link1: { source: '10.2.0.2', server: '198.51.100.1', period: 2 },
    });
  });

  it('is nothing with a period of 0', () => {
    config.bond.pingPeriod = 0;
    expect(targets()).toEqual({});
  });

  it('is nothing before the source rules stand, and after they have gone', () => {
    expect(targets({ ...ruledBy(config, wans), rules: [] })).toEqual({});
    expect(Object.fromEntries(pingTargets({ config, links, wans, actual: null }))).toEqual({});
    const before = ruledBy(config, wans);
    change('wan1', { address: '10.2.0.99' });
    expect(Object.keys(targets(before))).toEqual(['link0']);
  });

  it('is nothing over a WAN that is down or has no address', () => {
    const actual = ruledBy(config, wans);
    change('wan0', { up: false });
    expect(Object.keys(targets(actual))).toEqual(['link1']);
    change('wan0', { address: null });
    expect(Object.keys(targets(actual))).toEqual(['link1']);
  });

  it('is a server given by name at the address its tunnel has found', () => {
    for (const link of config.links) link.server = 'vps.example.com';
    expect(targets()).toEqual({});
    const event = { kind: 'peer-connected', cn: 'x', address: '203.0.113.9:1194' } as const;
    links = step(links, { type: 'log', link: 'link1', event }, 0);
    expect(targets()).toMatchObject({ link1: { server: '203.0.113.9' } });
    expect(Object.keys(targets())).toEqual(['link1']);
  });

  it('is nothing over lines that only a mark tells apart', () => {
    change('wan1', { address: '10.1.0.2' });
    expect(targets()).toEqual({});
    change('wan1', { address: '10.1.0.2', up: false });
    expect(Object.keys(targets())).toEqual(['link0']);
  });

  it('is asked over two links of one line', () => {
    for (const link of config.links) link.interface = 'wan0';
    expect(Object.keys(targets())).toEqual(['link0', 'link1']);
  });
});
