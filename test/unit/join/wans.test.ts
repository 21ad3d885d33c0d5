import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wansOfDump, wansOfRoutes } from '../../../backend/src/join/wans.ts';

const dump: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cases/facts/network.interface.dump.json'), 'utf8'),
);
const NONE = new Set<string>();

const up = (name: string, metric: number, more: object = {}) => ({
  interface: name,
  up: true,
  proto: 'dhcp',
  l3_device: `dev-${name}`,
  route: [{ target: '0.0.0.0', mask: 0, nexthop: '192.0.2.1', metric }],
  ...more,
});

describe('WANs by netifd', () => {
  it('are those that are up with a default route, by metric; a modem by its own name', () => {
    expect(wansOfDump(dump, NONE)).toEqual(['wan', 'wanb', 'lte', 'wanc']);
  });

  it('are not the bond, nor a VPN, nor what is down', () => {
    const entries = [
      up('slow', 30),
      up('bond', 1, { l3_device: 'bond0', proto: 'none' }),
      up('tunnel', 2, { l3_device: 'tap0' }),
      up('vpn', 3, { proto: 'wireguard' }),
      up('down', 4, { up: false }),
      up('lan', 5, { route: [{ target: '10.0.0.0', mask: 8, nexthop: '0.0.0.0' }] }),
      up('fast', 10),
    ];
    expect(wansOfDump({ interface: entries }, new Set(['bond0', 'tap0']))).toEqual([
      'fast',
      'slow',
    ]);
  });

  it('also one whose route netifd holds back', () => {
    const { route } = up('held', 7);
    const entry = up('held', 7, { route: [], inactive: { route } });
    expect(wansOfDump({ interface: [entry] }, NONE)).toEqual(['held']);
  });

  it('none in nonsense', () => {
    for (const odd of [null, [], {}, { interface: [7, { up: true }] }]) {
      expect(wansOfDump(odd, NONE)).toEqual([]);
    }
  });
});

describe('WANs by ip', () => {
  it('are devices with a default route of somebody else, by metric, each once', () => {
    const routes = [
      { dst: 'default', dev: 'eth1', gateway: '192.0.2.1', metric: 200, protocol: 'dhcp' },
      { type: 'unicast', dst: 'default', dev: 'eth0', protocol: 'static' },
      { dst: 'default', dev: 'eth1', table: '7', metric: 5, protocol: 'static' },
      { dst: 'default', dev: 'bond0', protocol: '157' },
      { dst: 'default', dev: 'bond1', protocol: '158', metric: 1 },
      { dst: 'default', dev: 'tap0', protocol: 'static' },
      { type: 'unreachable', dst: 'default', dev: 'lo', protocol: 'kernel' },
      { dst: '10.0.0.0/8', dev: 'eth2' },
    ];
    expect(wansOfRoutes(routes, new Set(['tap0']))).toEqual(['eth0', 'eth1']);
    expect(wansOfRoutes('nonsense', NONE)).toEqual([]);
  });
});
