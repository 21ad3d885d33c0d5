import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { comparePeers, contentOf, foreignPeer } from '../../../backend/src/monitor/peer-compare.ts';
import { configOf } from '../../fakes/config.ts';

let router: Config;
let server: Config;

beforeEach(() => {
  router = configOf(2);
  server = configOf(2, 'server');
});

const tell = (config: Config) => contentOf(config, new Map(), '1.0', 'spread');
const compare = () => comparePeers('bond0', tell(router), tell(server));

describe('what an end tells', () => {
  it('names links by their port at the server, from both ends', () => {
    const ports = (config: Config) => tell(config).links.map(({ port }) => port);
    expect(ports(router)).toEqual([1194, 1195]);
    expect(ports(server)).toEqual([1194, 1195]);
  });

  it('has rates and weight of each, and whether it is on', () => {
    Object.assign(router.links[0] ?? {}, { download: 2e7, upload: 5e6, weight: 3 });
    const event = { type: 'config', config: router, running: true } as const;
    const states = step(new Map(), event, 0);
    const parked = step(states, { type: 'user', link: 'link1', action: 'down' }, 1);
    expect(contentOf(router, parked, '1.0', null).links).toEqual([
      { port: 1194, download: 2e7, upload: 5e6, weight: 3, name: 'link0', on: true },
      { port: 1195, download: null, upload: null, weight: null, name: 'link1', on: false },
    ]);
  });

  it('has no heartbeat port where no link has heartbeats', () => {
    router.bond.heartbeatInterval = 0;
    expect(tell(router).heartbeatPort).toBe(0);
    for (const link of router.links) link.heartbeatInterval = 50;
    expect(tell(router).heartbeatPort).toBe(1258);
  });
});

describe('two ends', () => {
  it('that fit have no problems', () => {
    expect(compare()).toEqual([]);
  });

  it('must have the same mtu', () => {
    server.bond.mtu = 1400;
    expect(compare()).toMatchObject([
      {
        code: 'peer-mtu',
        subject: "bond 'bond0'",
        text: 'the mtu is 1426 here and 1400 at the other end: packets larger than 1400 bytes may be lost',
        fix: "set option mtu of section 'bond' to 1400 at both ends",
      },
    ]);
  });

  it('must have heartbeats at one port, unless one has none', () => {
    router.bond.heartbeatInterval = 100;
    server.bond.heartbeatInterval = 100;
    server.bond.heartbeatPort = 5_000;
    expect(compare().map(({ code }) => code)).toEqual(['peer-heartbeats']);
    server.bond.heartbeatInterval = 0;
    expect(compare()).toEqual([]);
  });

  it('should have the same links on; one that the peer does not know is not spoken of', () => {
    const [first, second] = server.links;
    if (first === undefined || second === undefined) throw new Error('two links');
    first.enabled = false;
    second.localPort = 4_000;
    expect(compare()).toMatchObject([{ code: 'peer-link-off', subject: "link 'link0'" }]);
    for (const link of router.links) link.enabled = false;
    expect(compare()).toEqual([]);
  });

  it('of which one speaks otherwise are told which versions they are', () => {
    expect(foreignPeer('bond0', '1.0', '2.0').text).toContain('bonding 2.0, here it is 1.0');
  });
});
