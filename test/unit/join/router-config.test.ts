import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { joinedConfig } from '../../../backend/src/join/router-config.ts';
import type { Settings } from '../../../backend/src/join/settings.ts';
import { format, parse } from '../../../backend/src/uci/index.ts';
import { printOf, settingsOf } from '../../fakes/join.ts';

const KEY = '/etc/bonding/tls-crypt.key';

function joined(before: string, settings: Settings, ...wans: string[]): string {
  const tlsCryptPath = settings.tlsCrypt === null ? null : KEY;
  return format(joinedConfig(parse(before), { settings, wans, tlsCryptPath }));
}

const errorsOf = (text: string) =>
  load(parse(text)).problems.filter(({ severity }) => severity !== 'info');

/** As a router of another server would have it, with much of its own. */
const USED = `
config thing 'first'
	option x '1'

config interface 'bond'
	option role 'server'
	option ifname 'bond7'
	option ipaddr '10.0.0.2'
	option netmask '255.255.255.0'
	option watchdog '1'
	option remote_ipaddr '10.0.0.9'
	list peer_fingerprint '${printOf('01')}'
	list peer_fingerprint '${printOf('02')}'
	option nat '0'
	option page_port '8500'

config link 'old'
	option interface 'lte'
	option gateway '10.1.1.1'
	option server '192.0.2.1'

config openvpn-server
	option verb '2'

config openvpn
	option ca '/etc/ca.crt'
	option verb '4'
	list extra 'tls-auth /etc/ta.key'
	list extra 'mssfix 1200'

config link 'older'
	option interface 'wan'

config openvpn
	option secret '/etc/s'
	option keepalive '5 20'

config thing 'last'
	option 10 'ten'
	option 9 'nine'
`;

describe('joinedConfig', () => {
  it('of nothing is a whole configuration without a fault', () => {
    const text = joined('', settingsOf(2), 'wan', 'lte');
    expect(text).toBe(`
config interface 'bond'
	option enabled '1'
	option role 'router'
	option ipaddr '10.80.0.2/30'
	list peer_fingerprint '${printOf('AB')}'
	list lan '192.168.1.0/24'

config link 'link0'
	option interface 'wan'
	option server '203.0.113.5'
	option remote_port '1194'

config link 'link1'
	option interface 'lte'
	option server '203.0.113.5'
	option remote_port '1195'

config openvpn
	option dev_type 'tap'
	option tls_crypt '${KEY}'

`);
    expect(errorsOf(text)).toEqual([]);
  });

  it('keeps what is not about the server, in its order', () => {
    const text = joined(USED, settingsOf(2, { mtu: 1400, lan: [] }), 'lte', 'wan');
    expect(text).toBe(`
config thing 'first'
	option x '1'

config interface 'bond'
	option enabled '1'
	option role 'router'
	option ipaddr '10.80.0.2/30'
	list peer_fingerprint '${printOf('AB')}'
	option mtu '1400'
	option ifname 'bond7'
	option watchdog '1'
	option page_port '8500'

config link 'link0'
	option interface 'lte'
	option gateway '10.1.1.1'
	option server '203.0.113.5'
	option remote_port '1194'

config link 'link1'
	option interface 'wan'
	option server '203.0.113.5'
	option remote_port '1195'

config openvpn-server
	option verb '2'

config openvpn
	option verb '4'
	list extra 'mssfix 1200'

config openvpn
	option dev_type 'tap'
	option tls_crypt '${KEY}'
	option keepalive '5 20'

config thing 'last'
	option 10 'ten'
	option 9 'nine'

`);
  });

  it.each([
    ['nothing', ''],
    ['a used file', USED],
  ])('twice is once (%s)', (_, before) => {
    const settings = settingsOf(3, { peer: '10.80.0.1', address: '10.80.0.66/24' });
    const once = joined(before, settings, 'wan', 'wan', 'lte');
    expect(once).toContain("option remote_ipaddr '10.80.0.1'");
    expect(joined(once, settings, 'wan', 'wan', 'lte')).toBe(once);
  });

  it('without a tls-crypt key none is left', () => {
    const before = joined('', settingsOf(1), 'wan');
    const after = joined(before, settingsOf(1, { tlsCrypt: null, deviceType: 'tun' }), 'wan');
    expect(after).not.toContain('tls_crypt');
    expect(after).toContain("option dev_type 'tun'");
  });

  it('two sections of one name do not become one', () => {
    const text = joined("\nconfig thing 'link0'\n\toption x '1'\n", settingsOf(1), 'wan');
    expect(text).toContain("config thing 'link0'\n\toption x '1'\n");
    expect(text).toContain("config link 'link0_1'\n");
  });

  it('two links over one WAN keep their gateways', () => {
    const gateway = (n: number) => `
config link 'a${n}'
	option interface 'wan'
	option gateway '192.168.${n}.1'
`;
    const text = joined(gateway(1) + gateway(2), settingsOf(2), 'wan', 'wan');
    const { config } = load(parse(text));
    expect(config?.links.map((link) => link.gateway)).toEqual(['192.168.1.1', '192.168.2.1']);
  });
});
