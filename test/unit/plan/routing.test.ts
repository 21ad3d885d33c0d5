import { describe, expect, it } from 'vitest';
import type { LinkState } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { planServerRules, planSourceRoute } from '../../../backend/src/plan/routing.ts';
import { configOf, linkOf, wanOf } from '../../fakes/config.ts';

function stateOf(index: number, peer: string | null): LinkState {
  const known = step(new Map(), { type: 'config', config: configOf(4), running: true }, 0);
  const state = known.get(`link${index}`);
  if (state === undefined) throw new Error(`no link ${index}`);
  return { ...state, peer };
}

const link = (index: number, server: string, peer: string | null = null) => ({
  config: { ...linkOf(index), server },
  state: stateOf(index, peer),
});

const told = (...links: ReturnType<typeof link>[]) =>
  planServerRules(links).map(({ priority, to, table }) => `${priority} ${to} ${table}`);

describe('the rules that keep the way to the servers out of the bond', () => {
  it('are one for each server, with the number of its first link', () => {
    const links = [link(0, '192.0.2.1'), link(1, '192.0.2.1'), link(2, '192.0.2.9')];
    expect(told(...links)).toEqual(['20130 192.0.2.1 main', '20132 192.0.2.9 main']);
  });

  it('take the address of a named server from its tunnel, once that has connected', () => {
    expect(told(link(0, 'vpn.example.org'))).toEqual([]);
    expect(told(link(0, 'vpn.example.org', '192.0.2.7:1194'))).toEqual(['20130 192.0.2.7 main']);
    const both = [link(0, 'vpn.example.org', '192.0.2.7:1194'), link(1, '192.0.2.7')];
    expect(told(...both)).toEqual(['20130 192.0.2.7 main']);
  });
});

describe("a link's table", () => {
  const routes = (prefix: number) =>
    planSourceRoute(linkOf(0), { ...wanOf(0), prefix }, false).routes.map(
      ({ type, dst, device, metric }) => `${type} ${dst} ${device} ${metric}`,
    );

  it("has the WAN's own network, the default route, and what refuses behind it", () => {
    expect(routes(20)).toEqual([
      'unicast 10.1.0.0/20 eth0 0',
      'unicast default eth0 0',
      'prohibit default null 65535',
    ]);
  });

  it('has no network where there is but one neighbour', () => {
    expect(routes(32)).toEqual(['unicast default eth0 0', 'prohibit default null 65535']);
  });

  it('is empty while the WAN has no address', () => {
    const wan = { ...wanOf(0), address: null };
    expect(planSourceRoute(linkOf(0), wan, false)).toEqual({ rules: [], routes: [] });
  });
});
