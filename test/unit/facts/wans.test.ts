import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wanOf, wansFromIp, wansFromNetifd } from '../../../backend/src/facts/wans.ts';

const dump = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cases/facts/network.interface.dump.json'), 'utf8'),
) as { interface: Record<string, unknown>[] };

describe('wansFromNetifd', () => {
  const wans = wansFromNetifd(dump);

  it('reads a DHCP line', () => {
    expect(wans.get('wan')).toEqual({
      interface: 'wan',
      up: true,
      device: 'eth1',
      address: '203.0.113.45',
      prefix: 24,
      gateway: '203.0.113.1',
      reason: null,
    });
  });

  it('takes the PPPoE device, not the Ethernet below it', () => {
    expect(wans.get('wanb')).toMatchObject({
      device: 'pppoe-wanb',
      address: '198.51.100.77',
      prefix: 32,
      gateway: '198.51.100.1',
    });
  });

  it("finds a modem's address on its dynamic child", () => {
    expect(wans.get('lte')).toMatchObject({
      up: true,
      device: 'wwan0',
      address: '10.127.4.18',
      gateway: '10.127.4.17',
    });
  });

  it('reads a static line', () => {
    expect(wans.get('wanc')).toMatchObject({ device: 'eth3', gateway: '192.0.2.9' });
  });

  it('says why a line cannot be used', () => {
    expect(wans.get('usb')).toMatchObject({
      up: false,
      reason: 'it is down (DEVICE_CLAIM_FAILED)',
    });
    expect(wans.get('wan6')).toMatchObject({ up: false, reason: 'it is being set up' });
  });

  it('uses a default route that netifd holds back', () => {
    const wan = structuredClone(dump.interface[1]) as Record<string, unknown>;
    wan.inactive = { route: wan.route };
    wan.route = [];
    expect(wansFromNetifd({ interface: [wan] }).get('wan')?.gateway).toBe('203.0.113.1');
  });

  it.each([null, [], {}, { interface: null }, { interface: [null, 3, 'x', {}] }])(
    'makes nothing of %j',
    (value) => {
      expect(wansFromNetifd(value).size).toBe(0);
    },
  );
});

describe('wanOf', () => {
  const wans = wansFromNetifd(dump);

  it("takes the link's own word on the gateway", () => {
    expect(wanOf({ interface: 'wan', gateway: null }, wans)?.gateway).toBe('203.0.113.1');
    const given = wanOf({ interface: 'wan', gateway: '203.0.113.9' }, wans);
    expect(given).toEqual({ ...wans.get('wan'), gateway: '203.0.113.9' });
  });

  it('is null for a WAN that does not exist, and on a server that listens everywhere', () => {
    expect(wanOf({ interface: 'none', gateway: '192.0.2.1' }, wans)).toBeNull();
    expect(wanOf({ interface: null, gateway: null }, wans)).toBeNull();
  });
});

describe('wansFromIp', () => {
  const addr = [
    {
      ifname: 'wan0',
      flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
      addr_info: [{ family: 'inet', local: '10.1.0.2', prefixlen: 24, scope: 'global' }],
    },
    { ifname: 'wan1', flags: ['UP', 'NO-CARRIER'], addr_info: [] },
    { ifname: 'wan2', flags: ['UP', 'LOWER_UP'], addr_info: [{ family: 'inet6', local: '::1' }] },
    { ifname: 'wan3', flags: [], addr_info: [] },
  ];
  const ppp = {
    ifname: 'ppp0',
    flags: ['POINTOPOINT', 'UP', 'LOWER_UP'],
    addr_info: [
      {
        family: 'inet',
        local: '100.64.0.9',
        address: '100.64.0.1',
        prefixlen: 24,
        scope: 'global',
      },
    ],
  };
  const route = [
    { dst: 'default', gateway: '10.1.0.9', dev: 'wan0', metric: 50 },
    { dst: 'default', gateway: '10.1.0.1', dev: 'wan0', metric: 10 },
    { dst: 'default', gateway: '10.0.0.1', dev: 'wan0', protocol: '157', table: '20101' },
    { dst: 'default', gateway: '10.0.0.3', dev: 'wan0', protocol: '164', table: '20207' },
  ];
  const wans = wansFromIp([...addr, ppp], route);

  it('takes the default route with the lowest metric, never one of ours or of another instance', () => {
    expect(wans.get('wan0')).toEqual({
      interface: 'wan0',
      up: true,
      device: 'wan0',
      address: '10.1.0.2',
      prefix: 24,
      gateway: '10.1.0.1',
      reason: null,
    });
  });

  it('knows that a point-to-point device has no network', () => {
    expect(wans.get('ppp0')).toMatchObject({ up: true, address: '100.64.0.9', prefix: 32 });
  });

  it('says why a device cannot be used', () => {
    expect(wans.get('wan1')?.reason).toBe('its device has no carrier');
    expect(wans.get('wan2')?.reason).toBe('it has no IPv4 address');
    expect(wans.get('wan3')?.reason).toBe('its device is down');
  });
});
