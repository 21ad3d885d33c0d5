import { describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import type { HeartbeatState } from '../../../backend/src/monitor/heartbeats.ts';
import type { LinkEvent, Links } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import type { PeerLink } from '../../../backend/src/monitor/peer-messages.ts';
import { beatFigures, heartbeatView, weightsOf } from '../../../backend/src/status/line-view.ts';
import { configOf, wansOf } from '../../fakes/config.ts';

const ALIVE: HeartbeatState = {
  verdict: 'alive',
  interval: 100,
  rtt: 20.04,
  jitter: 1.26,
  loss: 0.0123,
  heardAgo: 50,
  peerHears: true,
  peerOut: false,
  behind: 12.5,
  pathMtu: 1400,
};

describe('the figures of a line', () => {
  it('are those of its heartbeats, rounded', () => {
    expect(beatFigures(ALIVE)).toEqual({ latency: 20, jitter: 1.3, packetloss: 1.2 });
    expect(heartbeatView(ALIVE)).toEqual({
      state: 'alive',
      interval: 100,
      rtt: 20,
      peer_out: false,
      behind: 12.5,
      path_mtu: 1400,
    });
  });

  it('are those of pings before any is heard, or where there are none', () => {
    expect(beatFigures({ ...ALIVE, verdict: 'unknown' })).toBeNull();
    expect(beatFigures(null)).toBeNull();
    expect(heartbeatView(null)).toBeNull();
  });

  it('do not look well when it is dead', () => {
    const dead = beatFigures({ ...ALIVE, verdict: 'silent' });
    expect(dead).toEqual({ latency: null, jitter: null, packetloss: 100 });
  });
});

describe('the weights', () => {
  const up = (config: Config, ...events: LinkEvent[]): Links => {
    const all: LinkEvent[] = [
      { type: 'config', config, running: true },
      { type: 'wans', config, wans: wansOf(config.links.length) },
      ...config.links.map(({ name }): LinkEvent => {
        return { type: 'log', link: name, event: { kind: 'connected' } };
      }),
      ...events,
    ];
    return all.reduce<Links>((links, event) => step(links, event, 0), new Map());
  };
  const none = { peer: new Map<number, PeerLink>(), learned: new Map<string, number>() };
  const withRates = (config: Config): Config => {
    const rates = [
      { download: 20e6, upload: 5e6 },
      { download: 5e6, upload: 1e6 },
    ];
    return {
      ...config,
      links: config.links.map((link, at) => ({ ...link, ...rates[at] })),
    };
  };
  const told = (
    weight: number | null,
    download: number | null,
    port: number,
  ): [number, PeerLink] => [port, { port, download, upload: null, weight }];

  it('are the same for all while nothing is said; what the peer sends is not known', () => {
    const config = configOf(2);
    const weights = weightsOf(config, up(config), none, false);
    expect([...weights.values()]).toEqual([
      { rx: null, tx: 0.5 },
      { rx: null, tx: 0.5 },
    ]);
  });

  it('go by the rates of each way, which the peer is told of', () => {
    const config = withRates(configOf(2));
    const weights = weightsOf(config, up(config), none, false);
    expect([...weights.values()]).toEqual([
      { rx: 0.8, tx: 0.833 },
      { rx: 0.2, tx: 0.167 },
    ]);
    const server = withRates(configOf(2, 'server'));
    const there = weightsOf(server, up(server), none, false);
    expect([...there.values()].map(({ rx }) => rx)).toEqual([0.833, 0.167]);
  });

  it('of the peer go by its own word first', () => {
    const config = withRates(configOf(2));
    const peer = new Map([told(3, null, 1194), told(1, null, 1195)]);
    const weights = weightsOf(config, up(config), { ...none, peer }, false);
    expect([...weights.values()].map(({ rx }) => rx)).toEqual([0.75, 0.25]);
  });

  it('go to the others when a link is out; what is parked here the peer may still send', () => {
    const config = withRates(configOf(2));
    const silent: LinkEvent = { type: 'heartbeat', link: 'link0', silent: true };
    expect([...weightsOf(config, up(config, silent), none, false).values()]).toEqual([
      { rx: 0, tx: 0 },
      { rx: 1, tx: 1 },
    ]);
    const problem = {
      code: 'link-silent',
      severity: 'info',
      subject: '',
      text: '',
      fix: '',
    } as const;
    const parked: LinkEvent = { type: 'quality', link: 'link1', problem };
    expect([...weightsOf(config, up(config, parked), none, false).values()]).toEqual([
      { rx: 0.8, tx: 1 },
      { rx: 0.2, tx: 0 },
    ]);
  });

  it('say the same for all where nothing but the bonding driver decides', () => {
    const config = withRates(configOf(2));
    const weights = weightsOf(config, up(config), none, true);
    expect([...weights.values()].map(({ tx }) => tx)).toEqual([0.5, 0.5]);
  });
});
