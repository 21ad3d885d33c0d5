import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { openForm } from './settings-fixture.ts';

/** `config forward` in the form: only on a server, and what it writes is what the daemon takes. */

const bond = (role: string): string =>
  `config interface 'bond'
	option role '${role}'
	option ipaddr '10.0.0.1/30'
	list lan '192.168.1.0/24'
config link 'link0'
${role === 'router' ? "\toption interface 'wan'\n\toption server '203.0.113.5'\n" : ''}`;
const WEB = `config forward 'web'
	option port '080'
	option dest_ip '192.168.1.10'
	option proto 'udp tcp'
`;

describe('forwards', () => {
  it('are shown on a server, and saving writes nothing that means the same', async () => {
    const { uci, map } = await openForm(bond('server') + WEB);
    expect(map.visible('web', 'port')).toBe(true);
    await map.save();
    expect(uci.changes()).toEqual([]);
  });

  it('are not shown on a router, which keeps what the file has of them', async () => {
    const { uci, map } = await openForm(bond('router') + WEB);
    expect(() => map.visible('web', 'port')).toThrow('no field web.port');
    map.fill('bond', 'role', 'server');
    await map.save();
    expect(uci.changes()).toEqual([['bond', 'role', 'server']]);
  });

  it('take what the daemon takes: a port or a range, and a host', async () => {
    const { uci, map } = await openForm(bond('server') + WEB);
    for (const [name, value] of Object.entries({ port: '90-80', dest_ip: 'web.example.net' })) {
      map.fill('web', name, value);
      await expect(map.save()).rejects.toThrow('Expecting: ');
      map.fill('web', name, '');
      await expect(map.save()).rejects.toThrow('must not be empty');
      map.fill('web', name, name === 'port' ? '8000-8010' : '192.168.1.11');
    }
    map.fill('web', 'proto', 'udp');
    map.fill('web', 'enabled', '0');
    await map.save();
    const { config, problems } = load(uci.file());
    expect(problems.filter(({ subject }) => subject.includes('web'))).toEqual([]);
    expect(config?.forwards).toMatchObject([
      { name: 'web', enabled: false, proto: 'udp', first: 8000, last: 8010 },
    ]);
  });

  it('get no name that another section has: it would be overwritten', async () => {
    const { uci, map, notices } = await openForm(bond('server') + WEB);
    const section = map.children.find(({ sectiontype }) => sectiontype === 'forward');
    section?.handleAdd(null, 'link0');
    section?.handleAdd(null, 'x'.repeat(99));
    expect(notices).toHaveLength(2);
    expect(uci.changes()).toEqual([]);
  });
});
