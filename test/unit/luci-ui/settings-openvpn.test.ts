import { describe, expect, it } from 'vitest';
import type { FormOption } from '../../../luci-ui/src/settings/luci.ts';
import { textOfNode } from '../../fakes/luci-fields.ts';
import { openForm } from './settings-fixture.ts';

/** The options of OpenVPN: those that are set, the list to choose from, and those without effect. */

const BOND = "config interface 'bond'\n\toption ipaddr '10.0.0.2'\n";
const VPN = "config openvpn 'vpn'\n\toption verb '2'\n\toption mlock '0'\n";

describe('options of OpenVPN', () => {
  it('have a row when they are set', async () => {
    const { map } = await openForm(`${BOND}${VPN}`);
    const rows = ['dev_type', 'verb', 'mlock', 'keepalive'].map((name) => map.visible('vpn', name));
    expect(rows).toEqual([true, true, true, false]);
  });

  it('taken into the list get a row with their default', async () => {
    const { uci, map } = await openForm(`${BOND}${VPN}`);
    map.fill('vpn', '_chosen', ['verb', 'mlock', 'keepalive', 'passtos']);
    await map.save();
    expect(uci.changes()).toEqual([
      ['vpn', 'keepalive', '2 8'],
      ['vpn', 'passtos', '1'],
    ]);
  });

  it('without a default need a value', async () => {
    const { uci, map } = await openForm(`${BOND}${VPN}`);
    map.fill('vpn', '_chosen', ['verb', 'mlock', 'setenv']);
    await expect(map.save()).rejects.toThrow('"setenv" must not be empty');
    map.fill('vpn', 'setenv', ['A 1', 'B 2']);
    await map.save();
    expect(uci.changes()).toEqual([['vpn', 'setenv', ['A 1', 'B 2']]]);
  });

  it('taken out of the list are taken out of the file', async () => {
    const { uci, map } = await openForm(`${BOND}${VPN}`);
    map.fill('vpn', '_chosen', ['mlock']);
    await map.save();
    expect(uci.changes()).toEqual([['vpn', 'verb', null]]);
    map.fill('vpn', '_chosen', []);
    await map.save();
    expect(uci.changes()).toEqual([
      ['vpn', 'verb', null],
      ['vpn', 'mlock', null],
    ]);
  });

  it('each section has its own rows', async () => {
    const { uci, map } = await openForm(`${BOND}${VPN}config openvpn 'more'\n\toption nice '-5'\n`);
    expect([map.visible('vpn', 'nice'), map.visible('more', 'nice')]).toEqual([false, true]);
    await map.save();
    expect(uci.changes()).toEqual([]);
  });

  it('can be added where there are none, once', async () => {
    const add = async (text: string): Promise<unknown> => {
      const { map } = await openForm(text);
      const section = map.children.find(({ sectiontype }) => sectiontype === 'openvpn');
      return Reflect.get(section?.renderSectionAdd() ?? {}, 'tag');
    };
    expect([await add(BOND), await add(BOND + VPN)]).toEqual(['button', 'span']);
  });
});

describe('options without effect', () => {
  const IDLE = `${BOND}${VPN}\toption persist_tun '1'\n\toption comp_lzo 'yes'\n\toption x 'y'\n`;
  const field = async (name: string, text: string) => {
    const { uci, map } = await openForm(text);
    const section = map.children.find(({ sectiontype }) => sectiontype === 'openvpn');
    const found = section?.children.find(({ option }) => option === name);
    if (found === undefined) throw new Error(name);
    return { uci, found: found as FormOption };
  };

  it('are listed with the reason and the fix', async () => {
    const { found } = await field('_idle', IDLE);
    const text = textOfNode(found.cfgvalue('vpn'));
    expect(text).toContain('persist_tun 1 Set by bonding: with it a dead tunnel keeps its carrier');
    expect(text).toContain('comp_lzo yes Not written: compression leaks');
    expect(text).toContain('What to do: take it out at both ends.');
    expect(text).not.toContain('verb');
  });

  it('have no row when there are none', async () => {
    const { found } = await field('_idle', `${BOND}${VPN}`);
    expect(await found.render(0, 'vpn', false)).not.toBe('field');
    const { found: other } = await field('_idle', IDLE);
    expect(await other.render(0, 'vpn', false)).toBe('field');
  });

  it('are taken out by the button, and nothing else is', async () => {
    const { uci, found } = await field('_clean', IDLE);
    await found.onclick?.(null, 'vpn');
    expect(uci.changes()).toEqual([
      ['vpn', 'persist_tun', null],
      ['vpn', 'comp_lzo', null],
    ]);
  });
});
