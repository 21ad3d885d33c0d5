import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { heartbeatLinks } from '../../../backend/src/daemon/heartbeat-links.ts';
import { type LinkEvent, type Links, step } from '../../../backend/src/monitor/links.ts';
import { configOf, wanOf, wansOf } from '../../fakes/config.ts';
import { ruledBy } from '../../fakes/ruled.ts';

let config: Config;
let links: Links;
let wans: ReturnType<typeof wansOf>;

function use(role: 'router' | 'server'): void {
  config = configOf(2, role);
  config.bond.heartbeatInterval = 100;
  wans = wansOf(2);
  const connected = config.links.map(({ name }): LinkEvent => {
    return { type: 'log', link: name, event: { kind: 'connected' } };
  });
  const events: LinkEvent[] = [
    { type: 'config', config, running: true },
    { type: 'wans', config, wans },
    ...connected,
  ];
  links = events.reduce<Links>((known, event) => step(known, event, 0), new Map());
}

beforeEach(() => use('router'));

const found = (refused: string[] = []) =>
  heartbeatLinks({ config, links, wans, actual: ruledBy(config, wans) }, new Set(refused));
const names = () => found().map(({ name }) => name);

describe('heartbeats', () => {
  it('go from each WAN’s own address to the server, by the port of its tunnel', () => {
    expect(found(['link1'])).toEqual([
      {
        name: 'link0',
        id: 1194,
        interval: 100,
        localAddress: '10.1.0.2',
        server: { address: '198.51.100.1', port: 1258 },
        device: 'tap0',
        out: false,
        largest: 1492,
      },
      expect.objectContaining({ name: 'link1', id: 1195, localAddress: '10.2.0.2', out: true }),
    ]);
  });

  it('are listened for at the server, whatever the way to the router', () => {
    use('server');
    expect(found()[1]).toEqual({
      name: 'link1',
      id: 1195,
      interval: 100,
      localAddress: null,
      server: null,
      device: 'tap1',
      out: false,
      largest: 1492,
    });
  });

  it('are there only while the tunnel is connected', () => {
    const event = { kind: 'lost', reason: 'ping-restart', text: '' } as const;
    links = step(links, { type: 'log', link: 'link0', event }, 0);
    expect(names()).toEqual(['link1']);
    // Also of a line that is silent or parked: how else would it come back?
    links = step(links, { type: 'heartbeat', link: 'link1', silent: true }, 0);
    expect(names()).toEqual(['link1']);
  });

  it('have the link’s own rhythm, or none', () => {
    const [first, second] = config.links;
    if (first) first.heartbeatInterval = 5_000;
    if (second) second.heartbeatInterval = 0;
    expect(found().map(({ name, interval }) => [name, interval])).toEqual([['link0', 5_000]]);
    config.bond.heartbeatInterval = 0;
    expect(names()).toEqual(['link0']);
  });

  it('cannot be told apart where a mark or a port would be needed', () => {
    wans = new Map(wans).set('wan1', { ...wanOf(1), address: wanOf(0).address });
    expect(names()).toEqual([]);
    use('router');
    const [, second] = config.links;
    if (second) second.remotePort = 1194;
    expect(names()).toEqual([]);
  });
});
